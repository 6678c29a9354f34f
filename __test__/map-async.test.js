'use strict';
// map() and the others with functions that answer later.
/* oxlint-disable no-sparse-arrays -- holes are among what is tested */

const assert = require('node:assert/strict');
const { after, describe, it } = require('node:test');
const { Pool } = require('..');

const pool = new Pool({ workers: 2 });
after(() => pool.shutdown());

const numbers = Array.from({ length: 500 }, (_, i) => i);

describe('an async function', () => {
  it('maps arrays, typed arrays and anything else, in order', async () => {
    const later = async (item, index) => {
      await new Promise(setImmediate);
      return item + index;
    };
    assert.deepEqual(
      await pool.map(numbers, later),
      numbers.map((item) => item * 2),
    );
    const typed = Float32Array.from(numbers);
    assert.deepEqual(
      await pool.map(typed, later),
      typed.map((item) => item * 2),
    );
    assert.deepEqual(await pool.map(['a', , 'b'], later), ['a0', , 'b2']);
  });

  it('is called for the items of a chunk at once', async () => {
    const counts = new Int32Array(new SharedArrayBuffer(8));
    const together = async (item) => {
      Atomics.add(counts, 0, 1);
      await new Promise(setImmediate);
      Atomics.store(counts, 1, Math.max(Atomics.load(counts, 1), Atomics.load(counts, 0)));
      Atomics.sub(counts, 0, 1);
      return item;
    };
    await pool.map(numbers, together, { chunk: 50 });
    assert.ok(counts[1] >= 50);
  });

  it('filters, reduces and is called for each', async () => {
    const sum = numbers.reduce((a, b) => a + b);
    assert.deepEqual(
      await pool.filter(numbers, async (item) => item % 5 === 0),
      numbers.filter((item) => item % 5 === 0),
    );
    assert.equal(await pool.reduce(numbers, async (a, b) => a + b, 0), sum);
    const total = new Int32Array(new SharedArrayBuffer(4));
    const add = async (item) => void Atomics.add(total, 0, item);
    assert.equal(await pool.forEach(numbers, add), undefined);
    assert.equal(total[0], sum);
  });

  it('rejects with the error of an item, and stops the rest', async () => {
    const calls = new Int32Array(new SharedArrayBuffer(4));
    const fail = async (item) => {
      Atomics.add(calls, 0, 1);
      if (item === 3) throw new RangeError('three');
      await new Promise(setImmediate);
    };
    await assert.rejects(pool.map(numbers, fail, { chunk: 1 }), { name: 'RangeError', message: 'three' });
    assert.ok(calls[0] < numbers.length);
  });
});

describe('a function that turns out to return promises', () => {
  const calls = new Int32Array(new SharedArrayBuffer(4 * numbers.length));
  const once = () => {
    assert.ok(calls.every((count) => count === 1));
    calls.fill(0);
  };

  it('is called once for each item all the same', async () => {
    const counting = (item, index) => {
      Atomics.add(calls, index, 1);
      return Promise.resolve(item * 2);
    };
    const doubled = numbers.map((item) => item * 2);
    assert.deepEqual(await pool.map(numbers, counting), doubled);
    once();
    assert.deepEqual(await pool.map(Int16Array.from(numbers), counting), Int16Array.from(doubled));
    once();
    assert.deepEqual(await pool.map(numbers.map(String), counting), doubled);
    once();
    assert.deepEqual(await pool.filter(numbers, counting), numbers.slice(1));
    once();
    await pool.forEach(numbers, counting);
    once();
  });

  it('may begin with values', async () => {
    const sometimes = (item) => (item % 100 === 99 ? Promise.resolve('later') : item);
    const expected = numbers.map((item) => (item % 100 === 99 ? 'later' : item));
    assert.deepEqual(await pool.map(numbers, sometimes), expected);
  });

  it('rejects with the rejection of an item', async () => {
    const fail = (item) => (item === 40 ? Promise.reject(new TypeError('forty')) : Promise.resolve(item));
    await assert.rejects(pool.map(numbers, fail), { name: 'TypeError', message: 'forty' });
  });

  it('is refused where the next call needs the result of the one before', async () => {
    await assert.rejects(
      pool.reduce(numbers, (a, b) => Promise.resolve(a + b), 0),
      /declare it as an async function/,
    );
    await assert.rejects(
      pool.sort(numbers, (a, b) => Promise.resolve(a - b)),
      /must answer at once/,
    );
    assert.throws(() => pool.sort(numbers, async (a, b) => a - b), /must answer at once/);
  });
});
