'use strict';
// Pools that grow and shrink: with work that waits, not with work that computes, and without losing a task.

const assert = require('node:assert/strict');
const fs = require('node:fs');
const { after, describe, it } = require('node:test');
const { Pool } = require('..');
const { cpuCount } = require('../lib/cores.js');
const { alive } = require('./fixtures/alive.js');
const { random } = require('./fixtures/random.js');

/** Waits until so many are here at once; false where they do not come. */
const meet = (shared, many) => {
  if (Atomics.add(shared, 0, 1) + 1 >= many) {
    Atomics.store(shared, 1, 1);
    Atomics.notify(shared, 1);
  }
  return Atomics.wait(shared, 1, 0, 120_000) !== 'timed-out';
};
const gate = () => new Int32Array(new SharedArrayBuffer(8));

/** How many workers there are, and the most there have been, as events tell. */
function watch(pool) {
  const seen = { now: 0, most: 0, started: 0, ended: 0 };
  pool.on('workerStart', () => {
    seen.started++;
    seen.most = Math.max(seen.most, ++seen.now);
  });
  pool.on('workerExit', () => {
    seen.ended++;
    seen.now--;
  });
  return seen;
}

/** Resolves once there are no more workers than that. */
const shrunk = (pool, seen, size) =>
  new Promise((resolve) => {
    const look = () => {
      if (seen.now > size) return;
      pool.off('workerExit', look);
      resolve();
    };
    pool.on('workerExit', look);
    look();
  });

describe('an elastic pool', () => {
  // Idle workers do not keep the process alive.
  const awake = setInterval(() => {}, 1000);
  after(() => clearInterval(awake));

  it('grows to its maximum for work that waits, shrinks to its minimum, and grows again', async () => {
    const max = cpuCount() * 2 + 2;
    const pool = new Pool({ workers: { min: 1, max, idleTimeout: 50 } });
    const seen = watch(pool);
    for (let round = 0; round < 2; round++) {
      const shared = gate();
      const met = await Promise.all(Array.from({ length: max }, () => pool.run(meet, { args: [shared, max] })));
      assert.ok(met.every(Boolean), 'all were there at once');
      assert.equal(seen.now, max);
      await shrunk(pool, seen, 1);
      await alive(pool);
    }
    assert.ok(seen.most <= max, `${seen.most} workers`);
    await pool.shutdown();
    assert.equal(seen.now, 0);
  });

  it('grows for async work that waits', async () => {
    const max = cpuCount() + 3;
    const pool = new Pool({ workers: { min: 1, max } });
    const shared = gate();
    const come = async (all, many) => {
      Atomics.add(all, 0, 1);
      while (Atomics.load(all, 0) < many) await new Promise((resolve) => setTimeout(resolve, 5));
      return true;
    };
    const met = await Promise.all(Array.from({ length: max }, () => pool.run(come, { args: [shared, max] })));
    assert.ok(met.every(Boolean));
    await pool.shutdown();
  });

  const measures = fs.existsSync('/proc/thread-self/schedstat');
  it(
    'has about as many workers as cores for work that computes',
    { skip: !measures && 'not measured here' },
    async () => {
      const cores = cpuCount();
      const pool = new Pool({ workers: { min: 1, max: cores * 4 } });
      const seen = watch(pool);
      const compute = pool.task(() => {
        const end = performance.now() + 50;
        while (performance.now() < end);
      });
      await Promise.all(Array.from({ length: cores * 30 }, () => compute()));
      // One more may come where the machine is busy with something else.
      assert.ok(seen.most <= cores + 1, `${seen.most} workers on ${cores} cores`);
      await pool.shutdown();
    },
  );

  it('keeps its minimum, from the first task on', async () => {
    const min = cpuCount() + 1;
    const pool = new Pool({ workers: { min, max: min + 2, idleTimeout: 10 } });
    const seen = watch(pool);
    const started = new Promise((resolve) => pool.on('workerStart', () => seen.now === min && resolve(undefined)));
    await Promise.all([started, pool.run(() => 1)]);
    await alive(pool);
    await shrunk(pool, seen, min);
    assert.equal(seen.now, min);
    await pool.shutdown();
  });

  it('has no worker at rest where its minimum is none', async () => {
    const pool = new Pool({ workers: { min: 0, max: 2, idleTimeout: 10 } });
    const seen = watch(pool);
    for (let round = 0; round < 3; round++) {
      await alive(pool);
      await shrunk(pool, seen, 0);
    }
    await pool.shutdown();
  });

  it('is of one size where its scaling is fixed', async () => {
    const pool = new Pool({ workers: { min: 1, max: 3, scaling: 'fixed', idleTimeout: 1 } });
    assert.equal(pool.config().workers, 3);
    const seen = watch(pool);
    const shared = gate();
    await Promise.all(Array.from({ length: 3 }, () => pool.run(meet, { args: [shared, 3] })));
    await alive(pool);
    assert.equal(seen.ended, 0);
    await pool.shutdown();
  });

  it('loses no task while its size is changed at random', async (t) => {
    const next = random(t);
    const pool = new Pool({ workers: { min: 0, max: 4, idleTimeout: 5 } });
    const double = pool.task((n) => n * 2);
    const wait = pool.task(async (n) => {
      await new Promise((resolve) => setTimeout(resolve, 1));
      return n * 2;
    });
    const sizes = [
      () => 1 + Math.floor(next() * 5),
      () => 'auto',
      () => 'max(1, cpu_count / 2)',
      () => ({ min: Math.floor(next() * 3), max: 2 + Math.floor(next() * 4), idleTimeout: 1 + next() * 20 }),
    ];
    const tasks = [];
    for (let round = 0; round < 100; round++) {
      pool.config({ workers: sizes[Math.floor(next() * sizes.length)]() });
      for (let n = 0; n < 100; n++) tasks.push(next() < 0.05 ? wait(n) : double(n));
      // At rest, in the middle of it, or before anything has begun.
      const moment = next();
      if (moment < 0.1) await Promise.all(tasks);
      else if (moment < 0.5) await tasks[Math.floor(next() * tasks.length)];
      else if (moment < 0.75) await new Promise((resolve) => setImmediate(resolve));
    }
    const results = await Promise.all(tasks);
    assert.ok(results.every((result, n) => result === (n % 100) * 2));
    await alive(pool);
    await pool.shutdown();
  });
});
