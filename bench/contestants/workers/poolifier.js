'use strict';

const { ThreadWorker } = require('poolifier');
const { noop, echo, factorial, block, chunk } = require('../tasks');

module.exports = new ThreadWorker({ noop, echo, factorial, block, chunk }, { maxInactiveTime: 600_000 });
