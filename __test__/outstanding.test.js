'use strict';
// The table of the tasks that a caller has outstanding: as large as they are many, whatever their ids.

const assert = require('node:assert/strict');
const { describe, it } = require('node:test');
const { Outstanding } = require('../lib/outstanding.js');

const shipped = { name: 'some' };
const resolve = () => {};

function outstanding(lastId) {
  const table = new Outstanding(
    () => {},
    () => {},
  );
  table.lastId = lastId;
  return table;
}

function add(table) {
  const slot = table.take();
  table.add(slot, resolve, shipped);
  return table.ids[slot];
}

describe('outstanding tasks', () => {
  for (const before of [0, 1023, 2 ** 20 - 1, 2 ** 26 - 700, 2 ** 26, 2 ** 31 - 3, 2 ** 32 - 900, 2 ** 40 + 2 ** 12]) {
    it(`have ids of their own, in a table that fits, after ${before} others`, () => {
      const table = outstanding(before);
      const ids = Array.from({ length: 50_000 }, () => add(table));
      assert.equal(new Set(ids).size, ids.length);
      assert.ok(
        ids.every((id, n) => id > (ids[n - 1] ?? before)),
        'they go up',
      );
      assert.ok(table.resolves.length <= 4 * 65_536, `${table.resolves.length} slots`);
      // Every second one ends, and others come.
      for (const id of ids.filter((_, n) => n % 2 === 0)) table.free(table.slotOf(id));
      const more = Array.from({ length: 20_000 }, () => add(table));
      const left = [...ids.filter((_, n) => n % 2 === 1), ...more];
      assert.equal(new Set(left.map((id) => table.slotOf(id))).size, left.length);
      assert.ok(table.resolves.length <= 4 * 65_536, `${table.resolves.length} slots`);
      for (const id of left) table.free(table.slotOf(id));
      assert.equal(table.count, 0);
    });
  }

  it('may come one after another for ever', () => {
    const table = outstanding(2 ** 26 - 10_000);
    for (let n = 0; n < 20_000; n++) table.free(table.slotOf(add(table)));
    assert.equal(table.resolves.length, 1024);
  });
});
