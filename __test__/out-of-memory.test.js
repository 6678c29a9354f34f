'use strict';
// A task that exhausts its worker's heap, under resourceLimits.

const assert = require('node:assert/strict');
const { it } = require('node:test');
const { OutOfMemoryError, Pool } = require('..');
const { alive } = require('./fixtures/alive.js');

const hoard = () => {
  const kept = [];
  for (;;) kept.push(Array.from({ length: 1000 }, () => ({ some: 'object' })));
};

it('rejects with an OutOfMemoryError, and the pool goes on', async () => {
  const pool = new Pool({ workers: 2, resourceLimits: { maxOldGenerationSizeMb: 24 } });
  for (let round = 0; round < 3; round++) {
    const waiting = Array.from({ length: 20 }, (_, n) => pool.run((x) => x, { args: [n] }));
    await assert.rejects(pool.run(hoard, { name: 'hoard' }), (error) => {
      assert.ok(error instanceof OutOfMemoryError, String(error));
      assert.equal(error.code, 'ERR_TASKLETS_OUT_OF_MEMORY');
      assert.equal(error.taskName, 'hoard');
      return true;
    });
    assert.equal((await Promise.all(waiting)).length, 20);
    await alive(pool);
  }
  await pool.shutdown();
});

it('rejects what waits where the limits let no worker start', async () => {
  const pool = new Pool({ workers: 1, resourceLimits: { maxOldGenerationSizeMb: 8 } });
  const outcomes = await Promise.allSettled([pool.run(() => 1), pool.run(() => 2)]);
  for (const { status, reason } of outcomes) {
    if (status === 'rejected') assert.match(reason.code, /^ERR_TASKLETS_(OUT_OF_MEMORY|WORKER_EXITED)$/);
  }
  await pool.kill();
});

it('limits that would end the whole process are refused', () => {
  const refused = { name: 'OptionRangeError', code: 'ERR_TASKLETS_OPTION_RANGE' };
  assert.throws(() => new Pool({ resourceLimits: { maxOldGenerationSizeMb: 1 } }), refused);
  assert.throws(() => new Pool({ resourceLimits: { stackSizeMb: 0.1 } }), refused);
});
