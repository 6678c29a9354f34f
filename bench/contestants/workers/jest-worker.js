'use strict';

module.exports = require('../tasks');
