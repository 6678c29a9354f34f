'use strict';
// Tasks with something moved to them are bound to one worker: each settles when that one ends before it can start them.

const assert = require('node:assert/strict');
const fs = require('node:fs');
const os = require('node:os');
const path = require('node:path');
const { describe, it } = require('node:test');
const { Pool, PoolDeathError, WorkerExitedError } = require('..');
const { alive } = require('./fixtures/alive.js');

const length = (bytes) => bytes.byteLength;
const send = (pool) => {
  const bytes = new ArrayBuffer(64);
  return pool.run(length, { args: [bytes], transfer: [bytes] });
};
const undelivered = (check) => (error) => {
  assert.ok(error instanceof WorkerExitedError, String(error));
  assert.match(error.message, /was sent to ended before it could start/);
  check(error);
  return true;
};

describe('a task that is bound to a worker rejects', { timeout: 60_000 }, () => {
  it('where the worker exits before it', async () => {
    const pool = new Pool({ workers: 1 });
    assert.equal(await send(pool), 64);
    const gate = new Int32Array(new SharedArrayBuffer(8));
    const exiting = pool.run(
      (shared) => {
        Atomics.store(shared, 1, 1);
        Atomics.wait(shared, 0, 0);
        process.exit(7);
      },
      { args: [gate] },
    );
    // What is bound to a worker comes before what is not.
    while (Atomics.load(gate, 1) === 0) await new Promise((resolve) => setImmediate(resolve));
    const bound = [send(pool), send(pool)];
    Atomics.store(gate, 0, 1);
    Atomics.notify(gate, 0);
    await assert.rejects(exiting, { code: 'ERR_TASKLETS_WORKER_EXITED', exitCode: 7 });
    for (const task of bound)
      await assert.rejects(
        task,
        undelivered((error) => assert.equal(error.exitCode, 7)),
      );
    await alive(pool);
    await pool.shutdown();
  });

  it('where the worker is starting and cannot, with the reason', async (t) => {
    const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'tasklets-'));
    t.after(() => fs.rmSync(folder, { recursive: true }));
    const preload = path.join(folder, 'broken.js');
    fs.writeFileSync(preload, 'throw new RangeError("in the preload");');
    const pool = new Pool({ workers: 1, preload: [preload] });
    const both = await Promise.allSettled([send(pool), send(pool)]);
    for (const { reason } of both) {
      undelivered(({ cause }) => {
        assert.ok(cause instanceof RangeError, String(cause));
        assert.equal(cause.message, 'in the preload');
      })(reason);
    }
    await pool.shutdown();
  });

  for (const [when, prepare] of [
    ['starting', () => {}],
    ['busy', (pool) => pool.run(() => 1)],
  ]) {
    it(`where the pool is killed and the worker is ${when}`, async () => {
      const pool = new Pool({ workers: 1 });
      await prepare(pool);
      const busy = when === 'busy' ? [pool.run(() => new Promise(() => {}))] : [];
      const tasks = [...busy, send(pool), send(pool)];
      const outcomes = Promise.allSettled(tasks);
      await pool.kill('enough');
      for (const { reason } of await outcomes) {
        assert.ok(reason instanceof PoolDeathError, String(reason));
        assert.equal(reason.cause, 'enough');
      }
    });
  }
});
