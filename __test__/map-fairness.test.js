'use strict';
// map() beside other tasks: it makes way for those that wait.

const assert = require('node:assert/strict');
const { after, describe, it } = require('node:test');
const { Pool } = require('..');

const pool = new Pool({ workers: 2 });
after(() => pool.shutdown());

/** A flag that the items wait for, and the number of those that have begun. */
const shared = () => new Int32Array(new SharedArrayBuffer(8));

describe('a map that goes on for long', () => {
  it('lets tasks in that came later', async () => {
    const flag = shared();
    const items = Int32Array.from({ length: 1_000_000 }, (_, i) => i);
    // It cannot end before the task that came later has run.
    const spin = (item) => {
      const until = Date.now() + 1;
      while (Atomics.load(flag, 0) === 0 && Date.now() < until);
      return item;
    };
    const mapped = pool.map(items, spin);
    await pool.run(() => Atomics.store(flag, 0, 1));
    assert.deepEqual(await mapped, items);
  });

  it('lets another map in', async () => {
    const flag = shared();
    const items = Int32Array.from({ length: 1_000_000 }, (_, i) => i);
    const spin = (item) => {
      const until = Date.now() + 1;
      while (Atomics.load(flag, 0) === 0 && Date.now() < until);
      return item;
    };
    const first = pool.map(items, spin);
    const second = pool.map(['a', 'b', 'c'], (item) => Atomics.store(flag, 0, 1) && item);
    assert.deepEqual(await second, ['a', 'b', 'c']);
    assert.deepEqual(await first, items);
  });

  it('goes on with the workers that are not busy', async () => {
    const flag = shared();
    const busy = pool.run(() => {
      while (Atomics.load(flag, 0) === 0);
    });
    assert.deepEqual(await pool.map([1, 2, 3], (item) => item + 1), [2, 3, 4]);
    Atomics.store(flag, 0, 1);
    await busy;
  });

  it('runs items as tasks where each of them is long', async () => {
    const items = Array.from({ length: 12 }, (_, i) => i);
    const slow = (item) => {
      const until = Date.now() + 40;
      while (Date.now() < until);
      return `${item}`;
    };
    assert.deepEqual(await pool.map(items, slow), items.map(String));
  });

  it('does not hold a shutdown up, nor is cut short by one', async () => {
    const own = new Pool({ workers: 2 });
    const items = Int32Array.from({ length: 20_000 }, (_, i) => i);
    const mapped = own.map(items, (item) => {
      let value = item;
      for (let i = 0; i < 1000; i++) value = (value * 31 + i) | 0;
      return value === 1 ? 0 : item;
    });
    const closed = own.shutdown();
    assert.deepEqual(await mapped, items);
    await closed;
    assert.throws(() => own.map([1], (item) => item), { code: 'ERR_TASKLETS_POOL_CLOSED' });
  });
});
