'use strict';

// piscina as it comes: the number of threads is fixed, nothing else is set.

const path = require('node:path');

/**
 * @param {number} workers
 * @param {object} [options]
 */
function open(workers, options) {
  const { Piscina } = require('piscina');
  const pool = new Piscina({
    filename: path.join(__dirname, 'workers', 'piscina.js'),
    minThreads: workers,
    maxThreads: workers,
    idleTimeout: 600_000,
    ...options,
  });
  const named = Object.fromEntries(['noop', 'echo', 'factorial', 'block', 'chunk'].map((name) => [name, { name }]));
  return {
    noop: (n) => pool.run(n, named.noop),
    echo: (value) => pool.run(value, named.echo),
    echoTransfer: (view) => pool.run(view, { name: 'echoTransfer', transferList: [view.buffer] }),
    factorial: (n) => pool.run(n, named.factorial),
    block: (gate) => pool.run(gate, named.block),
    chunk: (kernel, chunk) =>
      chunk instanceof Float64Array
        ? pool.run({ kernel, chunk }, { name: 'chunkTransfer', transferList: [chunk.buffer] })
        : pool.run({ kernel, chunk }, named.chunk),
  };
}

/** @type {import('../lib/contestant').Contestant} */
module.exports = { name: 'piscina', package: 'piscina', settings: 'defaults', open };
