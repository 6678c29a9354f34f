'use strict';
// A task does not wait behind a long one while others that came later are run.

const assert = require('node:assert/strict');
const { test } = require('node:test');
const { Pool } = require('..');

test('what a busy worker has fetched is run by another one, though later tasks keep coming', async () => {
  const pool = new Pool({ workers: 2 });
  const gate = new Int32Array(new SharedArrayBuffer(4));
  const wait = pool.task((cell) => Atomics.wait(cell, 0, 0));
  const noop = pool.task((value) => value);
  await Promise.all([noop(0), noop(1), noop(2)]);

  let later = 0;
  let reached = false;
  // In one go, so that one worker fetches the long one and its neighbours together.
  const long = wait(gate);
  const early = Promise.all(Array.from({ length: 30 }, (_, index) => noop(index))).then(() => (reached = true));
  const stream = async () => {
    while (!reached && later++ < 500_000) await noop(later);
  };
  await Promise.all(Array.from({ length: 100 }, stream));
  assert.ok(reached, `${later} later tasks ran before those behind the long one`);
  await early;

  Atomics.store(gate, 0, 1);
  Atomics.notify(gate, 0);
  await long;
  await pool.shutdown();
});
