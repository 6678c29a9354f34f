'use strict';
// map(): what comes back, for every kind of items.
/* oxlint-disable no-sparse-arrays -- holes are among what is tested */

const assert = require('node:assert/strict');
const { after, describe, it } = require('node:test');
const { AbortError, InvalidArgumentError, InvalidOptionError, Pool } = require('..');

const pool = new Pool({ workers: 2 });
after(() => pool.shutdown());

const kinds = [
  Int8Array,
  Uint8Array,
  Uint8ClampedArray,
  Int16Array,
  Uint16Array,
  Int32Array,
  Uint32Array,
  Float32Array,
  Float64Array,
];
if (typeof Float16Array === 'function') kinds.push(Float16Array);

describe('map', () => {
  it('keeps the order and gives the index', async () => {
    const items = Array.from({ length: 100_000 }, (_, i) => i);
    const square = (item, index) => item * item + index;
    assert.deepEqual(await pool.map(items, square), items.map(square));
  });

  it('takes the characters of a string', async () => {
    assert.deepEqual(await pool.map('añ😀', (letter, index) => `${index}${letter}`), ['0a', '1ñ', '2😀']);
    assert.deepEqual(await pool.sort('cab'), ['a', 'b', 'c']);
    assert.equal(await pool.reduce('abc', (a, b) => a + b), 'abc');
    assert.deepEqual(await pool.map('', (letter) => letter), []);
  });

  it('gives nothing for nothing', async () => {
    assert.deepEqual(await pool.map([], (item) => item), []);
    assert.deepEqual(await pool.map(new Float32Array(0), (item) => item), new Float32Array(0));
    assert.deepEqual(await pool.map(new Set(), (item) => item), []);
  });

  it('passes over holes and keeps them', async () => {
    const items = ['a', , undefined, { b: 1 }, , ,];
    const mapped = await pool.map(items, (item) => [item]);
    assert.deepEqual(mapped, [['a'], , [undefined], [{ b: 1 }], , ,]);
    assert.equal(1 in mapped, false);
    assert.equal(2 in mapped, true);
    assert.equal(mapped.length, 6);
  });

  it('gives typed arrays of the same kind, with the conversions of that kind', async () => {
    for (const Kind of kinds) {
      const items = Kind.from({ length: 3000 }, (_, i) => i * 3 - 700);
      const double = (item, index) => item * 2 + index / 2;
      assert.deepEqual(await pool.map(items, double), items.map(double), Kind.name);
    }
    for (const Kind of [BigInt64Array, BigUint64Array]) {
      const items = Kind.from({ length: 3000 }, (_, i) => BigInt(i) << 40n);
      const shift = (item, index) => item * 3n - BigInt(index);
      assert.deepEqual(await pool.map(items, shift), items.map(shift), Kind.name);
    }
  });

  it('gives a Buffer for a Buffer', async () => {
    const items = Buffer.from('parallel');
    const mapped = await pool.map(items, (byte) => byte - 32);
    assert.ok(Buffer.isBuffer(mapped));
    assert.equal(mapped.toString(), 'PARALLEL');
  });

  it('sees only the window of a typed array', async () => {
    const whole = Int32Array.from({ length: 100 }, (_, i) => i);
    assert.deepEqual(await pool.map(whole.subarray(10, 13), (item) => -item), Int32Array.of(-10, -11, -12));
  });

  it('keeps the sign of zero, NaN and the infinities', async () => {
    const items = [0, -0, NaN, Infinity, -Infinity, 2 ** 53, 5e-324];
    assert.deepEqual(await pool.map(items, (item) => item), items);
  });

  it('lets numbers become anything else, even in the middle', async () => {
    const items = Array.from({ length: 10_000 }, (_, i) => i);
    const mixed = (item) => (item % 1000 === 999 ? `${item}` : item % 1000 === 500 ? undefined : item / 2);
    assert.deepEqual(await pool.map(items, mixed), items.map(mixed));
  });

  it('takes values of every kind, both ways', async () => {
    const items = [
      { a: [1, 2n] },
      new Map([[1, new Date(5)]]),
      'text',
      null,
      undefined,
      Symbol.for('s'),
      /x/g,
      new Set([1]),
    ];
    assert.deepEqual(
      await pool.map(items, (item) => ({ item })),
      items.map((item) => ({ item })),
    );
  });

  it('takes items that need more than bytes: functions, shared memory, large buffers', async () => {
    const shared = new Int32Array(new SharedArrayBuffer(8));
    const large = new Uint8Array(1 << 20).fill(7);
    const items = [() => 'called', { shared }, { large }];
    const results = await pool.map(items, (item) => {
      if (typeof item === 'function') return item();
      if (item.shared) return Atomics.add(item.shared, 1, 5);
      return item.large.length + item.large[99];
    });
    assert.deepEqual(results, ['called', 0, (1 << 20) + 7]);
    assert.equal(shared[1], 5);
  });

  it('takes iterables and async iterables', async () => {
    assert.deepEqual(await pool.map(new Set([3, 1, 2]), (item) => item + 1), [4, 2, 3]);
    async function* count() {
      for (let i = 0; i < 5; i++) yield { i };
    }
    assert.deepEqual(await pool.map(count(), ({ i }) => i * 10), [0, 10, 20, 30, 40]);
  });

  it('uses what the function has captured', async () => {
    const factor = { by: 3 };
    const scale = (item) => item * factor.by;
    assert.deepEqual(await pool.map([1, 2], (item) => scale(item) + 1), [4, 7]);
    assert.deepEqual(await pool.map([1, 2], (item) => item + given, { captures: { given: 10 } }), [11, 12]);
  });

  it('sees the items as they were at the call', async () => {
    const items = [{ n: 1 }, { n: 2 }];
    const numbers = Float64Array.of(1, 2);
    const promises = [pool.map(items, ({ n }) => n), pool.map(numbers, (n) => n)];
    items[0].n = items[1].n = 99;
    items.length = 1;
    numbers.fill(99);
    assert.deepEqual(await Promise.all(promises), [[1, 2], Float64Array.of(1, 2)]);
  });

  it('divides as it is told to, down to single items', async () => {
    const items = Array.from({ length: 1000 }, (_, i) => i);
    for (const chunk of [1, 7, 1000, 5000]) {
      assert.deepEqual(
        await pool.map(items, (item) => item + 1, { chunk }),
        items.map((item) => item + 1),
      );
      const texts = items.map(String);
      assert.deepEqual(
        await pool.map(texts, (item) => `${item}!`, { chunk }),
        texts.map((item) => `${item}!`),
      );
    }
  });

  it('runs many at a time', async () => {
    const items = Int32Array.from({ length: 2000 }, (_, i) => i);
    const calls = Array.from({ length: 20 }, (_, by) => pool.map(items, (item) => item * by, { captures: { by } }));
    const results = await Promise.all(calls);
    results.forEach((result, by) =>
      assert.deepEqual(
        result,
        items.map((item) => item * by),
      ),
    );
  });

  it('tells how far it has come, and the end', async () => {
    const seen = [];
    const items = new Float64Array(100_000);
    await pool.map(items, (item) => item, { onProgress: (progress) => seen.push(progress) });
    assert.deepEqual(seen.at(-1), { completed: 100_000, total: 100_000, percentage: 100 });
    for (let i = 1; i < seen.length; i++) assert.ok(seen[i].completed >= seen[i - 1].completed);
  });

  it('rejects with what onProgress throws', async () => {
    const onProgress = () => {
      throw new RangeError('enough');
    };
    await assert.rejects(
      pool.map([1], (item) => item, { onProgress }),
      { name: 'RangeError', message: 'enough' },
    );
  });

  it('refuses wrong use at the call', () => {
    assert.throws(() => pool.map(5, (item) => item), InvalidArgumentError);
    assert.throws(() => pool.map(null, (item) => item), /map\(\): the items must be/);
    assert.throws(() => pool.map([1], 'fn'), /map\(\): the function must be a function/);
    assert.throws(() => pool.map([1], (item) => item, { chunks: 5 }), InvalidOptionError);
    assert.throws(() => pool.map([1], (item) => item, { chunk: 0 }), RangeError);
    assert.throws(() => pool.map([1], (item) => item, { chunk: '5' }), TypeError);
    assert.throws(() => pool.map([1], (item) => item, { signal: {} }), /signal/);
    assert.throws(
      () =>
        pool.map(
          [1],
          pool.task((item) => item),
        ),
      /task\(\)/,
    );
  });

  it('rejects at once where the signal has aborted before', async () => {
    const signal = AbortSignal.abort(new Error('earlier'));
    await assert.rejects(
      pool.map([1], (item) => item, { signal }),
      (error) => {
        assert.ok(error instanceof AbortError);
        assert.equal(error.cause.message, 'earlier');
        return true;
      },
    );
  });
});
