'use strict';
// Several tasks in one worker: they wait at the same time, and each remains itself.

const assert = require('node:assert/strict');
const { AsyncLocalStorage } = require('node:async_hooks');
const { describe, it } = require('node:test');
const tasklets = require('..');
const { alive } = require('./fixtures/alive.js');
const { withPool } = require('./fixtures/with-pool.js');

const { Pool } = tasklets;

/** Ends when as many as there are have come: in one worker, only if they run at the same time. */
const meet = (count) => {
  const waiting = (globalThis.waiting ??= []);
  return new Promise((resolve) => {
    waiting.push(resolve);
    if (waiting.length < count) return;
    for (const open of waiting.splice(0)) open(count);
  });
};

describe('concurrency', () => {
  it('lets one worker run so many tasks at a time', () =>
    withPool({ workers: 1, concurrency: 20 }, async (pool) => {
      const together = pool.task(meet);
      assert.deepEqual(await Promise.all(Array.from({ length: 20 }, () => together(20))), Array(20).fill(20));
      await alive(pool);
    }));

  it('has a worker that has nothing to do take a task before one whose task may be computing', () =>
    withPool({ workers: 2, concurrency: 4 }, async (pool) => {
      const cells = new Int32Array(new SharedArrayBuffer(8));
      const pause = pool.task(() => new Promise((resolve) => setTimeout(resolve, 1)));
      while (pool.getMetrics().workers.length < 2) await Promise.all([pause(), pause()]);
      for (let round = 0; round < 3; round++) {
        Atomics.store(cells, 0, 0);
        // Its worker falls asleep last, and is in the middle of this when the other task comes.
        const computes = pool.run(
          async (cells) => {
            await new Promise((resolve) => setTimeout(resolve, 10));
            Atomics.store(cells, 0, 1);
            return Atomics.wait(cells, 1, round, 5000);
          },
          { args: [cells], captures: { round } },
        );
        while (Atomics.load(cells, 0) === 0) await new Promise(setImmediate);
        await pool.run(() => 0);
        Atomics.store(cells, 1, round + 1);
        Atomics.notify(cells, 1);
        assert.notEqual(await computes, 'timed-out');
      }
    }));

  it('lets no more of them run', () =>
    withPool({ workers: 2, concurrency: 3 }, async (pool) => {
      const count = pool.task(async () => {
        globalThis.running = (globalThis.running ?? 0) + 1;
        globalThis.most = Math.max(globalThis.most ?? 0, globalThis.running);
        for (let turn = 0; turn < 5; turn++) await new Promise(setImmediate);
        globalThis.running--;
        return globalThis.most;
      });
      const counts = await Promise.all(Array.from({ length: 300 }, () => count()));
      assert.equal(Math.max(...counts), 3);
    }));

  it('is 1 by default', () =>
    withPool({ workers: 1 }, async (pool) => {
      assert.equal(pool.config().concurrency, 1);
      const count = pool.task(async () => {
        globalThis.running = (globalThis.running ?? 0) + 1;
        await new Promise(setImmediate);
        return globalThis.running--;
      });
      assert.deepEqual(await Promise.all([count(), count(), count()]), [1, 1, 1]);
    }));

  it('keeps `current` right across every kind of waiting', () =>
    withPool({ workers: 2, concurrency: 16 }, async (pool) => {
      const wander = pool.task(async (name) => {
        const is = () => {
          if (tasklets.current?.name !== name) throw new Error(`${tasklets.current?.name} instead of ${name}`);
        };
        const { setTimeout: sleep } = require('node:timers/promises');
        const { readFile } = require('node:fs/promises');
        for (let round = 0; round < 5; round++) {
          is();
          await null;
          is();
          await new Promise((resolve) => setImmediate(resolve));
          is();
          await sleep(1);
          is();
          await readFile(__filename);
          is();
          await new Promise((resolve) => process.nextTick(() => queueMicrotask(() => (is(), resolve(undefined)))));
        }
        return tasklets.current.id;
      });
      const tasks = Array.from({ length: 100 }, (_, n) => wander.with({ name: `task ${n}` })(`task ${n}`));
      assert.deepEqual(
        await Promise.all(tasks),
        tasks.map(({ id }) => id),
      );
    }));

  it('cancels one of them, and tells only that one', () =>
    withPool({ workers: 1, concurrency: 8 }, async (pool) => {
      const started = new Int32Array(new SharedArrayBuffer(4));
      const wait = pool.task(async (n, shared) => {
        const { signal } = tasklets.current;
        const aborted = new Promise((resolve) => signal.addEventListener('abort', () => resolve(undefined)));
        globalThis.ends ??= [];
        const end = new Promise((resolve) => globalThis.ends.push(resolve));
        Atomics.add(shared, 0, 1);
        await Promise.race([aborted, end]);
        return [n, signal.aborted];
      });
      const before = await pool.run(() => tasklets.current.workerId);
      const tasks = Array.from({ length: 7 }, (_, n) => wait.with({ grace: 15_000 })(n, started));
      while (Atomics.load(started, 0) < 7) await new Promise(setImmediate);
      tasks[3].cancel('this one');
      await assert.rejects(tasks[3], (error) => error.cause === 'this one');
      await pool.run(() => globalThis.ends.forEach((end) => end()));
      const others = tasks.filter((_, n) => n !== 3);
      assert.deepEqual(
        await Promise.all(others),
        [0, 1, 2, 4, 5, 6].map((n) => [n, false]),
      );
      assert.equal(await pool.run(() => tasklets.current.workerId), before);
    }));

  it('mixes with tasks of tasks', () =>
    withPool({ workers: 1, concurrency: 2 }, async (pool) => {
      const nest = pool.task(async (depth) => {
        const { name } = tasklets.current;
        const below = depth === 0 ? 0 : await tasklets.run(() => 1);
        if (tasklets.current.name !== name) throw new Error('another task');
        return depth + below;
      });
      const results = await Promise.all(Array.from({ length: 20 }, (_, n) => nest.with({ name: `n${n}` })(n % 3)));
      assert.deepEqual(
        results,
        Array.from({ length: 20 }, (_, n) => (n % 3 === 0 ? 0 : (n % 3) + 1)),
      );
    }));

  it('cannot change while workers run, and must be a number of tasks', () =>
    withPool({ workers: 1, concurrency: 2 }, async (pool) => {
      await pool.run(() => 1);
      assert.throws(() => pool.config({ concurrency: 3 }), { code: 'ERR_TASKLETS_INVALID_OPTION' });
      assert.equal(pool.config().concurrency, 2);
      for (const wrong of [0, -1, 1.5, Infinity, NaN, 65_537]) {
        assert.throws(() => new Pool({ concurrency: wrong }), { code: 'ERR_TASKLETS_OPTION_RANGE' });
      }
      // @ts-expect-error It is no number.
      assert.throws(() => new Pool({ concurrency: '2' }), { code: 'ERR_TASKLETS_INVALID_OPTION' });
    }));
});

describe('the context of the caller', () => {
  it('is the one that its reactions and callbacks run in', () =>
    withPool({ workers: 1, concurrency: 4 }, async (pool) => {
      const storage = new AsyncLocalStorage();
      const work = pool.task(async (n) => {
        tasklets.current.progress(50);
        await null;
        return n;
      });
      const seen = [];
      const call = async (n) => {
        const onProgress = () => seen.push(storage.getStore());
        await work.with({ onProgress })(n);
        return storage.getStore();
      };
      const all = [0, 1, 2, 3].map((n) => storage.run(n, () => call(n)));
      assert.deepEqual(await Promise.all(all), [0, 1, 2, 3]);
      assert.deepEqual(seen.sort(), [0, 1, 2, 3]);
    }));
});
