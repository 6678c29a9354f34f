'use strict';
// Tasks that share a worker with one that takes it down: they are run once more, and only then reject.

const assert = require('node:assert/strict');
const { describe, it } = require('node:test');
const { BroadcastChannel } = require('node:worker_threads');
const tasklets = require('..');
const { alive } = require('./fixtures/alive.js');

const { OutOfMemoryError, Pool, RetryError, TimeoutError, WorkerExitedError } = tasklets;

const flags = (count) => new Int32Array(new SharedArrayBuffer(4 * count));
async function reached(shared, index, value) {
  while (Atomics.load(shared, index) < value) await new Promise(setImmediate);
}

/** Counts its starts at 0, and ends when 1 is set, or when it is cancelled. */
async function waitAndSee(n, shared) {
  const { signal } = tasklets.current;
  Atomics.add(shared, 0, 1);
  while (Atomics.load(shared, 1) === 0 && !signal.aborted) await new Promise((resolve) => setTimeout(resolve, 1));
  return [n, tasklets.current.attempt];
}

const culprits = {
  'process.exit()': { fn: () => process.exit(3), is: (error) => error.exitCode === 3 },
  'process.exit() after a while': {
    fn: async () => {
      await new Promise((resolve) => setTimeout(resolve, 1));
      process.exit(4);
    },
    is: (error) => error.exitCode === 4,
  },
  'an error in a timer': {
    fn: () =>
      new Promise(() => {
        setTimeout(() => {
          throw new RangeError('in a timer');
        }, 1);
      }),
    is: (error) => error.cause.message === 'in a timer',
  },
  'a rejection that nobody handles': {
    fn: async () => {
      void Promise.reject(new RangeError('unhandled'));
      await new Promise(() => {});
    },
    is: (error) => error.cause.message === 'unhandled',
  },
};

for (const [what, { fn, is }] of Object.entries(culprits)) {
  describe(`the neighbours of ${what}`, () => {
    it('run once more, and the culprit alone rejects', async () => {
      const pool = new Pool({ workers: 1, concurrency: 8 });
      const shared = flags(2);
      const wait = pool.task(waitAndSee);
      const large = new Uint8Array(100_000).fill(5);
      const check = pool.task(async (bytes, gate) => {
        while (Atomics.load(gate, 1) === 0) await new Promise((resolve) => setTimeout(resolve, 1));
        return bytes.length + bytes[99_999];
      });
      const neighbours = Array.from({ length: 4 }, (_, n) => wait(n, shared));
      const checked = check(large, shared);
      await reached(shared, 0, 4);
      await assert.rejects(pool.run(fn), (error) => error instanceof WorkerExitedError && is(error));
      await reached(shared, 0, 8);
      Atomics.store(shared, 1, 1);
      assert.deepEqual(
        await Promise.all(neighbours),
        [0, 1, 2, 3].map((n) => [n, 2]),
      );
      assert.equal(await checked, 100_005);
      await alive(pool);
      await pool.shutdown();
    });
  });
}

