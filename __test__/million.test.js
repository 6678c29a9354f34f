'use strict';
// A million tasks that wait at once: all of them settle, with their own results.

const assert = require('node:assert/strict');
const { it } = require('node:test');
const { Pool } = require('..');

const COUNT = 1_000_000;

it('settles a million tasks that were queued at once, each once', { timeout: 300_000 }, async () => {
  const pool = new Pool({ workers: 2 });
  const gate = new Int32Array(new SharedArrayBuffer(4));
  const wait = pool.task((shared) => void Atomics.wait(shared, 0, 0));
  // Both workers are held, so that all of them do wait.
  const held = [wait(gate), wait(gate)];
  const settled = new Uint8Array(COUNT);
  const add = pool.task((n) => {
    if (n % 1000 === 7) throw new RangeError(`of ${n}`);
    return n + 1;
  });
  const wrong = [];
  const tasks = new Array(COUNT);
  for (let n = 0; n < COUNT; n++) {
    tasks[n] = add(n).then(
      (value) => {
        settled[n]++;
        if (value !== n + 1 || n % 1000 === 7) wrong.push([n, value]);
      },
      (error) => {
        settled[n]++;
        if (error.message !== `of ${n}` || n % 1000 !== 7) wrong.push([n, error]);
      },
    );
  }
  Atomics.store(gate, 0, 1);
  Atomics.notify(gate, 0);
  await Promise.all(held);
  await Promise.all(tasks);
  assert.deepEqual(wrong, []);
  assert.equal(settled.indexOf(0), -1);
  assert.ok(settled.every((times) => times === 1));
  await pool.shutdown();
});
