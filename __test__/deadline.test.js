'use strict';
// Deadlines: what has not started in time never runs, what has started goes on.

const assert = require('node:assert/strict');
const { describe, it } = require('node:test');
const { DeadlineError, Pool, TaskletsError } = require('..');
const { busyPool } = require('./fixtures/busy-pool.js');

const counter = () => new Int32Array(new SharedArrayBuffer(4));
const count = (shared) => Atomics.add(shared, 0, 1);

function isLate(error) {
  assert.ok(error instanceof DeadlineError && error instanceof TaskletsError, String(error));
  assert.equal(error.name, 'DeadlineError');
  assert.equal(error.code, 'ERR_TASKLETS_DEADLINE');
  return true;
}

describe('deadline', () => {
  it('keeps what has not started in time from running', async () => {
    const { pool, holding, release } = await busyPool();
    const ran = counter();
    const late = pool.run(count, { args: [ran], deadline: 20, name: 'slow' });
    const date = pool.run(count, { args: [ran], deadline: new Date(Date.now() + 20) });
    const past = pool.run(count, { args: [ran], deadline: new Date(0) });
    const handle = pool.task(count).with({ deadline: 5 })(ran);
    // All of them while the worker is busy: nobody has to come by for it.
    await Promise.all([late, date, past, handle].map((task) => assert.rejects(task, isLate)));
    const error = await late.catch((reason) => reason);
    assert.match(error.message, /task \d+ \(slow\) had not started by its deadline/);
    assert.deepEqual([error.taskId, error.taskName], [late.id, 'slow']);
    assert.equal(late.cancel(), false);
    release();
    await holding;
    assert.equal(await pool.run(() => 'next'), 'next');
    assert.equal(Atomics.load(ran, 0), 0);
    await pool.shutdown();
  });

  it('leaves alone what starts in time, however long it runs', async () => {
    const pool = new Pool({ workers: 1 });
    const lasts = (ms) => new Promise((resolve) => setTimeout(resolve, ms, 'ended'));
    await pool.run(() => {});
    assert.equal(await pool.run(lasts, { args: [150], deadline: 100 }), 'ended');
    const dates = [new Date(Date.now() + 60_000), 60_000, Infinity, undefined];
    for (const deadline of dates) assert.equal(await pool.run(() => 'ran', { deadline }), 'ran');
    await pool.shutdown();
  });

  it('that has passed is told by a rejection, of each of many', async () => {
    const pool = new Pool({ workers: 2 });
    const ran = counter();
    const one = pool.task(count);
    const tasks = Array.from({ length: 2000 }, (_, n) => one.with({ deadline: n % 2 ? 60_000 : new Date(0) })(ran));
    const results = await Promise.allSettled(tasks);
    for (const [n, { status, reason }] of results.entries()) {
      if (n % 2) assert.equal(status, 'fulfilled');
      else isLate(reason);
    }
    assert.equal(Atomics.load(ran, 0), 1000);
    await pool.shutdown();
  });

  it('does not get in the way of cancelling, nor of the end of a pool', async () => {
    const { pool, holding } = await busyPool();
    const waiting = pool.run(() => 1, { deadline: 60_000 });
    const killed = pool.run(() => 1, { deadline: 60_000 });
    assert.equal(waiting.cancel(), true);
    await assert.rejects(waiting, { code: 'ERR_TASKLETS_ABORTED' });
    const died = { code: 'ERR_TASKLETS_POOL_DEATH' };
    const ends = [assert.rejects(killed, died), assert.rejects(holding, died)];
    await pool.kill();
    await Promise.all(ends);
  });

  it('goes along with other options, arguments that are large, and what is moved', async () => {
    const pool = new Pool({ workers: 1 });
    const text = 'x'.repeat(300_000);
    const buffer = new ArrayBuffer(100_000);
    const length = (string, bytes) => string.length + bytes.byteLength;
    const options = { args: [text, buffer], transfer: [buffer], deadline: 60_000, name: 'lengths', timeout: 60_000 };
    assert.equal(await pool.run(length, options), 400_000);
    assert.equal(buffer.byteLength, 0);
    await pool.shutdown();
  });

  it('of a retried task counts from the call', async () => {
    const { pool, holding, release } = await busyPool();
    const retried = pool.retry(() => 1, { deadline: 20, attempts: 5, delay: 0 });
    await assert.rejects(retried, (error) => isLate(error) && error.attempts === 1);
    release();
    await holding;
    const failing = () => {
      throw new Error('again');
    };
    const exhausted = pool.retry(failing, { deadline: 30, attempts: Infinity, delay: 5, backoff: 1 });
    await assert.rejects(exhausted, isLate);
    await pool.shutdown();
  });

  it('is one entry’s own in runAll and batch', async () => {
    const { pool, holding, release } = await busyPool();
    const [first, second] = await Promise.all([
      pool.batch([{ name: 'late', task: () => 1, deadline: 10 }]),
      pool.runAll([{ task: () => 1, deadline: 10 }], { settle: true }),
    ]);
    isLate(first[0].error);
    isLate(second[0].reason);
    release();
    await holding;
    await pool.shutdown();
  });
});
