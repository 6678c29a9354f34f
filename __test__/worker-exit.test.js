'use strict';
// Tasks that end their worker: each rejects with an error that tells how, and the pool goes on.

const assert = require('node:assert/strict');
const { describe, it } = require('node:test');
const { Pool, WorkerExitedError } = require('..');
const { alive } = require('./fixtures/alive.js');

const exits = {
  'exits at once': (code) => process.exit(code),
  'exits after an await': async (code) => {
    await null;
    process.exit(code);
  },
  'exits in a timer': (code) => new Promise(() => setTimeout(() => process.exit(code), 1)),
  'exits in a microtask, having returned': (code) => {
    queueMicrotask(() => process.exit(code));
    return new Promise(() => {});
  },
  'uses reallyExit': (code) => process.reallyExit(code),
  'exits from a getter of its result': (code) => ({
    get trap() {
      return process.exit(code);
    },
  }),
};

const throws = {
  'throws in a timer': () =>
    new Promise(() => {
      setTimeout(() => {
        throw new RangeError('astray');
      }, 1);
    }),
  'leaves a rejection unhandled': () => {
    Promise.reject(new RangeError('astray'));
    return new Promise(() => {});
  },
  'throws in nextTick': () => {
    process.nextTick(() => {
      throw new RangeError('astray');
    });
    return new Promise(() => {});
  },
  'has an emitter that nobody listens to': () => {
    const { EventEmitter } = process.getBuiltinModule('node:events');
    setImmediate(() => new EventEmitter().emit('error', new RangeError('astray')));
    return new Promise(() => {});
  },
};

describe('a task that ends its worker', () => {
  for (const workers of [1, 2]) {
    for (const [how, fn] of Object.entries(exits)) {
      it(`${how}, of ${workers}`, async () => {
        const pool = new Pool({ workers });
        const exit = pool.task(fn);
        for (const code of [0, 1, 3]) {
          await assert.rejects(exit(code), (error) => {
            assert.ok(error instanceof WorkerExitedError, String(error));
            assert.equal(error.code, 'ERR_TASKLETS_WORKER_EXITED');
            assert.equal(error.exitCode, code);
            return true;
          });
          await alive(pool);
        }
        await pool.shutdown();
      });
    }

    for (const [how, fn] of Object.entries(throws)) {
      it(`${how}, of ${workers}`, async () => {
        const pool = new Pool({ workers });
        for (let round = 0; round < 3; round++) {
          await assert.rejects(pool.run(fn), (error) => {
            assert.ok(error instanceof WorkerExitedError, String(error));
            assert.ok(error.cause instanceof RangeError);
            assert.equal(error.cause.message, 'astray');
            return true;
          });
          await alive(pool);
        }
        await pool.shutdown();
      });
    }
  }

  it('says what was thrown, whatever it is', async () => {
    const pool = new Pool({ workers: 1 });
    const fail = pool.task((value) => {
      setTimeout(() => {
        throw value;
      });
      return new Promise(() => {});
    });
    for (const [thrown, told] of [
      ['boom', /ended by an error: boom$/],
      [null, /ended by an error: null$/],
      [10n, /ended by an error: 10n$/],
      [{ why: 'never' }, /ended by an error: \{ why: 'never' \}$/],
    ]) {
      await assert.rejects(fail(thrown), { code: 'ERR_TASKLETS_WORKER_EXITED', message: told, cause: thrown });
    }
    await pool.shutdown();
  });

  it('takes nothing else along: what waited runs', async () => {
    const pool = new Pool({ workers: 1 });
    const tasks = Array.from({ length: 400 }, (_, n) =>
      n % 40 === 0 ? pool.run(() => process.exit(1)) : pool.run((x) => x, { args: [n] }),
    );
    const outcomes = await Promise.allSettled(tasks);
    outcomes.forEach((outcome, n) => {
      if (n % 40 === 0) assert.equal(outcome.reason.code, 'ERR_TASKLETS_WORKER_EXITED');
      else assert.equal(outcome.value, n);
    });
    await pool.shutdown();
  });

  it('that throws in an exit handler rejects', async () => {
    const pool = new Pool({ workers: 1 });
    const exiting = pool.run(() => {
      process.on('exit', () => {
        throw new Error('in the handler');
      });
      process.exit();
    });
    await assert.rejects(exiting);
    await alive(pool);
    await pool.shutdown();
  });
});

describe('what a task left behind', () => {
  it('may throw after it: the next ones run', async () => {
    const pool = new Pool({ workers: 1 });
    for (let round = 0; round < 5; round++) {
      const left = pool.run(
        (ms) => {
          setTimeout(() => {
            throw new Error('left behind');
          }, ms);
          return 'fine';
        },
        { args: [round] },
      );
      assert.equal(await left, 'fine');
      // The worker dies somewhere among these, and may take one that runs along.
      const after = await Promise.allSettled(Array.from({ length: 300 }, () => pool.run(async () => 1)));
      for (const { status, reason } of after) {
        if (status === 'rejected') assert.equal(reason.code, 'ERR_TASKLETS_WORKER_EXITED');
      }
      assert.ok(after.filter(({ status }) => status === 'rejected').length <= 1);
    }
    // One that outlasts the last timer, should that still be pending.
    await Promise.allSettled([pool.run(() => new Promise((resolve) => setTimeout(resolve, 50)))]);
    await alive(pool);
    await pool.shutdown();
  });

  it('may reject after it', async () => {
    const pool = new Pool({ workers: 1 });
    const left = pool.run(() => {
      setImmediate(() => Promise.reject(new Error('left behind')));
      return 'fine';
    });
    assert.equal(await left, 'fine');
    await alive({
      task:
        (fn) =>
        (...args) =>
          pool.retry(fn, { args, delay: 1 }),
    });
    await pool.shutdown();
  });
});

describe('the stack', () => {
  it('may overflow', async () => {
    const pool = new Pool({ workers: 1 });
    const deep = (n) => 1 + deep(n + 1);
    for (let round = 0; round < 3; round++) {
      await assert.rejects(pool.run(deep, { args: [0] }), RangeError);
      await assert.rejects(
        pool.run(async () => {
          await null;
          const deeper = () => 1 + deeper();
          return deeper();
        }),
        RangeError,
      );
      await alive(pool);
    }
    await pool.shutdown();
  });
});
