'use strict';

// piscina with the settings that served it best here: see "What was tried" in the README beside.

const piscina = require('./piscina');

/** @type {import('../lib/contestant').Contestant} */
module.exports = {
  name: 'piscina, best',
  package: 'piscina',
  settings: 'concurrentTasksPerWorker: 16, taskQueue: FixedQueue, recordTiming: false',
  open(workers) {
    const { FixedQueue } = require('piscina');
    return piscina.open(workers, {
      concurrentTasksPerWorker: 16,
      taskQueue: new FixedQueue(),
      recordTiming: false,
    });
  },
};
