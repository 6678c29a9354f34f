'use strict';

// What a pool costs that has been used and has nothing to do: the processor's time, and memory per worker.

const { delay, expect, inFlight } = require('../lib/drivers');

/** @type {Record<string, import('../lib/case').Case>} */
module.exports = {
  idle: {
    nodeFlags: ['--expose-gc'],
    metrics: [
      {
        id: 'idle-cpu',
        title: 'idle pool, of one core',
        unit: '%',
        better: 'lower',
        aim: { atMost: 0.2 },
        tolerance: 0.2,
      },
      { id: 'idle-memory', title: 'memory per idle worker', unit: 'MB', better: 'lower' },
    ],
    async run({ contestant, workers, quick }) {
      globalThis.gc();
      const before = process.memoryUsage.rss();
      const pool = await contestant.open(workers);
      await inFlight(workers * 4, 2_000, pool.noop, (result, n) => expect(result, n + 1, 'noop'));
      globalThis.gc();
      await delay(quick ? 200 : 500);
      const memory = process.memoryUsage.rss() - before;
      const start = performance.now();
      const used = process.cpuUsage();
      await delay(quick ? 500 : 2_000);
      const { user, system } = process.cpuUsage(used);
      const elapsed = performance.now() - start;
      return { 'idle-cpu': (user + system) / 10 / elapsed, 'idle-memory': memory / workers / 1e6 };
    },
  },
};
