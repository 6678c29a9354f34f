'use strict';
// map() and the others over shared memory: the workers see that very memory.

const assert = require('node:assert/strict');
const { after, describe, it } = require('node:test');
const { Pool } = require('..');

const pool = new Pool({ workers: 2 });
after(() => pool.shutdown());

describe('a typed array over shared memory', () => {
  it('is not copied: what is written after the call, and before the workers come to it, is seen', async () => {
    const single = new Pool({ workers: 1 });
    const gate = new Int32Array(new SharedArrayBuffer(8));
    const held = single.run(
      (there) => {
        Atomics.store(there, 1, 1);
        Atomics.notify(there, 1);
        Atomics.wait(there, 0, 0);
      },
      { args: [gate] },
    );
    Atomics.wait(gate, 1, 0);
    const items = new Int32Array(new SharedArrayBuffer(4 * 1000));
    const mapped = single.map(items, (item) => item * 2);
    items.forEach((_, i) => Atomics.store(items, i, i + 1));
    Atomics.store(gate, 0, 1);
    Atomics.notify(gate, 0);
    await held;
    assert.deepEqual(
      await mapped,
      Int32Array.from({ length: 1000 }, (_, i) => (i + 1) * 2),
    );
    await single.shutdown();
  });

  it('is handed to the function as it stands in the memory', async () => {
    const items = new Float32Array(new SharedArrayBuffer(4 * 5000), 8, 3000).map((_, i) => i);
    const window = new Float32Array(items.buffer, 40, 1000);
    const double = (item) => item * 2;
    assert.deepEqual(await pool.map(window, double), new Float32Array(window.map(double)));
    assert.equal(
      await pool.reduce(window, (a, b) => a + b, 0),
      window.reduce((a, b) => a + b, 0),
    );
    const odd = (item) => item % 2 === 1;
    assert.deepEqual(await pool.filter(window, odd), new Float32Array(window.filter(odd)));
  });

  it('gives results of their own', async () => {
    const items = new Uint8Array(new SharedArrayBuffer(16)).fill(1);
    const mapped = await pool.map(items, (item) => item + 1);
    assert.ok(mapped.buffer instanceof ArrayBuffer);
    assert.deepEqual(items, new Uint8Array(items.buffer).fill(1));
    const sorted = await pool.sort(items, (a, b) => b - a);
    assert.notEqual(sorted.buffer, items.buffer);
  });
});
