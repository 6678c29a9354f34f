'use strict';
// Tests that replace timers by their own (jest's, sinon's) do not stop the engine.

const assert = require('node:assert/strict');
const { it, mock } = require('node:test');
const { Pool } = require('..');

it('tasks settle while the timers of this thread stand still', async () => {
  const real = { setImmediate, setTimeout, queueMicrotask };
  mock.timers.enable();
  try {
    globalThis.setImmediate = () => {};
    globalThis.setTimeout = () => {};
    const pool = new Pool({ workers: 2 });
    const square = pool.task((n) => n * n);
    for (let n = 0; n < 500; n++) assert.equal(await square(n), n * n);
    const many = await Promise.all(Array.from({ length: 500 }, (_, n) => square(n)));
    assert.equal(many[499], 499 * 499);
    await assert.rejects(
      pool.run(() => new Promise(() => {}), { timeout: 20 }),
      { name: 'TimeoutError' },
    );
    await pool.shutdown();
  } finally {
    Object.assign(globalThis, real);
    mock.timers.reset();
  }
});
