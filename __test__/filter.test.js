'use strict';
// filter() and forEach().
/* oxlint-disable no-sparse-arrays -- holes are among what is tested */

const assert = require('node:assert/strict');
const { after, describe, it } = require('node:test');
const { Pool } = require('..');

const pool = new Pool({ workers: 2 });
after(() => pool.shutdown());

describe('filter', () => {
  it('keeps the order, in the kind of array that it was given', async () => {
    const items = Array.from({ length: 50_000 }, (_, i) => i * 7);
    const even = (item, index) => (item + index) % 3 === 0;
    assert.deepEqual(await pool.filter(items, even), items.filter(even));
    const typed = Uint32Array.from(items);
    assert.deepEqual(await pool.filter(typed, even), typed.filter(even));
    const big = BigInt64Array.from(items, BigInt);
    assert.deepEqual(
      await pool.filter(big, (item) => item % 2n),
      big.filter((item) => item % 2n),
    );
    assert.deepEqual(await pool.filter(Buffer.from('abc'), (byte) => byte !== 98), Buffer.from('ac'));
  });

  it('gives the very items', async () => {
    const items = [{ keep: true }, { keep: false }, { keep: true }];
    const kept = await pool.filter(items, ({ keep }) => keep);
    assert.equal(kept.length, 2);
    assert.equal(kept[0], items[0]);
    assert.equal(kept[1], items[2]);
  });

  it('passes over holes, keeps undefined, takes any answer', async () => {
    const answers = [1, '', 'x', 0, null, {}, NaN];
    assert.deepEqual(await pool.filter([, undefined, , 'a'], () => true), [undefined, 'a']);
    assert.deepEqual(await pool.filter(answers, (answer) => answer), answers.filter(Boolean));
    assert.deepEqual(await pool.filter([], () => true), []);
  });

  it('takes functions as items', async () => {
    const items = [() => true, () => false];
    assert.deepEqual(await pool.filter(items, (item) => item()), [items[0]]);
  });
});

describe('forEach', () => {
  it('calls for each item once, and gives nothing', async () => {
    const counts = new Int32Array(new SharedArrayBuffer(4 * 5000));
    const items = Array.from({ length: 5000 }, (_, i) => i);
    const count = (item, index) => Atomics.add(counts, index, item === index ? 1 : 100);
    assert.equal(await pool.forEach(items, count), undefined);
    assert.ok(counts.every((value) => value === 1));
  });
});
