'use strict';

// poolifier's fixed pool of threads as it comes: it posts every task to a worker at once.

const path = require('node:path');

/**
 * @param {number} workers
 * @param {object} [options]
 */
function open(workers, options) {
  const { FixedThreadPool } = require('poolifier');
  const pool = new FixedThreadPool(workers, path.join(__dirname, 'workers', 'poolifier.js'), { ...options });
  return {
    noop: (n) => pool.execute(n, 'noop'),
    echo: (value) => pool.execute(value, 'echo'),
    // Its workers cannot transfer a result: the way back is a copy.
    echoTransfer: (view) => pool.execute(view, 'echo', undefined, [view.buffer]),
    factorial: (n) => pool.execute(n, 'factorial'),
    block: (gate) => pool.execute(gate, 'block'),
    chunk: (kernel, chunk) =>
      chunk instanceof Float64Array
        ? pool.execute({ kernel, chunk }, 'chunk', undefined, [chunk.buffer])
        : pool.execute({ kernel, chunk }, 'chunk'),
  };
}

/** @type {import('../lib/contestant').Contestant} */
module.exports = { name: 'poolifier', package: 'poolifier', settings: 'FixedThreadPool, defaults', open };
