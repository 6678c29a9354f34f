'use strict';
// The life of a pool: its options, its closing in good order and by force, and the default pool's new start.

const assert = require('node:assert/strict');
const { Session } = require('node:inspector');
const { describe, it } = require('node:test');
const tasklets = require('..');
const { alive } = require('./fixtures/alive.js');

const { Pool, PoolClosedError, PoolDeathError } = tasklets;

const forever = () => {
  for (;;);
};
const never = () => new Promise(() => {});
/** Keeps its worker busy until it is told, and says that it is. */
const hold = (shared) => {
  Atomics.store(shared, 0, 1);
  Atomics.notify(shared, 0);
  Atomics.wait(shared, 1, 0);
  return 'held';
};

function held(pool) {
  const shared = new Int32Array(new SharedArrayBuffer(8));
  const running = pool.run(hold, { args: [shared] });
  return {
    running,
    started: async () => {
      while (Atomics.load(shared, 0) === 0) await new Promise(setImmediate);
    },
    release() {
      Atomics.store(shared, 1, 1);
      Atomics.notify(shared, 1);
    },
  };
}

describe('shutdown', () => {
  it('waits for what runs and what is queued, and takes no more', async () => {
    const pool = new Pool({ workers: 1 });
    const { running, release, started } = held(pool);
    const queued = Array.from({ length: 20 }, (_, n) => pool.run((x) => x, { args: [n] }));
    await started();
    const closing = pool.shutdown();
    release();
    assert.equal(await running, 'held');
    assert.deepEqual(
      await Promise.all(queued),
      Array.from({ length: 20 }, (_, n) => n),
    );
    await closing;
    assert.throws(() => pool.run(() => 1), PoolClosedError);
    assert.throws(() => pool.run(() => 1), ReferenceError);
    assert.throws(() => pool.task(() => 1), PoolClosedError);
    assert.throws(() => pool.runAll([() => 1]), PoolClosedError);
    assert.throws(() => pool.batch([]), PoolClosedError);
    assert.throws(() => pool.retry(() => 1), PoolClosedError);
  });

  it('refuses new tasks while it waits, those of handles included', async () => {
    const pool = new Pool({ workers: 1 });
    const handle = pool.task(() => 1);
    const { running, release, started } = held(pool);
    await started();
    const closing = pool.shutdown();
    assert.throws(() => pool.run(() => 1), PoolClosedError);
    assert.throws(() => handle(), PoolClosedError);
    release();
    await running;
    await closing;
  });

  it('ends a pool that is idle, that was never used, that is starting, and twice', async () => {
    const idle = new Pool({ workers: 2 });
    await alive(idle);
    await idle.shutdown();
    await idle.shutdown();

    const unused = new Pool();
    await Promise.all([unused.shutdown(), unused.shutdown()]);
    assert.throws(() => unused.run(() => 1), PoolClosedError);

    const starting = new Pool({ workers: 2 });
    const first = starting.run(() => 'first');
    await starting.shutdown();
    assert.equal(await first, 'first');
  });

  it('cancels what has not ended in time', async () => {
    const pool = new Pool({ workers: 1 });
    const tasks = [pool.run(forever), pool.run(never), pool.run(() => 1)];
    const outcomes = Promise.allSettled(tasks);
    await pool.shutdown({ timeout: 50 });
    for (const { reason } of await outcomes) assert.equal(reason.code, 'ERR_TASKLETS_ABORTED');
  });

  it('goes with await using', async () => {
    const pool = new Pool({ workers: 1 });
    const running = pool.run(() => 'before');
    await pool[Symbol.asyncDispose]();
    assert.equal(await running, 'before');
    assert.throws(() => pool.run(() => 1), PoolClosedError);
  });
});

describe('kill', () => {
  it('rejects what runs and what is queued', async () => {
    const pool = new Pool({ workers: 2 });
    await alive(pool);
    const tasks = [pool.run(forever), pool.run(forever), pool.run(never), pool.run(() => 1, { name: 'queued' })];
    const outcomes = Promise.allSettled(tasks);
    await pool.kill('enough');
    for (const { reason } of await outcomes) {
      assert.ok(reason instanceof PoolDeathError, String(reason));
      assert.equal(reason.code, 'ERR_TASKLETS_POOL_DEATH');
      assert.equal(reason.cause, 'enough');
    }
    assert.equal((await outcomes)[3].reason.taskName, 'queued');
    assert.throws(() => pool.run(() => 1), PoolClosedError);
    await pool.kill();
    await pool.shutdown();
  });

  it('ends a pool that is starting, idle, unused, closing or closed', async () => {
    const starting = new Pool({ workers: 2 });
    const early = starting.run(() => 1);
    const refused = assert.rejects(early, PoolDeathError);
    await starting.kill();
    await refused;

    const idle = new Pool({ workers: 2 });
    await alive(idle);
    await idle.kill();

    await new Pool().kill();

    const closing = new Pool({ workers: 1 });
    const stuck = assert.rejects(closing.run(forever), PoolDeathError);
    const closed = closing.shutdown();
    await closing.kill();
    await Promise.all([stuck, closed]);

    const done = new Pool({ workers: 1 });
    await alive(done);
    await done.shutdown();
    await done.kill();
  });

  it('rejects ten thousand that wait', async () => {
    const pool = new Pool({ workers: 1 });
    const stuck = pool.run(forever);
    const waiting = Array.from({ length: 10_000 }, () => pool.run(() => 1));
    const outcomes = Promise.allSettled([stuck, ...waiting]);
    await pool.kill();
    assert.ok((await outcomes).every(({ reason }) => reason instanceof PoolDeathError));
  });

  it('is not there for the default pool', () => {
    assert.equal(tasklets.kill, undefined);
  });
});

