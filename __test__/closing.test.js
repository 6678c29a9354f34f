'use strict';
// Closing a pool in every way at every moment: it always ends, each task settles once, and the call refuses more.

const assert = require('node:assert/strict');
const { describe, it } = require('node:test');
const tasklets = require('..');
const { alive } = require('./fixtures/alive.js');

const { Pool, PoolClosedError } = tasklets;
const here = require.resolve('..');
const MANY = 100_000;

const forever = () => {
  for (;;);
};
const never = () => new Promise(() => {});

/** Settles each of the tasks, and says how often each way was taken. */
async function tally(tasks) {
  const counts = {};
  for (const { status, reason } of await Promise.allSettled(tasks)) {
    const way = status === 'fulfilled' ? 'done' : reason.code;
    counts[way] = (counts[way] ?? 0) + 1;
  }
  return counts;
}

/** A task that has failed once, and is to be tried again much later. */
async function pausing(pool, options = {}) {
  let retried;
  await new Promise((resolve) => {
    const retryIf = (error) => {
      resolve(undefined);
      return options.retryIf?.(error) ?? true;
    };
    const { attempts = 2, delay = 2 ** 31 - 1, fn = () => Promise.reject(new Error('no')) } = options;
    retried = pool.retry(fn, { attempts, delay, retryIf });
  });
  // A promise is not to be awaited here.
  return { retried };
}

/** The moments in a pool's life: gives the tasks that are outstanding then. */
const moments = {
  unused: () => [],
  starting: (pool) => [pool.run(() => 1), pool.run(never)],
  busy: async (pool) => {
    await alive(pool);
    return [pool.run(forever), pool.run(never), pool.run(() => 1), pool.map([1, 2, 3], (n) => n)];
  },
  idle: async (pool) => {
    await alive(pool);
    return [];
  },
  waiting: (pool) => Array.from({ length: 1000 }, () => pool.run(() => 1)),
  retrying: (pool) => [pool.retry(() => Promise.reject(new Error('again')), { attempts: Infinity, delay: 1 })],
  'between two attempts': async (pool) => [(await pausing(pool)).retried],
  'asking whether to try again': async (pool) => [(await pausing(pool, { retryIf: never })).retried],
  // The source of the items never ends, and no task is outstanding.
  collecting: (pool) => [
    pool.map(
      (async function* () {
        yield 1;
        await never();
      })(),
      (n) => n,
    ),
  ],
  // Its task has ended; what that has left behind keeps the worker busy.
  'left busy': async (pool) => {
    const leave = () => void setImmediate(() => Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0));
    await pool.run(leave);
    return [];
  },
  // A task of a task that nobody waits for.
  'left with a task': async (pool) => {
    const orphan = (there) => void require(there).run(() => new Promise(() => {}));
    await pool.run(orphan, { args: [here] });
    return [];
  },
};

const ways = {
  'shutdown({ timeout })': (pool) => [pool.shutdown({ timeout: 20 })],
  'shutdown({ timeout: 0 })': (pool) => [pool.shutdown({ timeout: 0 })],
  kill: (pool) => [pool.kill('enough')],
  'shutdown, then kill': (pool) => [pool.shutdown(), pool.kill()],
  'kill, then shutdown': (pool) => [pool.kill(), pool.shutdown(), pool.shutdown({ timeout: 0 })],
  'shutdown twice, the second in haste': (pool) => [pool.shutdown(), pool.shutdown({ timeout: 10 })],
  'kill twice': (pool) => [pool.kill(), pool.kill()],
};

for (const [moment, begin] of Object.entries(moments)) {
  describe(`a pool that is ${moment} ends`, () => {
    for (const [way, close] of Object.entries(ways)) {
      it(way, async () => {
        const pool = new Pool({ workers: 2 });
        const tasks = await begin(pool);
        const outcomes = tally(tasks);
        const closings = close(pool);
        assert.throws(() => pool.run(() => 1), PoolClosedError);
        assert.throws(() => pool.map([1], (n) => n), PoolClosedError);
        await Promise.all(closings);
        const counts = await outcomes;
        const known = ['done', 'ERR_TASKLETS_ABORTED', 'ERR_TASKLETS_POOL_DEATH', 'ERR_TASKLETS_POOL_CLOSED'];
        for (const code of Object.keys(counts)) assert.ok(known.includes(code), code);
        assert.throws(() => pool.run(() => 1), PoolClosedError);
        // At once, as it is dead or closed already.
        await Promise.all([pool.shutdown(), pool.kill(), pool[Symbol.asyncDispose]()]);
      });
    }
  });
}

it('shutdown() without a timeout ends a worker that what a task left behind keeps busy', async () => {
  const pool = new Pool({ workers: 1 });
  assert.equal(await moments['left busy'](pool).then(() => 'left'), 'left');
  await pool.shutdown();
});

describe('with 100,000 waiting', () => {
  const submit = (pool) => {
    const one = pool.task((n) => n);
    return Array.from({ length: MANY }, (_, n) => one(n));
  };

  it('shutdown runs them all', async () => {
    const pool = new Pool({ workers: 2 });
    const tasks = submit(pool);
    const closing = pool.shutdown();
    assert.deepEqual(await tally(tasks), { done: MANY });
    await closing;
  });

  it('shutdown({ timeout }) settles them all', async () => {
    const pool = new Pool({ workers: 1 });
    const stuck = pool.run(forever);
    const outcomes = tally([stuck, ...submit(pool)]);
    await pool.shutdown({ timeout: 0 });
    assert.deepEqual(await outcomes, { ERR_TASKLETS_ABORTED: MANY + 1 });
  });

  it('kill settles them all', async () => {
    const pool = new Pool({ workers: 1 });
    const stuck = pool.run(forever);
    const outcomes = tally([stuck, ...submit(pool)]);
    await pool.kill();
    assert.deepEqual(await outcomes, { ERR_TASKLETS_POOL_DEATH: MANY + 1 });
  });
});

