'use strict';
// reduce(): stretches are combined, then what came of them, in order.
/* oxlint-disable no-sparse-arrays -- holes are among what is tested */

const assert = require('node:assert/strict');
const { after, describe, it } = require('node:test');
const { Pool } = require('..');

const pool = new Pool({ workers: 2 });
after(() => pool.shutdown());

describe('reduce', () => {
  it('combines in order, beginning with the initial value, once', async () => {
    const items = Array.from({ length: 3000 }, (_, i) => `${i},`);
    assert.equal(await pool.reduce(items, (a, b) => a + b, '>'), `>${items.join('')}`);
    assert.equal(await pool.reduce(items, (a, b) => a + b, '>', { chunk: 7 }), `>${items.join('')}`);
  });

  it('takes typed arrays and objects', async () => {
    const numbers = Int32Array.from({ length: 100_000 }, (_, i) => i);
    assert.equal(
      await pool.reduce(numbers, (a, b) => (a + b) | 0, 5),
      numbers.reduce((a, b) => (a + b) | 0, 5),
    );
    const big = BigUint64Array.from({ length: 1000 }, (_, i) => BigInt(i));
    assert.equal(await pool.reduce(big, (a, b) => a + b, 0n), 499_500n);
    const points = Array.from({ length: 1000 }, (_, i) => ({ x: i, y: -i }));
    const add = (a, b) => ({ x: a.x + b.x, y: a.y + b.y });
    assert.deepEqual(await pool.reduce(points, add, { x: 0, y: 0 }), { x: 499_500, y: -499_500 });
  });

  it('gives the initial value for nothing, and needs one then', async () => {
    const initial = { any: 1 };
    assert.equal(await pool.reduce([], (a) => a, initial), initial);
    assert.equal(await pool.reduce([, ,], (a) => a, 5), 5);
    await assert.rejects(
      pool.reduce([], (a) => a),
      /no initial value/,
    );
    assert.equal(await pool.reduce([4], (a) => a), 4);
    assert.equal(await pool.reduce([4, , 5], (a, b) => a * b), 20);
  });
});
