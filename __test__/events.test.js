'use strict';
// What a pool tells its listeners about.

const assert = require('node:assert/strict');
const { once } = require('node:events');
const { after, describe, it } = require('node:test');
const tasklets = require('..');
const { alive } = require('./fixtures/alive.js');

const { Pool } = tasklets;
const here = require.resolve('..');
const workerOf = (there) => require(there).current.workerId;

describe('events of a pool', () => {
  // Neither idle workers nor listeners keep the process alive.
  const awake = setInterval(() => {}, 1000);
  after(() => clearInterval(awake));

  it('refuses those that there are not', async () => {
    const pool = new Pool({ workers: 1 });
    for (const method of ['on', 'once', 'addListener']) {
      assert.throws(() => pool[method]('drian', () => {}), {
        code: 'ERR_TASKLETS_INVALID_ARGUMENT',
        message: `${method}(): there is no event 'drian' (did you mean 'drain'?). There are: drain, error, memory, workerStart, workerExit, newListener, removeListener`,
      });
    }
    assert.throws(() => pool.on(Symbol('drain'), () => {}), TypeError);
    const added = [];
    pool.on('newListener', (event) => added.push(event));
    for (const event of ['drain', 'error', 'memory', 'workerStart', 'workerExit', 'removeListener']) {
      pool.on(event, () => {});
    }
    assert.equal(added.length, 6);
    assert.equal(
      pool.off('drian', () => {}),
      pool,
    );
    assert.equal(pool.listenerCount('drian'), 0);
    await pool.shutdown();
  });

  it('tells of workers that start and that leave', async () => {
    const pool = new Pool({ workers: 2 });
    const started = [];
    const ended = [];
    assert.equal(
      pool.on('workerStart', (worker) => started.push(worker)),
      pool,
    );
    pool.on('workerExit', (worker) => ended.push(worker));
    const ids = new Set(await Promise.all(Array.from({ length: 40 }, () => pool.run(workerOf, { args: [here] }))));
    await pool.shutdown();
    const told = new Set(started.map(({ workerId }) => workerId));
    for (const id of ids) assert.ok(told.has(id), `worker ${id}`);
    for (const { workerId, exitCode, crashed, error } of ended) {
      assert.equal(typeof workerId, 'number');
      assert.equal(typeof exitCode, 'number');
      assert.equal(crashed, false);
      assert.equal(error, undefined);
    }
    assert.ok(ended.length >= ids.size);
  });

  it('tells of a worker that ends by itself, and of the one that takes its place', async () => {
    const pool = new Pool({ workers: 1 });
    const [first] = await Promise.all([once(pool, 'workerStart'), pool.run(() => 1)]);
    const exit = once(pool, 'workerExit');
    await assert.rejects(
      pool.run(() => process.exit(7)),
      { exitCode: 7 },
    );
    const [ended] = await exit;
    assert.deepEqual({ ...ended }, { workerId: first[0].workerId, exitCode: 7, crashed: true });
    const [[second]] = await Promise.all([once(pool, 'workerStart'), pool.run(() => 2)]);
    assert.notEqual(second.workerId, first[0].workerId);
    await pool.shutdown();
  });

  it('counts a worker that lost its task as given up, not as crashed', async () => {
    const pool = new Pool({ workers: 1 });
    await alive(pool);
    const exit = once(pool, 'workerExit');
    const forever = () => {
      for (;;);
    };
    await assert.rejects(pool.run(forever, { timeout: 20 }), { name: 'TimeoutError' });
    assert.equal((await exit)[0].crashed, false);
    await pool.shutdown();
  });

  it('tells of errors outside of any task, and throws for none that nobody listens to', async () => {
    const pool = new Pool({ workers: 1 });
    const leave = () =>
      void setImmediate(() => {
        throw new RangeError('left behind');
      });
    const unheard = new Promise((resolve) => pool.once('workerExit', resolve));
    await pool.run(leave).catch(() => {});
    assert.equal((await unheard).error.message, 'left behind');
    const errors = [];
    pool.on('error', (error) => errors.push(error));
    const ended = new Promise((resolve) => pool.once('workerExit', () => setImmediate(resolve)));
    await pool.run(leave).catch(() => {});
    await ended;
    assert.equal(errors.length, 1);
    assert.equal(errors[0].message, 'left behind');
    // What a task throws is its own.
    await assert.rejects(
      pool.run(() => Promise.reject(new Error('of the task'))),
      /of the task/,
    );
    await pool.shutdown();
    assert.equal(errors.length, 1);
  });

  it('tells of workers that end before they can serve', async () => {
    const pool = new Pool({ workers: 1, preload: [require.resolve('./fixtures/no-start.js')] });
    const ended = [];
    pool.on('workerExit', (worker) => ended.push(worker));
    const told = once(pool, 'error').catch((error) => [error]);
    await assert.rejects(
      pool.run(() => 1),
      { code: 'ERR_TASKLETS_WORKER_EXITED' },
    );
    assert.match((await told)[0].message, /code 5 before it could serve/);
    assert.deepEqual(ended, []);
    await pool.kill();
  });

  it('goes without listeners that were taken away', async () => {
    const pool = new Pool({ workers: 1 });
    const fail = () => assert.fail('it was taken away');
    pool.on('workerStart', fail).addListener('workerStart', fail).once('workerStart', fail);
    assert.equal(pool.listenerCount('workerStart'), 3);
    pool.off('workerStart', fail).removeListener('workerStart', fail).removeAllListeners('workerStart');
    assert.equal(pool.listenerCount('workerStart'), 0);
    assert.equal(pool.emit, undefined);
    await pool.run(() => 1);
    await pool.shutdown();
  });

  it('are those of the default pool too', async () => {
    await tasklets.shutdown();
    const { on, off } = tasklets;
    const started = [];
    const listen = (worker) => started.push(worker);
    on('workerStart', listen);
    assert.equal(
      tasklets.once('workerExit', () => {}),
      tasklets,
    );
    const id = await tasklets.run(workerOf, { args: [here] });
    await tasklets.shutdown();
    off('workerStart', listen);
    assert.ok(started.some(({ workerId }) => workerId === id));
    assert.equal(tasklets.listenerCount('workerStart'), 0);
  });
});
