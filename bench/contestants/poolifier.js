'use strict';

// poolifier's fixed pool of threads with the settings that served it best here (see "What was tried" in the README
// beside): it posts every task to a worker at once.

const path = require('node:path');

/** @param {number} workers */
function open(workers) {
  const { FixedThreadPool } = require('poolifier');
  const pool = new FixedThreadPool(workers, path.join(__dirname, 'workers', 'poolifier.js'), {
    enableEvents: false,
  });
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
module.exports = { name: 'poolifier', package: 'poolifier', settings: 'FixedThreadPool, enableEvents: false', open };
