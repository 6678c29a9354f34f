'use strict';
// How much memory the process holds once everybody has collected garbage.

const assert = require('node:assert/strict');
const v8 = require('node:v8');
const vm = require('node:vm');

v8.setFlagsFromString('--expose-gc');
const collect = vm.runInNewContext('gc');

/** Loops a hundred times longer under `npm run test:deep`. */
const deep = process.env.TASKLETS_DEEP === '1';
const times = (count) => (deep ? count * 100 : count);

const MB = 2 ** 20;

/** Garbage of this isolate and of the pool's workers; finalizers run in turns of the event loop. */
async function settled(pool, workers) {
  const sweep = pool.task(() => {
    const { setFlagsFromString } = process.getBuiltinModule('node:v8');
    setFlagsFromString('--expose-gc');
    process.getBuiltinModule('node:vm').runInNewContext('gc')();
  });
  for (let round = 0; round < 4; round++) {
    collect();
    await Promise.all(Array.from({ length: workers * 4 }, () => sweep()));
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
  collect();
}

/** What the process holds, without the room that this isolate's heap has taken and does not use. */
async function size(pool, workers) {
  await settled(pool, workers);
  const { rss, heapTotal, heapUsed } = process.memoryUsage();
  return (rss - heapTotal + heapUsed) / MB;
}

/** For the pools that are looked at: their workers' heaps stay near what they use. */
const resourceLimits = { maxYoungGenerationSizeMb: 8 };

/** A heap takes some windows to find its size; what leaks grows in every one of them. */
const WINDOWS = 8;

/**
 * Does something often, in windows of so many rounds, until one of them leaves the process no larger than before but for
 * what is allowed. Throws where every window makes it grow.
 *
 * @param {{ diagnostic: (message: string) => void }} t
 * @param {{ pool: any, workers: number }} where
 * @param {{ rounds: number, allowed: number }} how `allowed`: megabytes that a window may add
 * @param {(round: number) => Promise<unknown>} act
 */
async function assertFlat(t, { pool, workers }, { rounds, allowed }, act) {
  const sizes = [];
  for (let window = 0; window <= WINDOWS; window++) {
    for (let round = 0; round < rounds; round++) await act(window * rounds + round);
    sizes.push(await size(pool, workers));
    if (window > 0 && sizes[window] - sizes[window - 1] <= allowed) break;
  }
  const told = `${sizes.map((each) => each.toFixed(1)).join(' → ')} MB`;
  t.diagnostic(told);
  assert.ok(sizes.length <= WINDOWS, `it grows without end: ${told}`);
}

module.exports = { assertFlat, collect, resourceLimits, settled, size, times };
