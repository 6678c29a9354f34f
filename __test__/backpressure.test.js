'use strict';
// A queue with a limit: what is refused beyond it, what is held back, and how a producer learns that there is room.

const assert = require('node:assert/strict');
const { getEventListeners, once } = require('node:events');
const { afterEach, describe, it } = require('node:test');
const { setImmediate: turn } = require('node:timers/promises');
const { AbortError, Pool, PoolDeathError, QueueFullError } = require('..');

const identity = (value) => value;
let pool;
afterEach(() => pool.kill());

/** Keeps all workers busy until it is told. */
function busy(workers = 1) {
  const gate = new Int32Array(new SharedArrayBuffer(4));
  const tasks = Array.from({ length: workers }, () =>
    pool.run((shared) => Atomics.wait(shared, 0, 0), { args: [gate] }),
  );
  return {
    tasks,
    release() {
      Atomics.store(gate, 0, 1);
      Atomics.notify(gate, 0);
      return Promise.all(tasks);
    },
  };
}

describe('maxQueue', () => {
  it('refuses with a task that rejects what finds no place, and nothing else', async () => {
    pool = new Pool({ workers: 2, maxQueue: 3 });
    const { release } = busy(2);
    const echo = pool.task(identity);
    const taken = [echo(0), pool.run(identity, { args: [1] }), echo.with({ name: 'x' })(2)];
    assert.equal(pool.queueSize, 3);
    for (const refused of [echo(3), pool.run(identity, { args: [4] }), echo.with({ name: 'y' })(5)]) {
      assert.equal(refused.cancel(), false);
      await assert.rejects(refused, (error) => {
        assert.ok(error instanceof QueueFullError);
        assert.equal(error.code, 'ERR_TASKLETS_QUEUE_FULL');
        assert.match(error.message, /3 tasks wait, and maxQueue is 3/);
        return true;
      });
    }
    assert.equal(pool.queueSize, 3);
    await release();
    assert.deepEqual(await Promise.all(taken), [0, 1, 2]);
    assert.equal(pool.queueSize, 0);
    assert.equal(await echo(6), 6);
  });

  it('takes what idle workers take at once, however small it is, also before they have started', async () => {
    pool = new Pool({ workers: 2, maxQueue: 0 });
    const tasks = [1, 2, 3].map((n) => pool.run(identity, { args: [n] }));
    assert.equal(pool.queueSize, 0);
    await assert.rejects(tasks[2], QueueFullError);
    assert.deepEqual(await Promise.all(tasks.slice(0, 2)), [1, 2]);
    assert.equal(await pool.run(identity, { args: [4] }), 4);
  });

  it('gives the place of a waiting task that is cancelled to another', async () => {
    pool = new Pool({ workers: 1, maxQueue: 1 });
    const { release } = busy();
    const first = pool.run(identity, { args: [1] });
    first.cancel();
    const second = pool.run(identity, { args: [2] });
    await assert.rejects(first, AbortError);
    await assert.rejects(pool.run(identity), QueueFullError);
    await release();
    assert.equal(await second, 2);
  });

  it('throws wrong use at the call, however full it is', async () => {
    pool = new Pool({ workers: 1, maxQueue: 0 });
    const { release } = busy();
    assert.throws(() => pool.run(5), { code: 'ERR_TASKLETS_INVALID_ARGUMENT' });
    assert.throws(() => pool.run(identity, { nmae: 'x' }), { code: 'ERR_TASKLETS_INVALID_OPTION' });
    await release();
  });

  it('can be set and lifted at any time', async () => {
    pool = new Pool({ workers: 1 });
    const { release } = busy();
    const waiting = [1, 2, 3].map((n) => pool.run(identity, { args: [n] }));
    assert.equal(pool.queueSize, 3);
    assert.equal(pool.config({ maxQueue: 2 }).maxQueue, 2);
    await assert.rejects(pool.run(identity), QueueFullError);
    assert.deepEqual(pool.config({ maxQueue: Infinity }).overflow, 'reject');
    waiting.push(pool.run(identity, { args: [4] }));
    await release();
    assert.deepEqual(await Promise.all(waiting), [1, 2, 3, 4]);
  });

  it('is retried by retry(), as other errors are', async () => {
    pool = new Pool({ workers: 1, maxQueue: 0 });
    const { release } = busy();
    const refusals = [];
    const retryIf = async (error) => {
      refusals.push(error.code);
      await release();
      return true;
    };
    assert.equal(await pool.retry(() => 'in the end', { delay: 0, retryIf }), 'in the end');
    assert.deepEqual(refusals, ['ERR_TASKLETS_QUEUE_FULL']);
  });

  it('does not get in the way of array operations', async () => {
    pool = new Pool({ workers: 1, maxQueue: 0 });
    const { release } = busy();
    const mapped = pool.map(Float64Array.of(1, 2, 3), (n) => n * 2);
    const sent = pool.map([1, 2, 3], async (n) => n * 3);
    await release();
    assert.deepEqual([...(await mapped)], [2, 4, 6]);
    assert.deepEqual(await sent, [3, 6, 9]);
  });
});