describe('between two attempts of retry()', () => {
  it('kill() rejects at once', async () => {
    for (const retryIf of [undefined, never]) {
      const pool = new Pool({ workers: 1 });
      const { retried } = await pausing(pool, { retryIf });
      const killed = pool.kill('enough');
      await assert.rejects(retried, { code: 'ERR_TASKLETS_POOL_DEATH', cause: 'enough', attempts: 1 });
      await killed;
    }
  });

  it('shutdown({ timeout }) cancels past the timeout', async () => {
    const pool = new Pool({ workers: 1 });
    const { retried } = await pausing(pool);
    const closed = pool.shutdown({ timeout: 0 });
    await assert.rejects(retried, { code: 'ERR_TASKLETS_ABORTED', attempts: 1 });
    await closed;
  });

  it('shutdown() waits for the further attempts', async () => {
    const pool = new Pool({ workers: 1 });
    const fn = () => {
      const { attempt } = tasklets.current;
      if (attempt < 3) throw new Error(`${attempt}`);
      return attempt;
    };
    const { retried } = await pausing(pool, { fn, attempts: 3, delay: 1 });
    let result;
    retried.then((value) => (result = value));
    await pool.shutdown();
    assert.equal(result, 3);
  });

  it('an attempt that runs in another pool is cancelled with the pool that retries it', async () => {
    const [pool, other] = [new Pool({ workers: 1 }), new Pool({ workers: 1 })];
    const retried = pool.retry(other.task(never));
    const killed = pool.kill('enough');
    await assert.rejects(retried, { code: 'ERR_TASKLETS_ABORTED', attempts: 1 });
    await killed;
    await other.kill();
    assert.throws(() => pool.retry(other.task(never)), PoolClosedError);
  });
});

describe('closing from within', () => {
  it('a task that closes its own pool leaves the others alone, and does not wait for itself', async () => {
    const pool = new Pool({ workers: 1 });
    const close = async (there) => {
      const inner = require(there);
      const child = inner.run(() => 'child');
      await inner.shutdown();
      await inner.shutdown({ timeout: 0 });
      return child;
    };
    assert.equal(await pool.run(close, { args: [here] }), 'child');
    await alive(pool);
    await pool.shutdown();
  });

  it('a task that opens a pool and closes it', async () => {
    const pool = new Pool({ workers: 1 });
    const nest = async (there) => {
      const inner = new (require(there).Pool)({ workers: 1 });
      const result = await inner.run(() => 'inner');
      const stuck = inner.run(() => new Promise(() => {})).catch((error) => error.code);
      await Promise.all([inner.shutdown(), inner.kill()]);
      return [result, await stuck];
    };
    assert.deepEqual(await pool.run(nest, { args: [here] }), ['inner', 'ERR_TASKLETS_POOL_DEATH']);
    await pool.shutdown();
  });

  it('as the outcome of a task arrives', async () => {
    const pool = new Pool({ workers: 2 });
    const closing = pool.run(() => 1).then(() => pool.shutdown());
    const others = tally(Array.from({ length: 50 }, () => pool.run(() => 2)));
    await closing;
    assert.deepEqual(await others, { done: 50 });
  });
});

describe('the default pool', () => {
  it('ends though more tasks come all the time', async () => {
    let open = true;
    const stream = (async () => {
      while (open) await Promise.all([tasklets.run(() => 1), tasklets.run(() => 2)]);
    })();
    await Promise.all([tasklets.shutdown(), tasklets.shutdown()]);
    open = false;
    await stream;
    await alive(tasklets);
  });

  it('cancels what has not ended in time, and starts anew', async () => {
    await alive(tasklets);
    const outcomes = tally([tasklets.run(forever), tasklets.run(never), tasklets.run(never)]);
    await tasklets.shutdown({ timeout: 20 });
    assert.deepEqual(await outcomes, { ERR_TASKLETS_ABORTED: 3 });
    await alive(tasklets);
    await tasklets.shutdown();
  });

  it('lets go on, past its timeout, what came after it', async () => {
    const flag = new Int32Array(new SharedArrayBuffer(4));
    await alive(tasklets);
    const outcomes = tally([tasklets.run(forever), tasklets.run(never)]);
    const closing = tasklets.shutdown({ timeout: 20 });
    const later = tasklets.run((shared) => Atomics.wait(shared, 0, 0), { args: [flag] });
    await closing;
    assert.deepEqual(await outcomes, { ERR_TASKLETS_ABORTED: 2 });
    Atomics.store(flag, 0, 1);
    Atomics.notify(flag, 0);
    assert.match(await later, /ok|not-equal/);
    await tasklets.shutdown();
  });

  it('starts no worker for what it has cancelled', async () => {
    await alive(tasklets);
    const outcomes = tally(Array.from({ length: 50 }, () => tasklets.run(forever)));
    await tasklets.shutdown({ timeout: 20 });
    assert.deepEqual(await outcomes, { ERR_TASKLETS_ABORTED: 50 });
    // One would have begun to serve by the time that another pool has been there and gone.
    const other = new Pool({ workers: 1 });
    await alive(other);
    await other.shutdown();
    assert.deepEqual(tasklets.getMetrics().workers, []);
  });
});
