'use strict';
// Functions that nobody can call any more are dropped, here and in the workers that built them.

const assert = require('node:assert/strict');
const { after, describe, it } = require('node:test');
const { Pool } = require('../..');
const { assertFlat, resourceLimits, settled, times } = require('./memory.js');

const WORKERS = 2;
/** Each function brings so much along that keeping them would show. */
const LOAD = 20_000;

const pool = new Pool({ workers: WORKERS, resourceLimits });
after(() => pool.shutdown());

/** What the workers' heaps hold, in bytes. */
async function heaps() {
  await settled(pool, WORKERS);
  const used = pool.task(() => [
    process.getBuiltinModule('node:worker_threads').threadId,
    process.memoryUsage().heapUsed,
  ]);
  const seen = new Map();
  for (const [thread, heap] of await Promise.all(Array.from({ length: 40 }, () => used()))) seen.set(thread, heap);
  return [...seen.values()];
}

const kinds = {
  'run() of a new closure each time': (n) => {
    const load = `${n} `.repeat(LOAD / 5);
    return pool.run(() => load.length);
  },
  'task() of a new closure each time': async (n) => {
    const load = `${n} `.repeat(LOAD / 5);
    const length = pool.task(() => load.length);
    await Promise.all([length(), length(), length(), length()]);
  },
  'new closures over objects': (n) => {
    const load = { n, list: new Array(LOAD / 8).fill(n) };
    return pool.run(() => load.list.length);
  },
  'new closures over buffers': (n) => {
    const load = new Uint8Array(LOAD * 2).fill(n);
    return pool.run(() => load.length);
  },
  'functions among the arguments': (n) => {
    const load = `${n} `.repeat(LOAD / 5);
    return pool.run((fn) => fn(), { args: [() => load.length] });
  },
};

describe('functions are dropped', { concurrency: 1, timeout: 3_600_000 }, () => {
  for (const [kind, act] of Object.entries(kinds)) {
    it(kind, async (t) => {
      const many = async (round) => {
        await Promise.all(Array.from({ length: 50 }, (_, n) => act(round * 50 + n)));
        await new Promise(setImmediate);
      };
      // 1,000 functions of 20 kB and more, kept in one of the three places, would add 20 MB each time.
      await assertFlat(t, { pool, workers: WORKERS }, { rounds: times(20), allowed: 6 }, many);
      const sizes = await heaps();
      t.diagnostic(`workers' heaps: ${sizes.map((size) => (size / 2 ** 20).toFixed(1)).join(', ')} MB`);
      for (const size of sizes) assert.ok(size < 30 * 2 ** 20, `${size} bytes in a worker`);
    });
  }
});