describe('config', () => {
  it('tells what is in force and changes it', async () => {
    const pool = new Pool({ workers: 3, name: 'mine' });
    assert.deepEqual(pool.config(), {
      workers: 3,
      concurrency: 1,
      maxQueue: Infinity,
      overflow: 'reject',
      logging: { level: 'off', format: 'text', destination: 'stderr' },
      timeout: Infinity,
      scheduling: 'fifo',
      preload: [],
      name: 'mine',
    });
    await alive(pool);
    assert.equal(pool.config({ workers: 1, timeout: 500 }).workers, 1);
    await assert.rejects(pool.run(forever), { code: 'ERR_TASKLETS_TIMEOUT' });
    await alive(pool);
    pool.config({ workers: 3, timeout: Infinity });
    await alive(pool);
    assert.throws(() => pool.config({ env: {} }), { code: 'ERR_TASKLETS_INVALID_OPTION', option: 'env' });
    await pool.shutdown();
  });

  it('takes back what it tells, also while workers run', async () => {
    const limits = { maxOldGenerationSizeMb: 64 };
    for (const options of [
      {},
      { memory: '2GB', resourceLimits: limits, preload: [__filename], env: { A: 'b' }, name: 'x' },
    ]) {
      const pool = new Pool(options);
      const before = pool.config();
      assert.deepEqual(pool.config(before), before);
      await pool.shutdown();
    }
    const pool = new Pool({ workers: 1, maxMemory: '1GB', resourceLimits: limits, env: { A: 'b' } });
    await alive(pool);
    const before = pool.config();
    assert.deepEqual(pool.config(before), before);
    assert.deepEqual(pool.config({ maxQueue: undefined, workers: undefined }), before);
    assert.throws(() => pool.config({ memory: '3GB' }), { option: 'memory' });
    await pool.shutdown();
  });

  it('lifts a limit of the memory', async () => {
    for (const lifted of [{ memory: { limit: Infinity } }, { maxMemory: Infinity }, { memory: Infinity }]) {
      const pool = new Pool({ workers: 1, memory: '64MB' });
      assert.equal(pool.config().memory.limit, 2 ** 26);
      assert.equal(pool.config(lifted).memory, undefined);
      await alive(pool);
      assert.throws(() => pool.config({ memory: '64MB' }), { option: 'memory' });
      assert.equal(pool.config(lifted).memory, undefined);
      await pool.shutdown();
    }
    const pool = new Pool({ workers: 1, memory: '64MB' });
    await alive(pool);
    assert.throws(() => pool.config({ memory: Infinity }), { option: 'memory' });
    await pool.shutdown();
  });

  it('takes in all of what it is given, or nothing', async () => {
    const pool = new Pool({ workers: 2, memory: '2GB' });
    assert.equal(pool.config({ maxMemory: '1GB' }).memory.limit, 2 ** 30);
    const before = pool.config();
    assert.throws(() => pool.config({ workers: 1, memory: '1GB', maxMemory: '2GB' }), { option: 'maxMemory' });
    assert.deepEqual(pool.config(), before);
    await alive(pool);
    assert.throws(() => pool.config({ timeout: 5, name: 'late' }), { option: 'name' });
    assert.deepEqual(pool.config(), before);
    await alive(pool);
    await pool.shutdown();
  });

  it('holds for tasks that were made before', async () => {
    const pool = new Pool({ workers: 1 });
    const plain = pool.task(forever);
    const important = pool.task(forever, { priority: 'high' });
    pool.config({ timeout: 30 });
    await assert.rejects(plain(), { code: 'ERR_TASKLETS_TIMEOUT' });
    await assert.rejects(important(), { code: 'ERR_TASKLETS_TIMEOUT' });
    await pool.shutdown();
  });

  it('gives workers their environment', async () => {
    const pool = new Pool({ workers: 1, env: { TASKLETS_TEST: 'yes' } });
    assert.equal(await pool.run(() => process.env.TASKLETS_TEST), 'yes');
    await pool.shutdown();
  });

  it('makes no more workers than were asked for', async () => {
    const pool = new Pool({ workers: 2 });
    const id = pool.task(async () => {
      await new Promise((resolve) => setTimeout(resolve, 1));
      return process.getBuiltinModule('node:worker_threads').threadId;
    });
    const ids = new Set(await Promise.all(Array.from({ length: 100 }, () => id())));
    assert.ok(ids.size <= 2, `${ids.size} threads`);
    await pool.shutdown();
  });
});

