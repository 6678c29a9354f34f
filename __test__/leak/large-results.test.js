'use strict';
// A large result is held once: by whoever has it, and not by the worker and the engine beside it.

const assert = require('node:assert/strict');
const { PerformanceObserver, constants } = require('node:perf_hooks');
const { after, describe, it } = require('node:test');
const { Pool } = require('../..');
const { collect, size } = require('./memory.js');

const MB = 2 ** 20;
const LARGE = 64;

const pool = new Pool({ workers: 1 });
after(() => pool.shutdown());

/** Each gives 64 MiB. */
const kinds = {
  bytes: pool.task((bytes) => new Uint8Array(bytes).fill(1)),
  numbers: pool.task((bytes) => ({ numbers: new Float64Array(bytes / 8).fill(0.5) })),
  'a text': pool.task((bytes) => 'x'.repeat(bytes)),
};

const rss = () => process.memoryUsage.rss() / MB;

/** Waits until the process holds no more than that, for as many turns as there may be. */
async function falls(most) {
  for (let turn = 0; turn < 500; turn++) {
    collect();
    if (rss() <= most) return true;
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
  return false;
}

describe('a result of 64 MiB', { concurrency: 1, timeout: 600_000 }, () => {
  for (const [kind, make] of Object.entries(kinds)) {
    it(`${kind}: is held once, and then not at all`, async (t) => {
      await make(LARGE * MB);
      const before = await size(pool, 1);
      let result = await make(LARGE * MB);
      const held = (await size(pool, 1)) - before;
      assert.ok(result !== undefined);
      result = undefined;
      const left = (await size(pool, 1)) - before;
      t.diagnostic(`held ${held.toFixed(1)} MB, then ${left.toFixed(1)} MB`);
      assert.ok(held < LARGE * 1.4, `${held.toFixed(1)} MB are held`);
      assert.ok(left < LARGE * 0.4, `${left.toFixed(1)} MB are left`);
    });
  }

  it('is let go of once it has been handed on to a task that comes after', async () => {
    const weak = await (async () => {
      const made = kinds.bytes(LARGE * MB);
      const handed = pool.run(() => require('tasklets').current.after[0].length, { after: [made] });
      assert.equal(await handed, LARGE * MB);
      return new WeakRef((await made).buffer);
    })();
    // No other task comes that would have the engine let go of it.
    for (let turn = 0; turn < 20 && weak.deref() !== undefined; turn++) {
      await new Promise((resolve) => setImmediate(resolve));
      collect();
    }
    assert.ok(weak.deref() === undefined);
  });

  it('many of 1 MiB: the caller has its whole heap looked through for none of them', async (t) => {
    let full = 0;
    const observer = new PerformanceObserver((list) => {
      for (const { detail } of list.getEntries()) if (detail.kind === constants.NODE_PERFORMANCE_GC_MAJOR) full++;
    });
    await kinds.bytes(MB);
    observer.observe({ entryTypes: ['gc'] });
    for (let n = 0; n < 1000; n++) await kinds.bytes(MB);
    await new Promise((resolve) => setImmediate(resolve));
    observer.disconnect();
    t.diagnostic(`${full} full collections`);
    // One for every 70 of them or so, if nobody collected what is young.
    assert.ok(full < 6, `${full} full collections`);
  });

  it('bytes: the worker gives its own copy back, without being asked', async () => {
    await kinds.bytes(LARGE * MB);
    await size(pool, 1);
    const before = rss();
    const result = await kinds.bytes(LARGE * MB);
    assert.ok(await falls(before + LARGE * 1.5), `${(rss() - before).toFixed(1)} MB are held`);
    assert.equal(result.length, LARGE * MB);
  });
});
