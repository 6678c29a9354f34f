'use strict';
// A caller looks for what has arrived by itself, and leaves the event loop to others meanwhile.

const assert = require('node:assert/strict');
const { test } = require('node:test');
const { Pool } = require('..');

test('the event loop turns after the results that are there, where the program spends some time on each', async () => {
  const pool = new Pool({ workers: 2 });
  const noop = pool.task((value) => value);
  await Promise.all([noop(0), noop(1)]);
  const inFlight = 8;
  let next = 0;
  let since = 0;
  let most = 0;
  let immediate = setImmediate(function turn() {
    since = 0;
    immediate = setImmediate(turn);
  });
  // While it is busy with one result, others arrive.
  const loop = async () => {
    while (next < 400) {
      await noop(next++);
      most = Math.max(most, ++since);
      const until = performance.now() + 0.3;
      while (performance.now() < until);
    }
  };
  await Promise.all(Array.from({ length: inFlight }, loop));
  clearImmediate(immediate);
  assert.ok(most <= inFlight, `${most} results without a turn`);
  await pool.shutdown();
});
