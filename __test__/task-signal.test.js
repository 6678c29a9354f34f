'use strict';
// current.signal: seen in a busy loop and by listeners, a real AbortSignal, and the grace of those that do not heed it.

const assert = require('node:assert/strict');
const { getEventListeners } = require('node:events');
const http = require('node:http');
const { describe, it } = require('node:test');
const tasklets = require('..');
const { alive } = require('./fixtures/alive.js');
const { withPool } = require('./fixtures/with-pool.js');

const { AbortError, Pool, TimeoutError } = tasklets;

const flags = (count = 4) => new Int32Array(new SharedArrayBuffer(4 * count));
async function raised(shared, index = 0) {
  while (Atomics.load(shared, index) === 0) await new Promise(setImmediate);
}
/** Long enough that only a test that fails waits for it. */
const LONG = 15_000;
const workerOf = (pool) => pool.run(() => tasklets.current.workerId);

describe('current.signal', () => {
  it('is seen in a busy loop, without a turn of the event loop, and its worker is kept', () =>
    withPool({ workers: 1 }, async (pool) => {
      const before = await workerOf(pool);
      for (let round = 0; round < 20; round++) {
        const seen = flags();
        const task = pool.run(
          (shared) => {
            const { signal } = tasklets.current;
            signal.addEventListener('abort', () => Atomics.add(shared, 1, 1));
            // eslint-disable-next-line unicorn/prefer-add-event-listener -- this one has to work as well
            signal.onabort = () => Atomics.add(shared, 1, 1);
            Atomics.store(shared, 0, 1);
            while (!signal.aborted);
            Atomics.store(shared, 2, 1);
          },
          { args: [seen], grace: LONG },
        );
        await raised(seen);
        assert.equal(task.cancel('enough'), true);
        assert.equal(task.cancel('again'), false);
        await assert.rejects(task, (error) => error instanceof AbortError && error.cause === 'enough');
        assert.equal(await workerOf(pool), before);
        assert.deepEqual([...seen], [1, 2, 1, 0]);
      }
    }));

  it('wakes an async task that waits', () =>
    withPool({ workers: 1 }, async (pool) => {
      const before = await workerOf(pool);
      const seen = flags();
      const task = pool.run(
        async (shared) => {
          const { setTimeout } = require('node:timers/promises');
          Atomics.store(shared, 0, 1);
          try {
            await setTimeout(LONG, undefined, { signal: tasklets.current.signal });
          } catch (error) {
            Atomics.store(shared, 1, error.name === 'AbortError' && error.cause === 'client gone' ? 1 : 2);
          } finally {
            Atomics.store(shared, 2, 1);
          }
        },
        { args: [seen], grace: LONG },
      );
      await raised(seen);
      task.cancel('client gone');
      await assert.rejects(task, AbortError);
      assert.equal(await workerOf(pool), before);
      assert.deepEqual([...seen], [1, 1, 1, 0]);
    }));

  it('ends a fetch', async () => {
    const closed = flags();
    const server = http.createServer((request) => request.on('close', () => Atomics.store(closed, 0, 1)));
    const arrived = new Promise((resolve) => server.once('request', resolve));
    await new Promise((resolve) => server.listen(0, '127.0.0.1', () => resolve(undefined)));
    await withPool({ workers: 1 }, async (pool) => {
      const { port } = /** @type {import('node:net').AddressInfo} */ (server.address());
      const task = pool.run(
        (url) => fetch(url, { signal: tasklets.current.signal }).then((response) => response.text()),
        { args: [`http://127.0.0.1:${port}/`], grace: LONG },
      );
      await arrived;
      task.cancel();
      await assert.rejects(task, AbortError);
      await raised(closed);
      await alive(pool);
    });
    server.close();
    server.closeAllConnections();
  });

  it('is a real AbortSignal', () =>
    withPool({ workers: 1 }, async (pool) => {
      const report = await pool.run(() => {
        const { current } = tasklets;
        const { signal } = current;
        return [
          signal instanceof AbortSignal,
          signal === current.signal,
          signal.aborted,
          signal.reason,
          signal.throwIfAborted(),
          String(signal),
          AbortSignal.any([signal]).aborted,
        ];
      });
      assert.deepEqual(report, [true, true, false, undefined, undefined, '[object AbortSignal]', false]);

      const started = flags();
      const told = flags();
      const running = pool.run(
        (shared, answer) => {
          const { signal } = tasklets.current;
          const any = AbortSignal.any([signal, new AbortController().signal]);
          Atomics.store(shared, 0, 1);
          const thrown = () => {
            try {
              signal.throwIfAborted();
              return undefined;
            } catch (error) {
              return error;
            }
          };
          let error;
          while ((error = thrown()) === undefined);
          const is = error instanceof RangeError && error.message === 'too far' && signal.reason === error;
          Atomics.store(answer, 0, is && any.aborted && any.reason === error ? 1 : 2);
        },
        { args: [started, told], grace: LONG },
      );
      await raised(started);
      const reason = new RangeError('too far');
      running.cancel(reason);
      await assert.rejects(running, (error) => error.cause === reason);
      await raised(told);
      assert.equal(told[0], 1);
    }));

  it('has a reason of its own where none was given or it cannot cross', () =>
    withPool({ workers: 1 }, async (pool) => {
      for (const reason of [undefined, { socket: Promise.resolve() }, { memory: new SharedArrayBuffer(8) }]) {
        const seen = flags();
        const task = pool.run(
          (shared) => {
            const { signal } = tasklets.current;
            Atomics.store(shared, 0, 1);
            while (!signal.aborted);
            Atomics.store(shared, 1, signal.reason.name === 'AbortError' ? 1 : 2);
          },
          { args: [seen], grace: LONG },
        );
        await raised(seen);
        task.cancel(reason);
        await assert.rejects(task, (error) => error.cause === reason);
        await raised(seen, 1);
        assert.equal(seen[1], 1);
      }
    }));

  it('goes on to the tasks of a task', () =>
    withPool({ workers: 2 }, async (pool) => {
      const seen = flags();
      const outer = pool.run(
        async (shared) => {
          const watch = () => {
            while (!tasklets.current.signal.aborted);
          };
          const inner = tasklets.run(watch, { signal: tasklets.current.signal });
          Atomics.store(shared, 0, 1);
          await inner.catch((error) => Atomics.store(shared, 1, error.cause === 'all of it' ? 1 : 2));
        },
        { args: [seen], grace: LONG },
      );
      await raised(seen);
      outer.cancel('all of it');
      await assert.rejects(outer, AbortError);
      await raised(seen, 1);
      assert.equal(seen[1], 1);
    }));

  it('belongs to its task: what others did later does not abort it', () =>
    withPool({ workers: 1 }, async (pool) => {
      await pool.run(() => {
        globalThis.kept = tasklets.current.signal;
      });
      const cancelled = async (fn) => {
        const seen = flags();
        const task = pool.run(fn, { args: [seen], grace: LONG });
        await raised(seen);
        task.cancel();
        await assert.rejects(task, AbortError);
      };
      await cancelled((shared) => {
        Atomics.store(shared, 0, 1);
        const { signal } = tasklets.current;
        while (!signal.aborted) if (globalThis.kept.aborted) throw new Error('it is not its own');
      });
      await cancelled((shared) => {
        Atomics.store(shared, 0, 1);
        while (!tasklets.current.signal.aborted);
      });
      assert.equal(await pool.run(() => globalThis.kept.aborted), false);
    }));

  it('aborts at a timeout, with a TimeoutError', () =>
    withPool({ workers: 1 }, async (pool) => {
      const before = await workerOf(pool);
      for (const wait of [false, true]) {
        const seen = flags();
        const task = pool.run(
          async (shared, waits) => {
            const { signal } = tasklets.current;
            try {
              if (waits) await new Promise((_, fail) => signal.addEventListener('abort', () => fail(signal.reason)));
              for (;;) signal.throwIfAborted();
            } catch (error) {
              const { code, name } = error;
              const is = error instanceof Error && code === 'ERR_TASKLETS_TIMEOUT' && name === 'TimeoutError';
              Atomics.store(shared, 0, is ? 1 : 2);
            }
          },
          { args: [seen, wait], timeout: 20, grace: LONG },
        );
        await assert.rejects(task, TimeoutError);
        assert.equal(await workerOf(pool), before);
        assert.equal(seen[0], 1);
      }
    }));
});

