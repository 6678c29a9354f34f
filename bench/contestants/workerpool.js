'use strict';

// workerpool as it comes, with a script of its own and all of its workers started at once.

const path = require('node:path');

/**
 * @param {number} workers
 * @param {object} [options]
 */
function open(workers, options) {
  const workerpool = require('workerpool');
  const pool = workerpool.pool(path.join(__dirname, 'workers', 'workerpool.js'), {
    minWorkers: workers,
    maxWorkers: workers,
    workerType: 'thread',
    ...options,
  });
  return {
    noop: (n) => pool.exec('noop', [n]),
    echo: (value) => pool.exec('echo', [value]),
    echoTransfer: (view) => pool.exec('echoTransfer', [view], { transfer: [view.buffer] }),
    factorial: (n) => pool.exec('factorial', [n]),
    block: (gate) => pool.exec('block', [gate]),
    chunk: (kernel, chunk) =>
      chunk instanceof Float64Array
        ? pool.exec('chunkTransfer', [{ kernel, chunk }], { transfer: [chunk.buffer] })
        : pool.exec('chunk', [{ kernel, chunk }]),
    // workerpool sends a function's source at each call and captures nothing: what it uses is handed over as arguments.
    closureNew: (n) => pool.exec((m, offset) => m + offset, [n, 1]),
    closureSame: (n) => pool.exec(same, [n, 1]),
  };
}

const same = (m, offset) => m + offset;

/** @type {import('../lib/contestant').Contestant} */
module.exports = { name: 'workerpool', package: 'workerpool', settings: 'defaults', open };
