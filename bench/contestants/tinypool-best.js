'use strict';

// tinypool with the settings that served it best here: see "What was tried" in the README beside.

const tinypool = require('./tinypool');

/** @type {import('../lib/contestant').Contestant} */
module.exports = {
  name: 'tinypool, best',
  package: 'tinypool',
  settings: 'concurrentTasksPerWorker: 64',
  open: (workers) => tinypool.open(workers, { concurrentTasksPerWorker: 64 }),
};
