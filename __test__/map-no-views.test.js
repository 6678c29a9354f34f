'use strict';
// map() and the others where the runtime allows no ArrayBuffer over native memory: the same results, by ordinary tasks.

const assert = require('node:assert/strict');
const { after, before, describe, it } = require('node:test');
const native = require('../lib/native.js');
const { Pool } = require('..');

const pool = new Pool({ workers: 2 });

describe('without views of native memory', () => {
  const { memory } = native.Session.prototype;
  let asked = 0;

  before(() => {
    native.Session.prototype.memory = () => {
      asked++;
      throw new Error('this runtime allows no ArrayBuffer over native memory');
    };
  });
  after(() => {
    native.Session.prototype.memory = memory;
    return pool.shutdown();
  });

  const down = (a, b) => b - a;
  const odd = (item) => item % 2 === 1;
  const add = (a, b) => a + b;
  const triple = (item) => item * 3;
  const numbers = Float64Array.from({ length: 3000 }, (_, i) => (i * 7) % 1000);
  const kinds = {
    'a typed array': numbers,
    'a typed array over shared memory': new Float64Array(new SharedArrayBuffer(8 * numbers.length)),
    'an array of numbers': [...numbers],
  };
  kinds['a typed array over shared memory'].set(numbers);

  for (const [name, items] of Object.entries(kinds)) {
    it(`works over ${name}`, async () => {
      const before = asked;
      const list = [...items];
      const mapped = await pool.map(items, triple);
      assert.equal(mapped.constructor, items.constructor);
      assert.deepEqual([...mapped], list.map(triple));
      assert.deepEqual([...(await pool.filter(items, odd))], list.filter(odd));
      assert.equal(await pool.reduce(items, add, 0), list.reduce(add, 0));
      assert.deepEqual([...(await pool.sort(items, down))], [...list].sort(down));
      assert.deepEqual([...(await pool.sort(items))], [...items.slice().sort()]);
      await pool.forEach(items, odd);
      assert.ok(asked > before);
    });
  }

  it('works over objects', async () => {
    const objects = Array.from(numbers, (number) => ({ number }));
    const numberOf = ({ number }) => number;
    assert.deepEqual(await pool.map(objects, numberOf), [...numbers]);
    const sorted = await pool.sort(objects, (a, b) => a.number - b.number);
    assert.deepEqual(
      sorted.map(numberOf),
      [...numbers].sort((a, b) => a - b),
    );
  });
});