describe('tasks side by side', () => {
  it("all run once more where what was thrown was nobody's", async () => {
    const preload = [require.resolve('./fixtures/outside.js')];
    const pool = new Pool({ workers: 1, concurrency: 4, preload });
    const shared = flags(2);
    const wait = pool.task(waitAndSee);
    const tasks = [wait(0, shared), wait(1, shared)];
    await reached(shared, 0, 2);
    const channel = new BroadcastChannel('tasklets-outside');
    channel.postMessage('now');
    // Each has the next worker to itself.
    await reached(shared, 0, 3);
    channel.close();
    Atomics.store(shared, 1, 1);
    assert.deepEqual(await Promise.all(tasks), [
      [0, 2],
      [1, 2],
    ]);
    await pool.shutdown();
  });

  it('that run once more have a worker to themselves, not one whose other tasks go on', async () => {
    const preload = [require.resolve('./fixtures/outside.js')];
    const pool = new Pool({ workers: 2, concurrency: 4, preload });
    const [started, threads, gates] = [flags(1), flags(8), flags(8)];
    const wait = pool.task(async (n, started, threads, gates) => {
      globalThis.here = (globalThis.here ?? 0) + 1;
      let most = globalThis.here;
      Atomics.store(threads, n, require('node:worker_threads').threadId);
      Atomics.add(started, 0, 1);
      while (Atomics.load(gates, n) === 0) {
        await new Promise((resolve) => setTimeout(resolve, 1));
        most = Math.max(most, globalThis.here);
      }
      globalThis.here--;
      return [tasklets.current.attempt, most];
    });
    const tasks = Array.from({ length: 8 }, (_, n) => wait(n, started, threads, gates));
    await reached(started, 0, 8);
    const isSuspect = Array.from(threads, (thread) => thread === threads[0]);
    const channel = new BroadcastChannel('tasklets-outside');
    channel.postMessage(threads[0]);
    // The first of them has begun in another worker.
    await reached(started, 0, 9);
    channel.close();
    const others = tasks.filter((_, n) => !isSuspect[n]);
    assert.equal(others.length, 4);
    const last = isSuspect.lastIndexOf(false);
    for (let n = 0; n < 8; n++) if (!isSuspect[n] && n !== last) Atomics.store(gates, n, 1);
    await Promise.all(others.slice(0, 3));
    // There is room beside the one that goes on.
    for (let n = 0; n < 8; n++) if (isSuspect[n]) Atomics.store(gates, n, 1);
    const suspects = await Promise.all(tasks.filter((_, n) => isSuspect[n]));
    assert.deepEqual(suspects, Array(4).fill([2, 1]));
    Atomics.store(gates, last, 1);
    await others[3];
    await pool.shutdown();
  });

  it('are not to blame for what their worker has survived', async () => {
    const pool = new Pool({ workers: 1, concurrency: 4 });
    const shared = flags(3);
    const survivor = pool.run(
      async (shared) => {
        if (tasklets.current.attempt === 1) {
          process.on('uncaughtException', () => Atomics.store(shared, 2, 1));
          setTimeout(() => {
            throw new RangeError('survived');
          });
        }
        while (Atomics.load(shared, 1) === 0) await new Promise((resolve) => setTimeout(resolve, 1));
        return tasklets.current.attempt;
      },
      { args: [shared] },
    );
    await reached(shared, 2, 1);
    const { fn, is } = culprits['process.exit() after a while'];
    await assert.rejects(pool.run(fn), (error) => error instanceof WorkerExitedError && is(error));
    Atomics.store(shared, 1, 1);
    assert.equal(await survivor, 2);
    await pool.shutdown();
  });
});

