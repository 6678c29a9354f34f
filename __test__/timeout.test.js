'use strict';
// Timeouts: of running, not of waiting; of a busy loop and of a promise that never settles.

const assert = require('node:assert/strict');
const { describe, it } = require('node:test');
const { Pool, TimeoutError } = require('..');
const { alive } = require('./fixtures/alive.js');

const forever = () => {
  for (;;);
};
const never = () => new Promise(() => {});

function isTimeout(error) {
  assert.ok(error instanceof TimeoutError, String(error));
  assert.equal(error.name, 'TimeoutError');
  assert.equal(error.code, 'ERR_TASKLETS_TIMEOUT');
  return true;
}

describe('timeout', () => {
  it('ends what runs too long, and the pool goes on', async () => {
    const pool = new Pool({ workers: 1 });
    for (let round = 0; round < 3; round++) {
      await assert.rejects(pool.run(forever, { timeout: 30 }), isTimeout);
      await assert.rejects(pool.run(never, { timeout: 30 }), isTimeout);
      await alive(pool);
    }
    await pool.shutdown();
  });

  it('does not count the time that a task waits', async () => {
    const pool = new Pool({ workers: 1 });
    const busy = (ms) => {
      const end = Date.now() + ms;
      while (Date.now() < end);
      return ms;
    };
    const tasks = Array.from({ length: 8 }, () => pool.run(busy, { args: [60], timeout: 5000 }));
    assert.deepEqual(await Promise.all(tasks), Array(8).fill(60));
    await pool.shutdown();
  });

  it('ends many at once, each with its own limit', async () => {
    const pool = new Pool({ workers: 2 });
    const tasks = Array.from({ length: 12 }, (_, n) => pool.run(n % 2 ? forever : never, { timeout: 10 + n }));
    for (const { reason } of await Promise.allSettled(tasks)) isTimeout(reason);
    await alive(pool);
    await pool.shutdown();
  });

  it('may be the default of a pool, and be set aside by a task', async () => {
    const pool = new Pool({ workers: 1, timeout: 40 });
    await assert.rejects(pool.run(forever), isTimeout);
    await assert.rejects(pool.task(never)(), isTimeout);
    const longer = () => new Promise((resolve) => setTimeout(resolve, 120, 'in the end'));
    assert.equal(await pool.run(longer, { timeout: Infinity }), 'in the end');
    assert.equal(await pool.task(longer, { timeout: 60_000 })(), 'in the end');
    await pool.shutdown();
  });

  it('may be given to a pool by the names of tasks', async () => {
    const pool = new Pool({ workers: 1, timeout: { default: 30, perTask: { patient: Infinity, hasty: 20 } } });
    const longer = () => new Promise((resolve) => setTimeout(resolve, 60, 'in the end'));
    const patient = (end) => end();
    assert.equal(await pool.run(patient, { args: [longer] }), 'in the end');
    assert.equal(await pool.run(longer, { name: 'patient' }), 'in the end');
    assert.equal(await pool.task(longer).with({ name: 'patient' })(), 'in the end');
    assert.equal(await pool.task(patient)(longer), 'in the end');
    await assert.rejects(pool.run(longer), isTimeout);
    await assert.rejects(pool.run(longer, { name: 'toString' }), isTimeout);
    await assert.rejects(pool.task(longer, { name: 'patient' }).with({ name: 'hasty' })(), isTimeout);
    await assert.rejects(pool.run(patient, { args: [longer], timeout: 20 }), isTimeout);
    assert.deepEqual(pool.config().timeout, { default: 30, perTask: { patient: Infinity, hasty: 20 } });
    assert.equal(pool.config({ timeout: { perTask: { hasty: 20 } } }).timeout.default, undefined);
    assert.equal(await pool.run(longer), 'in the end');
    await pool.shutdown();
  });

  it('and an end just then settle a task once', async () => {
    const pool = new Pool({ workers: 2 });
    const lasts = pool.task((ms) => {
      const end = performance.now() + ms;
      while (performance.now() < end);
      return 'ended';
    });
    const tasks = Array.from({ length: 60 }, () => lasts.with({ timeout: 3 })(3));
    for (const { status, value, reason } of await Promise.allSettled(tasks)) {
      if (status === 'fulfilled') assert.equal(value, 'ended');
      else isTimeout(reason);
    }
    await alive(pool);
    await pool.shutdown();
  });
});
