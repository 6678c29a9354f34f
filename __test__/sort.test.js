'use strict';
// sort(), beside what JavaScript's own gives for the same items.
/* oxlint-disable no-sparse-arrays -- holes are among what is tested */

const assert = require('node:assert/strict');
const { after, describe, it } = require('node:test');
const { AbortError, Pool } = require('..');

const pool = new Pool({ workers: 2 });
after(() => pool.shutdown());

const seed = Number(process.env.SEED ?? Date.now() % 2 ** 31);
console.log(`SEED=${seed}`);

/** mulberry32: small, and the same everywhere. */
function generator(state) {
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}
const random = generator(seed);

const sizes = [0, 1, 2, 63, 64, 65, 1000, 8191, 8192, 30_011];
const floats = [Float32Array, Float64Array];
if (typeof Float16Array === 'function') floats.push(Float16Array);
const integers = [Int8Array, Uint8Array, Uint8ClampedArray, Int16Array, Uint16Array, Int32Array, Uint32Array];

describe('sort of typed arrays', () => {
  it('is by value', async () => {
    for (const length of sizes) {
      for (const Kind of [...integers, ...floats]) {
        const items = Kind.from({ length }, () => (random() - 0.5) * 2 ** 33);
        const before = items.slice();
        assert.deepEqual(await pool.sort(items), items.slice().sort(), `${Kind.name} ${length}`);
        assert.deepEqual(items, before);
      }
      for (const Kind of [BigInt64Array, BigUint64Array]) {
        const items = Kind.from({ length }, () => BigInt(Math.floor((random() - 0.5) * 2 ** 52)) ** 2n);
        assert.deepEqual(await pool.sort(items), items.slice().sort(), `${Kind.name} ${length}`);
      }
    }
  });

  it('puts -0 before 0 and NaN last', async () => {
    const special = [NaN, 0, -0, Infinity, -Infinity, -NaN, 1e-320, -1e-320];
    for (const Kind of floats) {
      const items = Kind.from({ length: 10_000 }, () => special[Math.floor(random() * special.length)]);
      const [sorted, expected] = [await pool.sort(items), items.slice().sort()];
      // deepEqual compares the bits, of which NaN has many.
      assert.ok(sorted.every((item, i) => Object.is(item, expected[i])));
    }
  });

  it('is by a comparator where there is one', async () => {
    for (const length of sizes) {
      const items = Int32Array.from({ length }, () => random() * 1000);
      const descending = (a, b) => b - a;
      assert.deepEqual(await pool.sort(items, descending), items.slice().sort(descending));
    }
  });

  it('tells its progress at the end', async () => {
    for (const length of [10, 10_000]) {
      const seen = [];
      await pool.sort(new Float64Array(length), undefined, { onProgress: (progress) => seen.push(progress) });
      assert.deepEqual(seen, [{ completed: length, total: length, percentage: 100 }]);
    }
  });

  it('takes Buffers and shared memory', async () => {
    assert.deepEqual(await pool.sort(Buffer.from('sorted')), Buffer.from('deorst'));
    const shared = new Float64Array(new SharedArrayBuffer(8 * 20_000)).map(() => random());
    assert.deepEqual(await pool.sort(shared), new Float64Array(shared).sort());
  });

  it('can be given up', async () => {
    const controller = new AbortController();
    const sorted = pool.sort(Float64Array.from({ length: 200_000 }, random), undefined, { signal: controller.signal });
    controller.abort('enough');
    await assert.rejects(sorted, (error) => error instanceof AbortError && error.cause === 'enough');
  });
});

describe('sort of arrays', () => {
  it('is by text without a comparator', async () => {
    for (const length of sizes) {
      const items = Array.from({ length }, () => Math.floor(random() * 5000) - 100);
      assert.deepEqual(await pool.sort(items), items.slice().sort());
    }
    const mixed = ['b', 10, 9, null, true, { toString: () => 'aaa' }, [3, 1], '\ud83d\ude00', '\uffee', 'a'];
    assert.deepEqual(await pool.sort(mixed), mixed.slice().sort());
  });

  it('refuses what has no text, as JavaScript does', async () => {
    await assert.rejects(pool.sort([Symbol('b'), Symbol('a')]), TypeError);
    await assert.rejects(pool.sort([Object.create(null)]), TypeError);
  });

  it('is stable, and gives the very items', async () => {
    const items = Array.from({ length: 20_000 }, (_, i) => ({ key: Math.floor(random() * 50), i }));
    const byKey = (a, b) => a.key - b.key;
    const sorted = await pool.sort(items, byKey);
    const expected = items.slice().sort(byKey);
    assert.ok(sorted.every((item, i) => item === expected[i]));
  });

  it('leaves the array that it is given alone', async () => {
    const items = [3, 1, 2];
    assert.deepEqual(await pool.sort(items, (a, b) => a - b), [1, 2, 3]);
    assert.deepEqual(items, [3, 1, 2]);
  });

  it('puts undefined last, then the holes', async () => {
    const items = [3, undefined, , 1, undefined, , 2];
    const sorted = await pool.sort(items, (a, b) => a - b);
    assert.deepEqual(
      sorted,
      items.slice().sort((a, b) => a - b),
    );
    assert.equal(5 in sorted, false);
    assert.deepEqual(await pool.sort([undefined, , undefined]), [undefined, undefined, ,]);
    assert.deepEqual(await pool.sort([]), []);
  });

  it('gives each item once, whatever the comparator answers', async () => {
    const items = Array.from({ length: 10_000 }, (_, i) => i);
    for (const compare of [() => Math.random() - 0.5, () => 1, () => -1, () => NaN, () => undefined]) {
      const sorted = await pool.sort(items, compare);
      assert.deepEqual(
        sorted.sort((a, b) => a - b),
        items,
      );
    }
  });

  it('rejects with what the comparator throws', async () => {
    const items = Array.from({ length: 1000 }, (_, i) => ({ i }));
    const fail = () => {
      throw new RangeError('incomparable');
    };
    await assert.rejects(pool.sort(items, fail), { name: 'RangeError', message: 'incomparable' });
    assert.throws(() => pool.sort([1], 'ascending'), /comparator must be a function/);
  });

  it('takes functions as items, and iterables', async () => {
    const items = [() => 3, () => 1, () => 2];
    assert.deepEqual(await pool.sort(items, (a, b) => a() - b()), [items[1], items[2], items[0]]);
    assert.deepEqual(await pool.sort(new Set(['c', 'a', 'b'])), ['a', 'b', 'c']);
  });
});
