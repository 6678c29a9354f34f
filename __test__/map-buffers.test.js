'use strict';
// Buffers as items: each operation sees them as they were at the call, and leaves them alone. A Buffer's own slice() is a
// view, unlike that of every other typed array.

const assert = require('node:assert/strict');
const { after, describe, it } = require('node:test');
const { Pool } = require('..');

const pool = new Pool({ workers: 2 });
after(() => pool.shutdown());

const LENGTH = 2000;
const ones = () => Buffer.alloc(LENGTH, 1);

/** Each operation, and what it gives for a Buffer of ones. */
const operations = {
  map: [(items) => pool.map(items, (x) => x), ones()],
  'async map': [(items) => pool.map(items, async (x) => x), ones()],
  filter: [(items) => pool.filter(items, (x) => x > 0), ones()],
  'async filter': [(items) => pool.filter(items, async (x) => x > 0), ones()],
  reduce: [(items) => pool.reduce(items, (a, b) => a + b), LENGTH],
  'async reduce': [(items) => pool.reduce(items, async (a, b) => a + b), LENGTH],
  sort: [(items) => pool.sort(items), ones()],
  'sort by a comparator': [(items) => pool.sort(items, (a, b) => b - a), ones()],
};

for (const [name, [operate, expected]] of Object.entries(operations)) {
  it(`${name} sees the items as they were at the call`, async () => {
    const items = ones();
    const result = operate(items);
    items.fill(0);
    assert.deepEqual(await result, expected);
    assert.ok(items.every((item) => item === 0));
  });
}

describe('sort', () => {
  it('leaves the Buffer alone and shares no memory with it', async () => {
    const items = Buffer.from([3, 1, 2, 9, 4]);
    const ascending = await pool.sort(items);
    assert.deepEqual(ascending, Buffer.from([1, 2, 3, 4, 9]));
    const descending = await pool.sort(items, (a, b) => b - a);
    assert.deepEqual(descending, Buffer.from([9, 4, 3, 2, 1]));
    assert.deepEqual(items, Buffer.from([3, 1, 2, 9, 4]));
    for (const sorted of [ascending, descending]) sorted.fill(7);
    assert.deepEqual(items, Buffer.from([3, 1, 2, 9, 4]));
  });
});