describe("overflow: 'wait'", () => {
  it('holds tasks back until there is a place, and runs them in order', async () => {
    pool = new Pool({ workers: 1, maxQueue: 2, overflow: 'wait' });
    const { release } = busy();
    const order = [];
    const tasks = Array.from({ length: 50 }, (_, n) =>
      pool.run(identity, { args: [n] }).then((value) => order.push(value)),
    );
    assert.equal(pool.queueSize, 2);
    await release();
    await Promise.all(tasks);
    assert.deepEqual(
      order,
      Array.from({ length: 50 }, (_, n) => n),
    );
    assert.equal(pool.queueSize, 0);
  });

  it('sends the arguments as they were at the call', async () => {
    pool = new Pool({ workers: 1, maxQueue: 0, overflow: 'wait' });
    const { release } = busy();
    const value = { n: 1 };
    const held = pool.run(identity, { args: [value] });
    value.n = 2;
    await release();
    assert.deepEqual(await held, { n: 1 });
  });

  it('is ended by a signal, by cancel(), and by kill()', async () => {
    pool = new Pool({ workers: 1, maxQueue: 0, overflow: 'wait' });
    const { tasks } = busy();
    const controller = new AbortController();
    const { signal } = controller;
    const aborted = pool.run(identity, { signal });
    const cancelled = pool.run(identity);
    const killed = [...tasks, pool.run(identity)];
    controller.abort('gone');
    assert.equal(cancelled.cancel('no more'), true);
    await assert.rejects(aborted, (error) => error instanceof AbortError && error.cause === 'gone');
    await assert.rejects(cancelled, (error) => error instanceof AbortError && error.cause === 'no more');
    assert.deepEqual(getEventListeners(signal, 'abort'), []);
    await Promise.all([pool.kill(), ...killed.map((task) => assert.rejects(task, PoolDeathError))]);
  });
});

describe("the event 'drain'", () => {
  it('comes once nothing waits any more, each time that something had to', async () => {
    pool = new Pool({ workers: 1, maxQueue: 10 });
    let drained = 0;
    pool.on('drain', () => drained++);
    await pool.run(identity);
    await turn();
    assert.equal(drained, 0);
    for (let round = 1; round <= 3; round++) {
      const { release } = busy();
      const waiting = Array.from({ length: 5 }, () => pool.run(identity));
      const told = once(pool, 'drain');
      await release();
      await told;
      assert.equal(pool.queueSize, 0);
      await Promise.all(waiting);
      assert.equal(drained, round);
    }
  });

  it('lets a producer keep within the limit', async () => {
    pool = new Pool({ workers: 2, maxQueue: 4 });
    const results = [];
    let longest = 0;
    for (let n = 0; n < 200; n++) {
      if (pool.queueSize >= 4) await once(pool, 'drain');
      results.push(pool.run(identity, { args: [n] }));
      longest = Math.max(longest, pool.queueSize);
    }
    assert.deepEqual(
      await Promise.all(results),
      Array.from({ length: 200 }, (_, n) => n),
    );
    assert.equal(longest, 4);
  });

  it('comes for a queue of none when a worker is free', async () => {
    pool = new Pool({ workers: 1, maxQueue: 0 });
    for (let n = 0; n < 20; n++) {
      const task = pool.run(identity, { args: [n] });
      await assert.rejects(pool.run(identity), QueueFullError);
      await once(pool, 'drain');
      assert.equal(await task, n);
    }
  });

  it('is told to nobody who has ceased to listen', async () => {
    pool = new Pool({ workers: 1 });
    let drained = 0;
    const listener = () => drained++;
    assert.equal(pool.on('drain', listener).off('drain', listener), pool);
    assert.equal(pool.listenerCount('drain'), 0);
    await Promise.all([pool.run(identity), pool.run(identity)]);
    await turn();
    assert.equal(drained, 0);
  });
});
