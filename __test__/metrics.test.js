'use strict';
// What a pool has counted and measured, and how it says that it is.

const assert = require('node:assert/strict');
const { once } = require('node:events');
const { afterEach, describe, it } = require('node:test');
const { setImmediate: turn } = require('node:timers/promises');
const tasklets = require('..');

const { Pool } = tasklets;
let pool;
afterEach(() => pool?.kill());

const spin = (ms) => {
  const end = performance.now() + ms;
  while (performance.now() < end);
};

/** Waits for something that comes by itself. */
async function until(holds) {
  while (!holds()) await turn();
}

describe('getMetrics', () => {
  it('counts tasks by how they ended', async () => {
    pool = new Pool({ workers: 1, maxQueue: 3 });
    assert.equal(pool.getMetrics().tasks.submitted, 0);
    const cancelled = pool.run(() => {});
    cancelled.cancel();
    const outcomes = await Promise.allSettled([
      cancelled,
      pool.run(() => 1),
      pool.run(() => {
        throw new RangeError('no');
      }),
      pool.run(() => process.exit(3)),
      pool.run(() => 2),
      pool.run(() => 'no place'),
    ]);
    await assert.rejects(
      pool.run(() => new Promise(() => {}), { timeout: 5, grace: 0 }),
      { code: 'ERR_TASKLETS_TIMEOUT' },
    );
    // The worker of the last one is given up.
    await until(() => pool.getMetrics().tasks.running === 0);
    const { tasks, errors } = pool.getMetrics();
    assert.equal(outcomes.filter(({ status }) => status === 'fulfilled').length, 2);
    assert.deepEqual(tasks, {
      submitted: 6,
      succeeded: 2,
      failed: 1,
      cancelled: 1,
      timedOut: 1,
      expired: 0,
      lost: 1,
      refused: 1,
      outstanding: 0,
      running: 0,
    });
    assert.deepEqual(errors, {
      AbortError: 1,
      QueueFullError: 1,
      RangeError: 1,
      TimeoutError: 1,
      WorkerExitedError: 1,
    });
  });

  it('counts what failed on this side as failures, and not as cancelled', async () => {
    pool = new Pool({ workers: 1 });
    const failing = pool.run(() => {
      throw new Error('no');
    });
    const dependent = pool.run(() => 1, { after: [failing] });
    const onProgress = () => {
      throw new RangeError('from onProgress');
    };
    const endless = () => {
      tasklets.current.progress(1);
      return new Promise((_, reject) => tasklets.current.signal.addEventListener('abort', reject));
    };
    const over = () => tasklets.current.progress(100);
    const listened = [pool.run(endless, { onProgress }), pool.run(over, { onProgress })];
    const outcomes = await Promise.allSettled([failing, dependent, ...listened]);
    assert.deepEqual(
      outcomes.map(({ reason }) => reason?.name),
      ['Error', 'DependencyError', 'RangeError', 'RangeError'],
    );
    const { tasks, errors } = pool.getMetrics();
    assert.equal(tasks.failed, 4);
    assert.equal(tasks.cancelled, 0);
    assert.equal(tasks.succeeded, 0);
    assert.deepEqual(errors, { Error: 1, DependencyError: 1, RangeError: 2 });
    assert.equal(pool.getHealth().errors.recent, 4);
  });

  it('counts errors by their classes', async () => {
    pool = new Pool({ workers: 1 });
    class OwnError extends Error {}
    const thrown = [
      () => {
        throw new OwnError('whose name is that of Error');
      },
      () => {
        throw new DOMException('its own', 'AbortError');
      },
      () => {
        throw Object.assign(Object.create(null), { name: 'Bare' });
      },
      () => {
        throw null;
      },
      () => {
        throw 'text';
      },
    ];
    await pool.runAll(thrown, { settle: true });
    const { tasks, errors } = pool.getMetrics();
    assert.deepEqual(errors, { OwnError: 1, DOMException: 1, Bare: 1, null: 1, string: 1 });
    assert.equal(tasks.failed, thrown.length);
    assert.equal(pool.getHealth().errors.recent, thrown.length);
  });

  for (const close of ['shutdown', 'kill']) {
    it(`keeps its counts after ${close}()`, async () => {
      pool = new Pool({ workers: 1 });
      await pool.run(() => 1);
      const fails = () => {
        throw new Error('no');
      };
      await assert.rejects(pool.run(fails));
      const before = pool.getMetrics();
      await pool[close]();
      const { tasks, errors } = pool.getMetrics();
      assert.deepEqual(tasks, before.tasks);
      assert.deepEqual(errors, before.errors);
      await pool.kill();
      assert.deepEqual(pool.getMetrics().tasks, before.tasks);
    });
  }

  it('measures waiting and running, by the names of tasks and by worker', async () => {
    pool = new Pool({ workers: 1 });
    const gate = new Int32Array(new SharedArrayBuffer(4));
    const work = pool.task((ms, shared) => {
      Atomics.wait(shared, 0, 0);
      spin(ms);
    });
    const first = work.with({ name: 'first' })(20, gate);
    const waiting = [work.with({ name: 'work' })(20, gate), work.with({ name: 'work' })(0, gate)];
    spin(20);
    Atomics.store(gate, 0, 1);
    Atomics.notify(gate, 0);
    await Promise.all([first, ...waiting, pool.run(function last() {})]);
    const { byTask, latency, workers } = pool.getMetrics();
    assert.deepEqual(Object.keys(byTask).sort(), ['first', 'last', 'work']);
    assert.equal(byTask.work.ended, 2);
    assert.equal(byTask.first.ended, 1);
    const { running, waiting: waited } = byTask.work;
    assert.equal(running.count, 2);
    // Two digits: one value in a hundred is off by one.
    assert.ok(running.max >= 19.8, `${running.max}`);
    assert.ok(running.min <= running.p50 && running.p50 <= running.p95 && running.p95 <= running.max);
    assert.ok(waited.min >= 39.6, `they waited for the first: ${waited.min}`);
    assert.ok(waited.max >= waited.min + 19, `and one of them for the other: ${waited.max}`);
    assert.equal(running.buckets.at(-1).count, 2);
    assert.ok(running.buckets.every(({ count }, i, { [i - 1]: before }) => i === 0 || count >= before.count));
    assert.equal(latency.count, 4);
    assert.equal(workers.length, 1);
    assert.equal(workers[0].running.count, 4);
    assert.ok(workers[0].id > 0);
  });

  it('keeps what workers have measured that are gone', async () => {
    pool = new Pool({ workers: 1 });
    const before = pool.task(() => {}, { name: 'before' });
    await before();
    await assert.rejects(pool.run(() => process.exit(1)));
    await pool.run(() => {}, { name: 'after' });
    const { byTask, workers, crashed } = pool.getMetrics();
    assert.equal(byTask.before.running.count, 1);
    assert.equal(byTask.after.running.count, 1);
    assert.equal(workers.length, 1);
    assert.equal(crashed, 1);
  });

  it('counts every task of a burst, although not each is measured', async () => {
    pool = new Pool({ workers: 2 });
    const noop = pool.task(function noop() {});
    await Promise.all(Array.from({ length: 10_000 }, () => noop()));
    const { byTask, tasks } = pool.getMetrics();
    assert.equal(byTask.noop.ended, 10_000);
    assert.equal(tasks.succeeded, 10_000);
    const { count } = byTask.noop.waiting;
    assert.ok(Math.abs(count - 10_000) < 100, `${count} are told of`);
  });

  it('tells what each worker does, and how long its event loop was held', async () => {
    pool = new Pool({ workers: 2 });
    await pool.run(spin, { args: [30] });
    const gate = new Int32Array(new SharedArrayBuffer(8));
    const held = pool.run(
      (shared) => {
        Atomics.store(shared, 0, 1);
        Atomics.wait(shared, 1, 0);
      },
      { args: [gate] },
    );
    await until(() => Atomics.load(gate, 0) === 1);
    const busy = pool.getMetrics();
    assert.equal(busy.tasks.running, 1);
    assert.deepEqual(
      busy.workers.filter(({ state }) => state === 'busy').map(({ tasks }) => tasks),
      [1],
    );
    assert.ok(busy.workers.some(({ busyFor }) => busyFor > 0));
    Atomics.store(gate, 1, 1);
    Atomics.notify(gate, 1);
    await held;
    await until(() => pool.getMetrics().workers.some(({ eventLoopDelay }) => eventLoopDelay.max >= 29));
    const { workers } = pool.getMetrics();
    assert.ok(workers.every(({ state, busyFor }) => state === 'idle' && busyFor === 0));
  });

  it('tells the memory of each worker', async () => {
    pool = new Pool({ workers: 1, resourceLimits: { maxOldGenerationSizeMb: 64 } });
    await pool.run(() => {
      globalThis.kept = Array.from({ length: 1_000_000 }, (_, n) => n + 0.5);
    });
    await until(() => pool.getMetrics().workers[0].memory.heapUsed > 8e6);
    const { heapUsed, heapTotal, heapLimit, external } = pool.getMetrics().workers[0].memory;
    assert.ok(heapUsed <= heapTotal && heapTotal <= heapLimit, `${heapUsed}, ${heapTotal}, ${heapLimit}`);
    assert.ok(heapLimit >= 64 * 2 ** 20 && heapLimit < 512 * 2 ** 20);
    assert.ok(external >= 0);
  });

  it('tells the depth of the queue, and what is held back', async () => {
    pool = new Pool({ workers: 1, maxQueue: 2, overflow: 'wait', name: 'own' });
    assert.deepEqual(pool.getMetrics().queue.limit, 2);
    const gate = new Int32Array(new SharedArrayBuffer(4));
    const tasks = Array.from({ length: 6 }, () => pool.run((shared) => Atomics.wait(shared, 0, 0), { args: [gate] }));
    const { queue, name } = pool.getMetrics();
    assert.equal(name, 'own');
    assert.equal(queue.size, 2);
    assert.equal(queue.heldBack, 3);
    assert.equal(queue.history.at(-1).size, 2);
    assert.ok(queue.history.length >= 2 && queue.history.every(({ time }) => time > 0));
    Atomics.store(gate, 0, 1);
    Atomics.notify(gate, 0);
    await Promise.all(tasks);
  });

  it('is there for the default pool, too', async () => {
    await tasklets.run(() => 1, { name: 'of the default pool' });
    const { getHealth, getMetrics } = tasklets;
    assert.equal(getMetrics().byTask['of the default pool'].ended, 1);
    assert.equal(getHealth().status, 'healthy');
    await tasklets.shutdown();
  });
});

