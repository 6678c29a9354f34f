'use strict';

const { move } = require('piscina');
const tasks = require('../tasks');

module.exports = {
  ...tasks,
  echoTransfer: (view) => move(view),
  chunkTransfer: (input) => move(tasks.chunk(input)),
};
