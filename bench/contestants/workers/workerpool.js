'use strict';

const workerpool = require('workerpool');
const tasks = require('../tasks');

const { Transfer } = workerpool;

workerpool.worker({
  ...tasks,
  echoTransfer: (view) => new Transfer(view, [view.buffer]),
  chunkTransfer: (input) => new Transfer(tasks.chunk(input), [input.chunk.buffer]),
});
