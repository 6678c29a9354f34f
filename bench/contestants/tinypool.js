'use strict';

// tinypool with the settings that served it best here, and a fixed number of threads: see "What was tried" in the README
// beside.

const path = require('node:path');

/** @param {number} workers */
async function open(workers) {
  const { Tinypool } = await import('tinypool');
  const pool = new Tinypool({
    filename: path.join(__dirname, 'workers', 'tinypool.mjs'),
    minThreads: workers,
    maxThreads: workers,
    idleTimeout: 600_000,
    concurrentTasksPerWorker: 64,
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
module.exports = { name: 'tinypool', package: 'tinypool', settings: 'concurrentTasksPerWorker: 64', open };
