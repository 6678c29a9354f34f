'use strict';
// The validation of options: a table of contents. Every validator throws at the call, and gives back the options as the
// rest of the code may read them, the same object wherever nothing had to be changed.

const { callable } = require('./options/checks.js');
const { callOptions, handleOptions, taskOptions } = require('./options/task.js');
const { memoryOf } = require('./options/memory.js');
const { poolOptions } = require('./options/pool.js');
const { workersOf } = require('./options/workers.js');
const {
  batchOptions,
  entryOptions,
  mapOptions,
  retryOptions,
  runAllOptions,
  shutdownOptions,
} = require('./options/calls.js');

module.exports = {
  batchOptions,
  callOptions,
  callable,
  entryOptions,
  handleOptions,
  mapOptions,
  memoryOf,
  poolOptions,
  retryOptions,
  runAllOptions,
  shutdownOptions,
  taskOptions,
  workersOf,
};