describe('the grace', () => {
  it('keeps the worker of a task that ends in time, busy and without a result', () =>
    withPool({ workers: 1 }, async (pool) => {
      const before = await workerOf(pool);
      const gate = flags();
      const task = pool.run(
        (shared) => {
          Atomics.store(shared, 0, 1);
          Atomics.wait(shared, 1, 0);
          return { buffer: shared, dropped: new SharedArrayBuffer(8) };
        },
        { args: [gate], grace: LONG },
      );
      await raised(gate);
      task.cancel('unheard');
      await assert.rejects(task, (error) => error.cause === 'unheard');
      let ended = false;
      const next = workerOf(pool).then((id) => ((ended = true), id));
      for (let turn = 0; turn < 50; turn++) await new Promise(setImmediate);
      assert.equal(ended, false);
      Atomics.store(gate, 1, 1);
      Atomics.notify(gate, 1);
      assert.equal(await next, before);
    }));

  it('is over: the worker is replaced, whatever its task does', () =>
    withPool({ workers: 1 }, async (pool) => {
      const deaf = {
        'a busy loop': (shared) => {
          Atomics.store(shared, 0, 1);
          for (;;);
        },
        'one that looks and goes on': (shared) => {
          Atomics.store(shared, 0, 1);
          for (;;) if (tasklets.current.signal.aborted) Atomics.store(shared, 1, 1);
        },
        'one that never settles': (shared) => {
          Atomics.store(shared, 0, 1);
          return new Promise(() => {});
        },
      };
      for (const fn of Object.values(deaf)) {
        for (const options of [{ grace: 0 }, { grace: 20 }, {}]) {
          const before = await workerOf(pool);
          const seen = flags();
          const task = pool.run(fn, { args: [seen], ...options });
          await raised(seen);
          task.cancel();
          await assert.rejects(task, AbortError);
          assert.notEqual(await workerOf(pool), before);
        }
        const before = await workerOf(pool);
        await assert.rejects(pool.run(fn, { args: [flags()], timeout: 10, grace: 10 }), TimeoutError);
        assert.notEqual(await workerOf(pool), before);
      }
    }));

  it('is longer for a task that watches its signal', () =>
    withPool({ workers: 1 }, async (pool) => {
      const before = await workerOf(pool);
      const seen = flags();
      const task = pool.run(
        async (shared) => {
          const { signal } = tasklets.current;
          Atomics.store(shared, 0, 1);
          await new Promise((resolve) => signal.addEventListener('abort', resolve));
          // Longer than a task that has not asked may go on, and well within what this one has.
          await new Promise((resolve) => setTimeout(resolve, 200));
          Atomics.store(shared, 1, 1);
        },
        { args: [seen] },
      );
      await raised(seen);
      task.cancel();
      await assert.rejects(task, AbortError);
      assert.equal(await workerOf(pool), before);
      assert.equal(seen[1], 1);
    }));

  it('ends a pool that is shut down meanwhile', async () => {
    const pool = new Pool({ workers: 1 });
    const seen = flags();
    const task = pool.run(
      (shared) => {
        Atomics.store(shared, 0, 1);
        while (tasklets.current.signal instanceof AbortSignal);
      },
      { args: [seen], grace: 30 },
    );
    await raised(seen);
    const closed = pool.shutdown({ timeout: 10 });
    await assert.rejects(task, AbortError);
    await closed;
  });
});

describe('many tasks on one signal', () => {
  it('leave no listener, whether they wait, run or have ended', () =>
    withPool({ workers: 2 }, async (pool) => {
      const controller = new AbortController();
      const { signal } = controller;
      const quick = pool.task((n) => n).with({ signal });
      await Promise.all(Array.from({ length: 5000 }, (_, n) => quick(n)));
      assert.equal(getEventListeners(signal, 'abort').length, 0);
      const started = flags();
      const stay = pool.task((shared) => {
        Atomics.add(shared, 0, 1);
        while (!tasklets.current.signal.aborted);
      });
      const tasks = Array.from({ length: 10_000 }, () => stay.with({ signal })(started));
      await raised(started);
      assert.equal(getEventListeners(signal, 'abort').length, 1);
      controller.abort('all');
      for (const { reason } of await Promise.allSettled(tasks)) {
        assert.ok(reason instanceof AbortError);
        assert.equal(reason.cause, 'all');
      }
      assert.equal(getEventListeners(signal, 'abort').length, 0);
      await alive(pool);
      // What waited never ran: there are two workers, each of which had one of them.
      assert.ok(Atomics.load(started, 0) <= 2);
    }));
});
