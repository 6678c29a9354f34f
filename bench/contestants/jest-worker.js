'use strict';

// jest-worker on threads as it comes. It cannot transfer.

const path = require('node:path');

/** @type {import('../lib/contestant').Contestant} */
module.exports = {
  name: 'jest-worker',
  package: 'jest-worker',
  settings: 'enableWorkerThreads: true',
  open(workers) {
    const { Worker } = require('jest-worker');
    const pool = new Worker(path.join(__dirname, 'workers', 'jest-worker.js'), {
      enableWorkerThreads: true,
      exposedMethods: ['noop', 'echo', 'factorial', 'block', 'chunk'],
      numWorkers: workers,
    });
    return {
      noop: (n) => pool.noop(n),
      echo: (value) => pool.echo(value),
      factorial: (n) => pool.factorial(n),
      block: (gate) => pool.block(gate),
      chunk: (kernel, chunk) => pool.chunk({ kernel, chunk }),
    };
  },
};
