'use strict';

// The memory that a waiting task holds: every worker is blocked, a million tasks are queued, and the growth of the
// resident set, after a collection, is divided by them. The first results are awaited once the workers are let go.

const { delay, expect } = require('../lib/drivers');

/** How many of the queued tasks are run to their end; a slow queue would need minutes for all of them. */
const checked = 1_000;

/** @type {Record<string, import('../lib/case').Case>} */
module.exports = {
  queued: {
    nodeFlags: ['--expose-gc', '--max-old-space-size=8192'],
    metrics: [{ id: 'queued', title: 'held per task, 1,000,000 queued', unit: 'bytes', better: 'lower' }],
    async measure(pool, { workers, quick }) {
      const size = quick ? 200_000 : 1_000_000;
      for (let n = 0; n < 1_000; n++) expect(await pool.noop(n), n + 1, 'noop');

      const gate = new Int32Array(new SharedArrayBuffer(8));
      const blocked = Array.from({ length: workers }, () => pool.block(gate));
      for (let waited = 0; Atomics.load(gate, 1) < workers; waited++) {
        if (waited > 500) throw new Error(`only ${Atomics.load(gate, 1)} of ${workers} workers could be blocked`);
        await delay(10);
      }

      globalThis.gc();
      const before = process.memoryUsage.rss();
      const first = [];
      for (let n = 0; n < size; n++) {
        const promise = pool.noop(n);
        if (n < checked) first.push(promise);
      }
      await delay(50);
      globalThis.gc();
      const after = process.memoryUsage.rss();

      Atomics.store(gate, 0, 1);
      Atomics.notify(gate, 0);
      await Promise.all(blocked);
      const results = await Promise.all(first);
      for (let n = 0; n < checked; n++) expect(results[n], n + 1, 'noop');
      return { queued: (after - before) / size };
    },
  },
};