describe('getHealth', () => {
  const fails = () => {
    throw new Error('no');
  };

  it('is healthy before and after tasks that succeed', async () => {
    pool = new Pool({ workers: 2 });
    const none = pool.getHealth();
    assert.equal(none.status, 'healthy');
    assert.deepEqual(none.workers, { active: 0, idle: 0, crashed: 0 });
    await pool.run(spin, { args: [5] });
    const { status, workers, memory, latency, errors } = pool.getHealth();
    assert.equal(status, 'healthy');
    assert.ok(workers.active + workers.idle >= 1);
    assert.ok(latency.p50 >= 4.9 && latency.p50 <= latency.p95 && latency.p95 <= latency.p99);
    assert.deepEqual(errors, { rate: 0, recent: 0 });
    assert.ok(memory.available > 0);
    await until(() => pool.getHealth().memory.used > 0);
  });

  it('is degraded by some failures, and unhealthy by many, but not by what was cancelled', async () => {
    pool = new Pool({ workers: 1 });
    const all = (count, fn) => Promise.allSettled(Array.from({ length: count }, () => pool.run(fn)));
    await all(2, fails);
    assert.equal(pool.getHealth().status, 'healthy', 'two are too few to tell');
    await all(20, () => {});
    const { status, errors } = pool.getHealth();
    assert.equal(status, 'degraded');
    assert.equal(errors.recent, 2);
    assert.ok(Math.abs(errors.rate - 2 / 22) < 0.01, `${errors.rate}`);
    const cancelled = Array.from({ length: 50 }, () => pool.run(() => {}));
    for (const task of cancelled) task.cancel();
    await Promise.allSettled(cancelled);
    assert.equal(pool.getHealth().errors.recent, 2);
    await all(150, fails);
    assert.equal(pool.getHealth().status, 'unhealthy');
  });

  it('takes no refusal for a failure', async () => {
    pool = new Pool({ workers: 1, maxQueue: 5 });
    await Promise.allSettled(Array.from({ length: 60 }, () => pool.run(() => 1)));
    for (let i = 0; i < 24; i++) await pool.run(() => 1);
    const { status, errors } = pool.getHealth();
    assert.deepEqual(errors, { rate: 0, recent: 0 });
    assert.equal(status, 'healthy');
    const { tasks, errors: classes } = pool.getMetrics();
    assert.equal(tasks.refused, 54);
    assert.deepEqual(classes, { QueueFullError: 54 });
  });

  it('is degraded after a crash, and while the queue is full', async () => {
    pool = new Pool({ workers: 1, maxQueue: 0 });
    const task = pool.run(() => new Promise((resolve) => setTimeout(resolve, 1)));
    assert.equal(pool.getHealth().status, 'degraded');
    await task;
    assert.equal(pool.getHealth().status, 'healthy');
    const exit = once(pool, 'workerExit');
    await assert.rejects(pool.run(() => process.exit(1)));
    await exit;
    const { status, workers } = pool.getHealth();
    assert.equal(status, 'degraded');
    assert.equal(workers.crashed, 1);
  });

  it('is unhealthy once it is closed', async () => {
    pool = new Pool({ workers: 1 });
    await pool.run(() => 1);
    await pool.shutdown();
    assert.equal(pool.getHealth().status, 'unhealthy');
    assert.equal(pool.getMetrics().workers.length, 0);
  });
});
