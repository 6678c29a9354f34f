'use strict';
// What is one object on this side is one object on the other: cycles, shared references, however deep and many.

const assert = require('node:assert/strict');
const { describe, it } = require('node:test');
const { send } = require('./fixtures/round-trip.js');

describe('identity', () => {
  it('of an object that contains itself', () => {
    const value = { name: 'loop' };
    value.self = value;
    value.list = [value, { value }];
    value.map = new Map([[value, value]]);
    value.set = new Set([value]);
    const arrived = send(value);
    assert.equal(arrived.self, arrived);
    assert.equal(arrived.list[0], arrived);
    assert.equal(arrived.list[1].value, arrived);
    assert.equal(arrived.map.get(arrived), arrived);
    assert.ok(arrived.set.has(arrived));
    assert.notEqual(arrived, value);
  });

  it('of an object that several arguments share', () => {
    const config = { a: 1 };
    const [first, second] = send([config, { config }], { args: true });
    assert.equal(first, second.config);
  });

  it('of objects of every kind', () => {
    for (const make of [
      () => [],
      () => ({}),
      () => Object.create(null),
      () => new Date(),
      () => /x/,
      () => new Map(),
      () => new Set(),
      () => Object(1),
      () => Object('a'),
      () => new Error('x'),
      () => new URL('http://x'),
      () => new URLSearchParams('a'),
      () => Buffer.from('x'),
      () => new Uint8Array(3),
      () => new ArrayBuffer(3),
      () => [0.5, 1.5],
      () => [1, , 2], // eslint-disable-line no-sparse-arrays
      () => /a/.exec('a'),
    ]) {
      const one = make();
      const marker = { last: true };
      const arrived = send([marker, one, one, { one }, marker]);
      assert.equal(arrived[1], arrived[2], String(make));
      assert.equal(arrived[1], arrived[3].one, String(make));
      assert.equal(arrived[0], arrived[4], String(make));
      assert.deepEqual(arrived[1], one);
    }
  });

  it('among a thousand objects', () => {
    for (const count of [5, 30, 31, 32, 33, 34, 100, 1000]) {
      const objects = Array.from({ length: count }, (_, i) => ({ i }));
      const arrived = send([objects, objects.toReversed(), new Set(objects)]);
      for (let i = 0; i < count; i++) assert.equal(arrived[0][i], arrived[1][count - 1 - i]);
      assert.deepEqual([...arrived[2]], arrived[0]);
      assert.equal(arrived[2].has(arrived[0][0]), true);
    }
  });

  it('does not make equal objects one', () => {
    const arrived = send([{ a: 1 }, { a: 1 }, [], []]);
    assert.notEqual(arrived[0], arrived[1]);
    assert.notEqual(arrived[2], arrived[3]);
  });

  it('of the same object in two messages is not kept', () => {
    const value = { a: 1 };
    assert.notEqual(send(value), send(value));
  });
});

describe('depth', () => {
  it('of a linked list of 100,000 objects', () => {
    let list = null;
    for (let i = 0; i < 100_000; i++) list = { i, next: list };
    let arrived = send(list);
    for (let i = 99_999; i >= 0; i--) {
      assert.equal(arrived.i, i);
      arrived = arrived.next;
    }
    assert.equal(arrived, null);
  });

  it('of every container in turns', () => {
    let value = { end: true };
    const wrap = [
      (x) => [x],
      (x) => ({ x }),
      (x) => Object.assign(Object.create(null), { x }),
      (x) => new Map([['x', x]]),
      (x) => new Map([[x, 'x']]),
      (x) => new Set([x]),
      (x) => Object.assign(new Error('x', { cause: x }), { also: x }),
      (x) => Object.assign(/a/.exec('a'), { groups: { x } }),
      (x) => [1, , x], // eslint-disable-line no-sparse-arrays
    ];
    const unwrap = [
      (x) => x[0],
      (x) => x.x,
      (x) => x.x,
      (x) => x.get('x'),
      (x) => x.keys().next().value,
      (x) => x.values().next().value,
      (x) => x.cause,
      (x) => x.groups.x,
      (x) => x[2],
    ];
    for (let i = 0; i < 5000; i++) value = wrap[i % wrap.length](value);
    let arrived = send(value);
    for (let i = 4999; i >= 0; i--) arrived = unwrap[i % unwrap.length](arrived);
    assert.deepEqual(arrived, { end: true });
  });

  it('with references from the deepest to the first', () => {
    const first = {};
    let last = first;
    for (let i = 0; i < 1000; i++) last = last.next = { first };
    const arrived = send(first);
    let deepest = arrived;
    while (deepest.next) deepest = deepest.next;
    assert.equal(deepest.first, arrived);
  });

  it('of a tree that is wide where it is deep', () => {
    const grow = (depth) => (depth === 0 ? [] : [grow(depth - 1), { leaf: depth }, new Set([depth])]);
    const tree = grow(400);
    let arrived = send(tree);
    for (let depth = 400; depth > 0; depth--) {
      assert.deepEqual(arrived.slice(1), [{ leaf: depth }, new Set([depth])]);
      arrived = arrived[0];
    }
  });
});
