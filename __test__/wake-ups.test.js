'use strict';
// No task waits while a worker sleeps: a task that blocks its worker must not keep back those that came with it.

const assert = require('node:assert/strict');
const { describe, it } = require('node:test');
const { setTimeout: pause } = require('node:timers/promises');
const { Pool } = require('..');
const { random } = require('./fixtures/random.js');

/** A task that should have been let go within milliseconds gives up after this long. */
const LOST = 20_000;

describe('two tasks, of which the first waits for the second', () => {
  it('both end, however deep the workers sleep', { timeout: 120_000 }, async (t) => {
    const next = random(t);
    const pool = new Pool({ workers: 2 });
    const wait = pool.task((gate, limit) => Atomics.wait(gate, 0, 0, limit));
    const open = pool.task((gate) => {
      Atomics.store(gate, 0, 1);
      Atomics.notify(gate, 0);
    });
    const closed = () => new Int32Array(new SharedArrayBuffer(4));
    for (let round = 0; round < 1500; round++) {
      const gate = closed();
      const [woken] = await Promise.all([wait(gate, LOST), open(gate)]);
      assert.notEqual(woken, 'timed-out', `round ${round}`);
      // In the event loop, in the native park, about to park, still looking: wherever the workers are by then.
      const length = next() * 3;
      const end = performance.now() + length;
      if (round % 3 === 0) await pause(length);
      else while (performance.now() < end);
    }
    await pool.shutdown();
  });
});
