'use strict';
// Which of the tasks that wait comes next: by priority, which waiting makes up for, and by response ratio.

const assert = require('node:assert/strict');
const { describe, it } = require('node:test');
const { Pool } = require('..');
const { busyPool } = require('./fixtures/busy-pool.js');

/** Gives the order in which tasks have started in the one worker. */
function recorder(pool) {
  const places = new Int32Array(new SharedArrayBuffer(4 * 64));
  const record = pool.task((shared, number) => {
    shared[Atomics.add(shared, 0, 1) + 1] = number;
  });
  return {
    add: (number, options) => record.with(options)(places, number),
    order: () => [...places.subarray(1, places[0] + 1)],
  };
}

async function pass(ms) {
  const begin = performance.now();
  while (performance.now() - begin < ms) await new Promise(setImmediate);
}

describe('priority', () => {
  it('decides which of the tasks that wait comes next', async () => {
    const { pool, holding, release } = await busyPool();
    const { add, order } = recorder(pool);
    const tasks = ['normal', 'low', 'high', undefined, 'high', 1000, -1000, 0].map((priority, n) =>
      add(n, { priority }),
    );
    release();
    await Promise.all([holding, ...tasks]);
    assert.deepEqual(order(), [5, 2, 4, 0, 3, 7, 1, 6]);
    await pool.shutdown();
  });

  it('is made up for by waiting', async () => {
    const { pool, holding, release } = await busyPool();
    const { add, order } = recorder(pool);
    const tasks = [add(0, { priority: -0.005 }), add(1, {})];
    await pass(30);
    tasks.push(add(2, { priority: 0.005 }), add(3, {}), add(4, { priority: 'high' }));
    release();
    await Promise.all([holding, ...tasks]);
    assert.deepEqual(order(), [4, 1, 0, 2, 3]);
    await pool.shutdown();
  });

  it('of a task that goes along with many others loses none of them', async () => {
    const pool = new Pool({ workers: 3 });
    const echo = pool.task((n) => n);
    const priorities = ['high', 'low', undefined, 5, -5.5, 'normal'];
    const tasks = Array.from({ length: 6000 }, (_, n) => echo.with({ priority: priorities[n % 6] })(n));
    const cancelled = tasks.filter((task, n) => n % 7 === 0 && task.cancel());
    await Promise.allSettled(cancelled);
    const results = await Promise.allSettled(tasks);
    for (const [n, { status, value, reason }] of results.entries()) {
      if (status === 'fulfilled') assert.equal(value, n);
      else assert.equal(reason.code, 'ERR_TASKLETS_ABORTED');
    }
    await pool.shutdown();
  });

  it('does not outlive its pool', async () => {
    const { pool, holding } = await busyPool();
    const died = { code: 'ERR_TASKLETS_POOL_DEATH' };
    const tasks = Array.from({ length: 100 }, (_, n) =>
      assert.rejects(
        pool.run(() => n, { priority: n - 50 }),
        died,
      ),
    );
    tasks.push(assert.rejects(holding, died));
    await pool.kill();
    await Promise.all(tasks);
  });
});

describe("scheduling: 'hrrn'", () => {
  it('lets short tasks go first, by their names', async () => {
    const { pool, holding, release } = await busyPool({ scheduling: 'hrrn' });
    release();
    await holding;
    const lasts = (ms, shared, number) => {
      const end = performance.now() + ms;
      while (performance.now() < end);
      if (shared) shared[Atomics.add(shared, 0, 1) + 1] = number;
    };
    await pool.run(lasts, { args: [60], name: 'long' });
    await pool.run(lasts, { args: [0], name: 'short' });
    const gate = new Int32Array(new SharedArrayBuffer(8));
    const waiting = pool.run(
      (shared) => {
        Atomics.store(shared, 0, 1);
        Atomics.wait(shared, 1, 0);
      },
      { args: [gate] },
    );
    while (Atomics.load(gate, 0) === 0) await new Promise(setImmediate);
    const places = new Int32Array(new SharedArrayBuffer(4 * 8));
    const tasks = [
      pool.run(lasts, { args: [0, places, 1], name: 'long' }),
      pool.run(lasts, { args: [0, places, 2], name: 'short' }),
      pool.run(lasts, { args: [0, places, 3], name: 'short' }),
    ];
    await pass(5);
    Atomics.store(gate, 1, 1);
    Atomics.notify(gate, 1);
    await Promise.all([waiting, ...tasks]);
    assert.deepEqual([...places.subarray(1, 4)], [2, 3, 1]);
    await pool.shutdown();
  });

  it('runs whatever there is, and cannot be changed under way', async () => {
    const pool = new Pool({ workers: 2, scheduling: 'hrrn', timeout: { perTask: { never: 30 } } });
    const results = await pool.runAll(
      Array.from({ length: 500 }, (_, n) => ({ task: (i) => i, args: [n], name: `n${n}` })),
    );
    assert.equal(results.length, 500);
    assert.deepEqual(await pool.map([1, 2, 3], (n) => n * 2), [2, 4, 6]);
    await assert.rejects(
      pool.run(() => new Promise(() => {}), { name: 'never' }),
      { code: 'ERR_TASKLETS_TIMEOUT' },
    );
    assert.equal(pool.config().scheduling, 'hrrn');
    assert.throws(() => pool.config({ scheduling: 'fifo' }), {
      code: 'ERR_TASKLETS_INVALID_OPTION',
      option: 'scheduling',
    });
    await pool.shutdown();
  });
});