describe('a neighbour', () => {
  it("is not to blame for another one's abort listener, whoever heard of the abort", async () => {
    const pool = new Pool({ workers: 1, concurrency: 4 });
    const shared = flags(3);
    const listening = pool.run(
      async (shared) => {
        tasklets.current.signal.addEventListener('abort', () => {
          throw new Error('in the listener');
        });
        Atomics.store(shared, 0, 1);
        await new Promise(() => {});
      },
      { args: [shared], grace: 20_000 },
    );
    await reached(shared, 0, 1);
    const looking = pool.run(
      async (shared) => {
        const { signal, attempt } = tasklets.current;
        Atomics.add(shared, 1, 1);
        // It hears of the other one's end, in the middle of its own work.
        while (Atomics.load(shared, 2) === 0) signal.throwIfAborted();
        if (attempt === 1) await new Promise(() => {});
        return attempt;
      },
      { args: [shared] },
    );
    await reached(shared, 1, 1);
    listening.cancel();
    await assert.rejects(listening, { name: 'AbortError' });
    // By now the first look of the loop has been long ago.
    await new Promise(setImmediate);
    Atomics.store(shared, 2, 1);
    assert.equal(await looking, 2);
    await alive(pool);
    await pool.shutdown();
  });

  it('rejects with a RetryError where it must not run again, and the second time', async () => {
    const pool = new Pool({ workers: 1, concurrency: 8 });
    const shared = flags(2);
    const wait = pool.task(waitAndSee);
    const firm = wait.with({ noRetry: true })(0, shared);
    const patient = wait(1, shared);
    await reached(shared, 0, 2);
    await assert.rejects(
      pool.run(() => process.exit(7)),
      WorkerExitedError,
    );
    await assert.rejects(firm, (error) => {
      assert.ok(error instanceof RetryError && error instanceof tasklets.TaskletsError);
      assert.equal(error.code, 'ERR_TASKLETS_RETRY');
      assert.equal(error.retryable, true);
      assert.equal(error.cause.exitCode, 7);
      return true;
    });
    await reached(shared, 0, 3);
    await assert.rejects(
      pool.run(() => process.exit(8)),
      WorkerExitedError,
    );
    await assert.rejects(patient, (error) => error instanceof RetryError && error.cause.exitCode === 8);
    await alive(pool);
    await pool.shutdown();
  });

  it('that comes after others gets their results again', async () => {
    const pool = new Pool({ workers: 1, concurrency: 8 });
    const shared = flags(2);
    const wait = async (gate) => {
      const { after } = tasklets.current;
      Atomics.add(gate, 0, 1);
      while (Atomics.load(gate, 1) === 0) await new Promise((resolve) => setTimeout(resolve, 1));
      return [tasklets.current.attempt, after[0], after[1].length, after[1][99_999]];
    };
    const before = [pool.run(() => 'small'), pool.run(() => new Uint8Array(100_000).fill(5))];
    const neighbour = pool.run(wait, { args: [shared], after: before });
    await reached(shared, 0, 1);
    await assert.rejects(
      pool.run(() => process.exit(3)),
      WorkerExitedError,
    );
    await reached(shared, 0, 2);
    Atomics.store(shared, 1, 1);
    assert.deepEqual(await neighbour, [2, 'small', 100_000, 5]);
    await pool.shutdown();
  });

  it('rejects at once where something was moved to it', async () => {
    const pool = new Pool({ workers: 1, concurrency: 8 });
    const shared = flags(2);
    await alive(pool);
    const moved = new ArrayBuffer(8);
    const runs = async (gate, bytes) => {
      Atomics.add(gate, 0, 1);
      while (Atomics.load(gate, 1) === 0) await new Promise((resolve) => setTimeout(resolve, 1));
      return bytes;
    };
    const neighbour = pool.run(runs, { args: [shared, moved], transfer: [moved] });
    await reached(shared, 0, 1);
    await assert.rejects(
      pool.run(() => process.exit(3)),
      WorkerExitedError,
    );
    await assert.rejects(neighbour, (error) => error instanceof RetryError && error.cause.exitCode === 3);
    assert.equal(shared[0], 1, 'what it had been given is gone with the worker');
    await alive(pool);
    await pool.shutdown();
  });

  it('of a task that did not heed its signal runs once more', async () => {
    const pool = new Pool({ workers: 1, concurrency: 4 });
    const shared = flags(2);
    const neighbour = pool.task(waitAndSee)(0, shared);
    await reached(shared, 0, 1);
    const stuck = () => {
      for (;;);
    };
    await assert.rejects(pool.run(stuck, { timeout: 20, grace: 10 }), TimeoutError);
    await reached(shared, 0, 2);
    Atomics.store(shared, 1, 1);
    assert.deepEqual(await neighbour, [0, 2]);
    await pool.shutdown();
  });

  it('of a task that fills the heap runs once more', async () => {
    const pool = new Pool({ workers: 1, concurrency: 4, resourceLimits: { maxOldGenerationSizeMb: 32 } });
    const shared = flags(2);
    const neighbour = pool.task(waitAndSee)(0, shared);
    await reached(shared, 0, 1);
    const fill = () => {
      const kept = [];
      for (;;) kept.push({ more: kept.length });
    };
    // Nobody knows whose fault it was: both get a second chance, each by itself, and the culprit fails by itself.
    const filled = assert.rejects(pool.run(fill), OutOfMemoryError);
    await reached(shared, 0, 2);
    Atomics.store(shared, 1, 1);
    assert.deepEqual(await neighbour, [0, 2]);
    await filled;
    await alive(pool);
    await pool.shutdown();
  });

  it('that is cancelled while its worker goes down settles once', async () => {
    const pool = new Pool({ workers: 2, concurrency: 8 });
    const shared = flags(2);
    const wait = pool.task(waitAndSee);
    for (let round = 0; round < 20; round++) {
      const before = Atomics.load(shared, 0);
      const tasks = Array.from({ length: 6 }, (_, n) => wait(n, shared));
      await reached(shared, 0, before + 6);
      const culprit = pool.run(() => process.exit(1)).catch((error) => error);
      if (round % 2 === 0) await culprit;
      for (const task of tasks) assert.equal(task.cancel('enough'), true);
      for (const task of tasks) await assert.rejects(task, (error) => error.cause === 'enough');
      await culprit;
    }
    await alive(pool);
    await pool.shutdown();
  });

  it('does not run again where tasks do not share workers', async () => {
    const pool = new Pool({ workers: 1 });
    const runs = flags(1);
    await assert.rejects(
      pool.run(
        (shared) => {
          Atomics.add(shared, 0, 1);
          process.exit(1);
        },
        { args: [runs] },
      ),
      WorkerExitedError,
    );
    await alive(pool);
    assert.equal(runs[0], 1);
    await pool.shutdown();
  });
});