describe('the default pool', () => {
  it('drains at shutdown and starts anew with the next task', async () => {
    const handle = tasklets.task((n) => n + 1);
    for (let round = 0; round < 3; round++) {
      await alive(tasklets);
      assert.equal(await handle(round), round + 1);
      const late = tasklets.run(() => 'late');
      await tasklets.shutdown();
      assert.equal(await late, 'late');
    }
    await alive(tasklets);
  });

  it('takes tasks while it closes', async () => {
    for (let round = 0; round < 20; round++) {
      await tasklets.run(() => 1);
      const closing = tasklets.shutdown();
      const tasks = [];
      for (let turn = 0; turn < 20; turn++) {
        tasks.push(tasklets.run(() => 2));
        await new Promise(setImmediate);
      }
      await Promise.all([closing, ...tasks]);
    }
    await alive(tasklets);
  });
});

it('its calls are bound, kill() among them', async () => {
  const { run, shutdown, kill } = new Pool({ workers: 1 });
  assert.equal(await run(() => 1), 1);
  await Promise.all([shutdown(), kill()]);
  assert.throws(() => run(() => 1), PoolClosedError);
});

it('env leaves out what is undefined', async () => {
  const pool = new Pool({ workers: 1, env: { A: undefined, B: 'b' } });
  assert.deepEqual(await pool.run(() => ({ ...process.env })), { B: 'b' });
  await pool.shutdown();
});

it('resourceLimits may be as large as is allowed', async () => {
  const resourceLimits = { codeRangeSizeMb: 512, stackSizeMb: 1024, maxYoungGenerationSizeMb: 1e6 };
  const pool = new Pool({ workers: 1, resourceLimits });
  await alive(pool);
  await pool.shutdown();
});

describe('name', () => {
  it('is in the messages of errors', async () => {
    const pool = new Pool({ workers: 1, maxQueue: 1, name: 'images' });
    const message = (task) => task.then(assert.fail, (error) => error.message);
    assert.equal(
      await message(pool.run(() => process.exit(3))),
      "The worker of task 1 of pool 'images' exited with code 3",
    );
    assert.equal(
      await message(pool.run(forever, { timeout: 1, grace: 0 })),
      "task 2 (forever) of pool 'images' ran longer than its timeout of 1 ms",
    );
    const failing = pool.run(() => Promise.reject(new Error('no')));
    const dependent = pool.run(() => 1, { after: [failing], name: 'next' });
    assert.equal(await message(dependent), "task 4 (next) of pool 'images' comes after one that failed");
    await assert.rejects(failing);
    const tasks = [pool.run(never), pool.run(never)];
    assert.match(await message(pool.run(never)), /^The queue of pool 'images' is full: 1 task wait/);
    const killed = Promise.all(tasks.map(message));
    await pool.kill();
    assert.equal((await killed)[0], "Pool 'images' was killed before task 5 (never) had ended");
    const closed = "Pool 'images' has been shut down and takes no more tasks";
    assert.throws(() => pool.run(() => 1), { message: closed });
  });

  it('is in the names of threads', async () => {
    const session = new Session();
    session.connect();
    const titles = [];
    session.on('NodeWorker.attachedToWorker', ({ params }) => titles.push(params.workerInfo.title));
    session.post('NodeWorker.enable', { waitForDebuggerOnStart: false });
    const pool = new Pool({ workers: 1, name: 'images' });
    const id = await pool.run(() => tasklets.current.workerId);
    await pool.kill();
    session.disconnect();
    // Other pools have threads, too.
    assert.ok(
      titles.some((title) => title.endsWith(`tasklets worker ${id} of images`)),
      titles.join(),
    );
  });

  it('may be given until the first task', async () => {
    const pool = new Pool({ workers: 1 });
    pool.config({ name: 'late' });
    await assert.rejects(
      pool.run(() => process.exit(3)),
      { message: /of pool 'late'/ },
    );
    await pool.shutdown();
    assert.throws(() => pool.run(() => 1), { message: /^Pool 'late'/ });
  });
});
