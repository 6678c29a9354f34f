'use strict';

// One function over ten million numbers, beside a plain loop on one thread in the same process and beside a call per
// chunk. The figure is the efficiency: the speed-up over that loop, divided by the workers.

const { expect } = require('../lib/drivers');
const { kernels } = require('../lib/kernels');
const { median } = require('../lib/statistics');

/** Peers get this many chunks per worker: few enough to cost little, enough to even out. */
const chunksPerWorker = 8;

/** How often each way is timed, in turns; the median counts. */
const turns = 3;

/** @typedef {Float64Array | number[]} Numbers */

/** @param {Numbers} items @param {(x: number) => number} apply */
function loop(items, apply) {
  // oxlint-disable-next-line unicorn/no-new-array -- room made beforehand, as the fastest plain loop has it
  const results = items instanceof Float64Array ? new Float64Array(items.length) : new Array(items.length);
  for (let i = 0; i < items.length; i++) results[i] = apply(items[i]);
  return results;
}

/**
 * What one writes over a pool: slice, send, put together again.
 * @param {import('../lib/contestant').Pool} pool
 * @param {'light' | 'heavy'} kernel
 * @param {Numbers} items
 * @param {number} workers
 */
async function byChunks(pool, kernel, items, workers) {
  const size = Math.ceil(items.length / (workers * chunksPerWorker));
  const calls = [];
  for (let at = 0; at < items.length; at += size) calls.push(pool.chunk(kernel, items.slice(at, at + size)));
  const chunks = await Promise.all(calls);
  if (Array.isArray(items)) return chunks.flat();
  const results = new Float64Array(items.length);
  let at = 0;
  for (const chunk of chunks) {
    results.set(chunk, at);
    at += chunk.length;
  }
  return results;
}

/** Compares every result with the loop's. @param {Numbers} results @param {Numbers} expected */
function check(results, expected) {
  expect(results.length, expected.length, 'length');
  for (let i = 0; i < expected.length; i++) if (results[i] !== expected[i]) expect(results[i], expected[i], `[${i}]`);
}

/** @param {() => unknown} action */
async function timed(action) {
  const start = performance.now();
  const result = await action();
  return { ms: performance.now() - start, result };
}

/** @param {string} id @param {string} title @param {'light' | 'heavy'} kernel @param {boolean} typed */
function map(id, title, kernel, typed) {
  const aim = kernel === 'heavy' && typed ? { aim: { atLeast: 0.95 } } : {};
  return {
    contestants: ['tasklets', 'piscina-best', 'postmessage'],
    metrics: [
      { id, title: `map, ${title}`, unit: 'of the cores', better: 'higher', ...aim },
      { id: `${id}-chunks`, title: `a call per chunk, ${title}`, unit: 'of the cores', better: 'higher' },
    ],
    async measure(pool, { workers, quick }) {
      const size = quick ? 1_000_000 : 10_000_000;
      const items = typed
        ? Float64Array.from({ length: size }, (_, i) => i)
        : Array.from({ length: size }, (_, i) => i);

      const ways = { chunks: () => byChunks(pool, kernel, items, workers) };
      if (pool.map) ways.map = () => pool.map(kernel, items);
      const expected = loop(items, kernels[kernel]);
      for (const way of Object.values(ways)) check(await way(), expected);

      /** @type {Record<string, number[]>} */
      const times = { loop: [], chunks: [], map: [] };
      for (let turn = 0; turn < turns; turn++) {
        times.loop.push((await timed(() => loop(items, kernels[kernel]))).ms);
        for (const [name, way] of Object.entries(ways)) {
          const { ms, result } = await timed(way);
          check(result, expected);
          times[name].push(ms);
        }
      }
      const oneThread = median(times.loop);
      const efficiency = (ms) => oneThread / ms / workers;
      const chunks = efficiency(median(times.chunks));
      // A peer has no map: the call per chunk is its answer to both questions.
      return { [id]: pool.map ? efficiency(median(times.map)) : chunks, [`${id}-chunks`]: chunks };
    },
  };
}

/** @type {Record<string, import('../lib/case').Case>} */
module.exports = {
  'map-light': map('map-light', '1e7 in a Float64Array, light kernel', 'light', true),
  'map-heavy': map('map-heavy', '1e7 in a Float64Array, heavy kernel', 'heavy', true),
  'map-light-array': map('map-light-array', '1e7 in an array, light kernel', 'light', false),
  'map-heavy-array': map('map-heavy-array', '1e7 in an array, heavy kernel', 'heavy', false),
};
