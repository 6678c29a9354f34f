'use strict';
// Tasks that run tasks: in the pool that they belong to, however small it is.

const assert = require('node:assert/strict');
const { existsSync, mkdtempSync, rmSync } = require('node:fs');
const { tmpdir } = require('node:os');
const path = require('node:path');
const { describe, it } = require('node:test');
const { Pool } = require('..');
const { alive } = require('./fixtures/alive.js');

const file = require.resolve('..');

describe('a task that waits for tasks of its own', { timeout: 120_000 }, () => {
  for (const workers of [1, 2]) {
    it(`gets their results, in a pool of ${workers}`, async () => {
      const pool = new Pool({ workers });
      const parent = pool.task(async (path, n) => {
        const { run, isWorker } = require(path);
        const parts = await Promise.all([run((x) => x + 1, { args: [n] }), run(async (x) => x + 2, { args: [n] })]);
        return [isWorker, ...parts];
      });
      assert.deepEqual(await parent(file, 1), [true, 2, 3]);
      const all = await Promise.all(Array.from({ length: 30 }, (_, n) => parent(file, n)));
      all.forEach((result, n) => assert.deepEqual(result, [true, n + 1, n + 2]));
      await alive(pool);
      await pool.shutdown();
    });

    it(`may nest deeply, in a pool of ${workers}`, async () => {
      const pool = new Pool({ workers });
      const descend = async (path, depth) => {
        if (depth === 0) return 0;
        return 1 + (await require(path).run(descend, { args: [path, depth - 1] }));
      };
      assert.equal(await pool.run(descend, { args: [file, 60] }), 60);
      await alive(pool);
      await pool.shutdown();
    });

    it(`may branch, in a pool of ${workers}`, async () => {
      const pool = new Pool({ workers });
      const fibonacci = async (path, n) => {
        if (n < 2) return n;
        const { run } = require(path);
        const parts = [run(fibonacci, { args: [path, n - 1] }), run(fibonacci, { args: [path, n - 2] })];
        const [a, b] = await Promise.all(parts);
        return a + b;
      };
      assert.equal(await pool.run(fibonacci, { args: [file, 11] }), 89);
      await alive(pool);
      await pool.shutdown();
    });

    it(`gets their errors, in a pool of ${workers}`, async () => {
      const pool = new Pool({ workers });
      const parent = async (path) => {
        const { run } = require(path);
        const failing = () => {
          throw new RangeError('in the nested task');
        };
        try {
          return await run(failing);
        } catch (error) {
          return [error instanceof RangeError, error.message, error.taskName];
        }
      };
      assert.deepEqual(await pool.run(parent, { args: [file] }), [true, 'in the nested task', 'failing']);
      await alive(pool);
      await pool.shutdown();
    });
  }

  it('knows which task it is, whatever else runs in its worker', async () => {
    const pool = new Pool({ workers: 1 });
    const parent = pool.task(
      async (path) => {
        const tasklets = require(path);
        const before = tasklets.current.id;
        const child = (there) => require(there).current.name;
        const name = await tasklets.run(child, { args: [path], name: 'child' });
        await new Promise((resolve) => setTimeout(resolve, 1));
        return [before === tasklets.current.id, tasklets.current.name, name];
      },
      { name: 'parent' },
    );
    for (const result of await Promise.all(Array.from({ length: 10 }, () => parent(file)))) {
      assert.deepEqual(result, [true, 'parent', 'child']);
    }
    await pool.shutdown();
  });

  it('may start tasks and not wait for them', async () => {
    const pool = new Pool({ workers: 1 });
    const counter = new Int32Array(new SharedArrayBuffer(4));
    const parent = (path, shared) => {
      const { run } = require(path);
      globalThis.counted = shared;
      for (let i = 0; i < 10; i++) run(() => Atomics.add(globalThis.counted, 0, 1));
      return 'left';
    };
    assert.equal(await pool.run(parent, { args: [file, counter] }), 'left');
    await alive(pool);
    while (Atomics.load(counter, 0) < 10) await new Promise(setImmediate);
    await pool.shutdown();
  });

  it('may go on with work of its own meanwhile', async () => {
    const pool = new Pool({ workers: 2 });
    const parent = pool.task(async (path, n) => {
      const { run } = require(path);
      const child = run((x) => x * 2, { args: [n] });
      const end = performance.now() + 3;
      while (performance.now() < end);
      return (await child) + (await run((x) => x, { args: [1] }));
    });
    const results = await Promise.all(Array.from({ length: 40 }, (_, n) => parent(file, n)));
    results.forEach((result, n) => assert.equal(result, n * 2 + 1));
    await pool.shutdown();
  });

  it('may have a pool of its own', async () => {
    const pool = new Pool({ workers: 1 });
    const parent = async (path) => {
      const inner = new (require(path).Pool)({ workers: 1 });
      const result = await inner.run(() => 'inner');
      await inner.shutdown();
      return result;
    };
    assert.equal(await pool.run(parent, { args: [file] }), 'inner');
    await alive(pool);
    await pool.shutdown();
  });

  it('is cancelled, times out and dies without an effect on others', async () => {
    const pool = new Pool({ workers: 2 });
    const parent = async (path, how) => {
      const { run } = require(path);
      const child = run(() => new Promise((resolve) => setTimeout(resolve, 20, 'child')));
      if (how === 'exit') process.exit(4);
      await new Promise((resolve) => setTimeout(resolve, 5));
      return await child;
    };
    assert.equal(await pool.run(parent, { args: [file, 'wait'] }), 'child');
    await assert.rejects(pool.run(parent, { args: [file, 'exit'] }), { exitCode: 4 });
    const stuck = async (path) => require(path).run(() => new Promise(() => {}));
    await assert.rejects(pool.run(stuck, { args: [file], timeout: 50 }), { name: 'TimeoutError' });
    const cancelled = pool.run(stuck, { args: [file] });
    setTimeout(() => cancelled.cancel(), 30);
    await assert.rejects(cancelled, { name: 'AbortError' });
    await alive(pool);
    await pool.shutdown();
  });

  /** A task that waits for another one until it is told to go on, and then for so many turns of its event loop. */
  const abandoned = async (path, state, turns) => {
    const { run, current } = require(path);
    // In this worker, the only one.
    const child = run(async () => {
      globalThis.begun = true;
      while (!globalThis.over) await new Promise(setImmediate);
    });
    const { signal } = current;
    // One that is abandoned has nothing start beside it, its own tasks neither.
    while (!globalThis.begun) await new Promise(setImmediate);
    Atomics.store(state, 0, 1);
    while (!signal.aborted) await new Promise(setImmediate);
    for (let turn = 0; turn < turns; turn++) await new Promise(setImmediate);
    Atomics.store(state, 2, Atomics.load(state, 1));
    globalThis.over = true;
    await child;
  };
  const next = (state) => {
    Atomics.store(state, 1, 1);
    return 'ran';
  };
  const begun = async (task, state) => {
    while (Atomics.load(state, 0) === 0) await Promise.race([task, new Promise(setImmediate)]);
  };

  it('has nothing started beside it once it is abandoned', async () => {
    const pool = new Pool({ workers: 1 });
    const state = new Int32Array(new SharedArrayBuffer(12));
    const task = pool.run(abandoned, { args: [file, state, 200], grace: 60_000 });
    await begun(task, state);
    task.cancel();
    const waiting = pool.run(next, { args: [state] });
    await assert.rejects(task, { name: 'AbortError' });
    assert.equal(await waiting, 'ran');
    assert.equal(state[2], 0, 'it waited until the other one had ended');
    await alive(pool);
    await pool.shutdown();
  });

  it('may be cancelled under the feet of one beside it, whose result is not lost', { timeout: 60_000 }, async () => {
    const pool = new Pool({ workers: 1 });
    const state = new Int32Array(new SharedArrayBuffer(12));
    const task = pool.run(
      async (path, state) => {
        const child = async (path) => {
          const { signal } = require(path).current;
          await new Promise((resolve) => signal.addEventListener('abort', resolve));
        };
        const { run, current } = require(path);
        const ended = run(child, { args: [path], signal: current.signal });
        Atomics.store(state, 0, 1);
        return ended;
      },
      { args: [file, state] },
    );
    while (Atomics.load(state, 0) === 0) await new Promise(setImmediate);
    // In the same worker, whose only place the first one has again once its child is over.
    const beside = pool.run(
      (path, state) => {
        const { signal } = require(path).current;
        Atomics.store(state, 1, 1);
        while (Atomics.load(state, 2) === 0);
        // It hears of the other one's end here, in the middle of its own work.
        signal.throwIfAborted();
        return 'its result';
      },
      { args: [file, state] },
    );
    while (Atomics.load(state, 1) === 0) await new Promise(setImmediate);
    task.cancel();
    await assert.rejects(task, { name: 'AbortError' });
    Atomics.store(state, 2, 1);
    assert.equal(await beside, 'its result');
    await alive(pool);
    await pool.shutdown();
  });

  it('takes no other task with it when its grace is over', async () => {
    const pool = new Pool({ workers: 1 });
    const state = new Int32Array(new SharedArrayBuffer(12));
    const task = pool.run(abandoned, { args: [file, state, Infinity], grace: 100 });
    await begun(task, state);
    task.cancel();
    // Each would still run when the worker is ended.
    const slow = () => new Promise((resolve) => setTimeout(resolve, 200, 'ran'));
    const waiting = [pool.run(slow), pool.run(slow)];
    await assert.rejects(task, { name: 'AbortError' });
    assert.deepEqual(await Promise.all(waiting), ['ran', 'ran']);
    await alive(pool);
    await pool.shutdown();
  });

  it('leaves nothing running when its worker ends', async (t) => {
    const pool = new Pool({ workers: 2 });
    await Promise.all([1, 2].map(() => pool.run(() => new Promise((resolve) => setTimeout(resolve, 50)))));
    const folder = mkdtempSync(path.join(tmpdir(), 'tasklets-'));
    t.after(() => rmSync(folder, { recursive: true }));
    const parent = (there, notes) => {
      const fs = require('node:fs');
      const child = async (here, started, told) => {
        const { signal } = require(here).current;
        require('node:fs').writeFileSync(started, '');
        while (!signal.aborted) await new Promise(setImmediate);
        require('node:fs').writeFileSync(told, '');
        // It goes on all the same.
        await new Promise(() => {});
      };
      void require(there).run(child, { args: [there, ...notes], grace: 50 });
      // It runs on the other worker, since this one is held.
      while (!fs.existsSync(notes[0]));
      process.exit(4);
    };
    const notes = ['started', 'told'].map((name) => path.join(folder, name));
    await assert.rejects(pool.run(parent, { args: [file, notes] }), { exitCode: 4 });
    await alive(pool);
    // This would wait for a task that never ends.
    await pool.shutdown();
    assert.ok(existsSync(notes[1]), 'it was told before');
  });
});
