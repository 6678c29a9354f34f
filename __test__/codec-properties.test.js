'use strict';
// Any value whatever arrives equal to what was sent, and as structured clone would have sent it.

const assert = require('node:assert/strict');
const { describe, it } = require('node:test');
const fc = require('fast-check');
const { RoundTrip, send } = require('./fixtures/round-trip.js');

/** The seed is printed by fast-check in its report of a failure; TASKLETS_SEED runs that one again. */
const seed = process.env.TASKLETS_SEED === undefined ? undefined : Number(process.env.TASKLETS_SEED);
const check = (property, numRuns = 1000) => fc.assert(property, { numRuns, seed });

const options = {
  withBigInt: true,
  withDate: true,
  withMap: true,
  withSet: true,
  withTypedArray: true,
  withSparseArray: true,
  withBoxedValues: true,
  withObjectString: true,
  withUnicodeString: true,
  maxDepth: 4,
  maxKeys: 8,
};

/** Invalid dates are equal to nothing, for assert. */
const isComparable = (value) => !JSON.stringify(value, replaceBigInt)?.includes('"invalid date"');
function replaceBigInt(key, value) {
  const own = this[key];
  if (own instanceof Date && Number.isNaN(own.getTime())) return 'invalid date';
  if (typeof value === 'bigint') return 'bigint';
  return own instanceof Map || own instanceof Set ? [...own] : value;
}
const anything = (more) => fc.anything({ ...options, ...more }).filter(isComparable);

/** Objects of every container, connected at random: cycles and shared references. */
const graph = fc
  .record({
    kinds: fc.array(fc.constantFrom('object', 'array', 'map', 'mapKey', 'set', 'null', 'error'), {
      minLength: 1,
      maxLength: 60,
    }),
    edges: fc.array(fc.tuple(fc.nat(), fc.nat()), { maxLength: 200 }),
  })
  .map(({ kinds, edges }) => {
    const make = {
      object: () => ({}),
      array: () => [],
      map: () => new Map(),
      mapKey: () => new Map(),
      set: () => new Set(),
      null: () => Object.create(null),
      error: () => new Error('node'),
    };
    const nodes = kinds.map((kind) => make[kind]());
    edges.forEach(([from, to], i) => {
      const source = nodes[from % nodes.length];
      const target = nodes[to % nodes.length];
      if (Array.isArray(source)) source.push(target);
      else if (source instanceof Map && kinds[from % nodes.length] === 'map') source.set(i, target);
      else if (source instanceof Map) source.set(target, i);
      else if (source instanceof Set) source.add(target);
      else source[`key${i % 5}`] = target;
    });
    return nodes;
  });

/** Whether two graphs are the same, object for object: a one-to-one walk over both. */
function assertSameGraph(a, b) {
  const partner = new Map();
  const taken = new Set();
  const walk = [[a, b]];
  while (walk.length > 0) {
    const [x, y] = walk.pop();
    if (typeof x !== 'object' || x === null) {
      assert.equal(y, x);
      continue;
    }
    if (partner.has(x)) {
      assert.equal(partner.get(x), y);
      continue;
    }
    assert.equal(taken.has(y), false);
    partner.set(x, y);
    taken.add(y);
    assert.equal(Object.getPrototypeOf(y), Object.getPrototypeOf(x));
    const parts = (o) =>
      o instanceof Map ? [...o].flat() : o instanceof Set ? [...o] : Object.keys(o).flatMap((k) => [k, o[k]]);
    const [left, right] = [parts(x), parts(y)];
    assert.equal(right.length, left.length);
    left.forEach((value, i) => walk.push([value, right[i]]));
  }
}

describe('any value', () => {
  it('arrives equal', () => {
    check(fc.property(anything({ withNullPrototype: true }), (value) => assert.deepEqual(send(value), value)));
  });

  it('arrives as structured clone would have sent it', () => {
    check(fc.property(anything(), (value) => assert.deepEqual(send(value), structuredClone(value))));
  });

  it('arrives among arguments', () => {
    check(
      fc.property(fc.array(anything(), { maxLength: 4 }), (args) => assert.deepEqual(send(args, { args: true }), args)),
      300,
    );
  });

  it('arrives equal when it is sent again, by then by functions made for its shapes', () => {
    const round = new RoundTrip();
    check(
      fc.property(anything(), (value) => {
        for (let i = 0; i < 20; i++) assert.deepEqual(round.send([value, i]), [value, i]);
      }),
      100,
    );
  });

  it('strings, whatever they are made of', () => {
    const string = fc.oneof(fc.string({ maxLength: 200 }), fc.string({ unit: 'binary', maxLength: 200 }));
    const units = fc.array(fc.nat(0xffff), { maxLength: 150 }).map((codes) => String.fromCharCode(...codes));
    check(fc.property(fc.array(fc.oneof(string, units)), (strings) => assert.deepEqual(send(strings), strings)));
  });

  it('numbers, whatever they are', () => {
    const number = fc.oneof(fc.double(), fc.integer(), fc.float(), fc.maxSafeInteger());
    check(fc.property(fc.array(number), (numbers) => assert.deepEqual(send(numbers), numbers)));
  });

  it('graphs of objects keep their form', () => {
    check(fc.property(graph, (nodes) => assertSameGraph(nodes, send(nodes))));
  });

  it('views of one buffer keep what they share', () => {
    const view = fc.tuple(
      fc.constantFrom(Uint8Array, Int16Array, Float32Array, Float64Array, DataView),
      fc.nat(15),
      fc.nat(3),
    );
    check(
      fc.property(fc.array(view, { maxLength: 8 }), fc.boolean(), (views, whole) => {
        const bytes = Uint8Array.from({ length: 160 }, (_, i) => i);
        const value = views.map(([Class, at, length]) => new Class(bytes.buffer, at * 8, length));
        const arrived = send(whole ? [...value, bytes] : value);
        value.forEach((one, i) => {
          assert.deepEqual(arrived[i], one);
          assert.equal(arrived[i].buffer, arrived[0].buffer);
        });
        if (whole) assert.deepEqual(arrived.at(-1), bytes);
      }),
    );
  });
});
