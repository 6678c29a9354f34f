'use strict';
// What goes into the codec comes out the same: primitives, the objects of the language, arrays and plain objects.

const assert = require('node:assert/strict');
const { describe, it } = require('node:test');
const { send } = require('./fixtures/round-trip.js');

/** One test for each value of a table. */
function arrivesEqual(table) {
  for (const [name, value] of Object.entries(table)) {
    it(name, () => {
      assert.deepEqual(send(value), value);
      assert.deepEqual(send([value, { value }]), [value, { value }]);
    });
  }
}

describe('primitives arrive as they are', () => {
  arrivesEqual({
    undefined,
    null: null,
    true: true,
    false: false,
    NaN: NaN,
    'minus zero': -0,
    infinities: [Infinity, -Infinity],
    'integers at every border': [0, 1, 127, 128, 255, 256, 32767, 32768, 65535, 65536, 2 ** 31 - 1, 2 ** 31, 2 ** 32],
    'negative integers at every border': [-1, -128, -129, -32768, -32769, -(2 ** 31), -(2 ** 31) - 1, -(2 ** 53)],
    doubles: [0.1, -1.5, Number.MAX_VALUE, Number.MIN_VALUE, Number.EPSILON, 2 ** 53],
    bigints: [0n, 1n, -1n, 2n ** 63n - 1n, 2n ** 63n, -(2n ** 63n), -(2n ** 63n) - 1n, 2n ** 500n, -(2n ** 500n)],
    'registered symbols': [Symbol.for('a symbol'), Symbol.for('')],
    'well-known symbols': [Symbol.iterator, Symbol.asyncIterator, Symbol.toPrimitive, Symbol.hasInstance],
  });
});

describe('strings arrive as they are', () => {
  const lengths = [0, 1, 2, 8, 9, 10, 11, 12, 13, 20, 41, 42, 47, 48, 100, 127, 128, 129, 130, 4096, 70_000];
  const table = {};
  for (const length of lengths) {
    table[`${length} ASCII characters`] = 'abcdefghij'.repeat(length).slice(0, length);
    table[`${length} Latin characters`] = 'éàüß'.repeat(length).slice(0, length);
    table[`${length} wide characters`] = 'żółw🐢語'.repeat(length).slice(0, length);
  }
  arrivesEqual({
    ...table,
    'lone surrogates': ['\ud800', 'a\udc00b', '\ud800'.repeat(50), '\udfff\ud800'],
    'a long string whose last character is wide': 'x'.repeat(1000) + '語',
    'control characters': '\0\u0001\u007f\u0080\u00ff\u2028',
  });

  it('many strings of all sizes, some of them wide, in one message', () => {
    const strings = [];
    for (let i = 0; i < 2000; i++) strings.push((i % 50 === 0 ? 'ż' : 'x').repeat(i % 150));
    assert.deepEqual(send(strings), strings);
  });

  it('texts far beyond the size of a page', () => {
    const strings = Array.from({ length: 5000 }, (_, i) => `string number ${i}`);
    assert.deepEqual(send(strings), strings);
  });
});

describe('objects of the language arrive as they are', () => {
  arrivesEqual({
    'boxed primitives': [Object(1), Object('text'), Object(true), Object(10n), Object(Symbol.iterator)],
    dates: [new Date(0), new Date(-1), new Date('2024-02-29T12:00:00.123Z')],
    'regular expressions': [/a/, /a\/b/giu, /(?<name>x)/dy, new RegExp('')],
    'a Map with keys of every kind': new Map([
      ['a', 1],
      [1, { b: 2 }],
      [{ key: true }, [1]],
      [NaN, undefined],
      [new Map(), new Map([[1, 2]])],
    ]),
    'a Set': new Set([1, 'a', NaN, null, undefined, { a: 1 }, new Set([1])]),
    'an empty Map and Set': [new Map(), new Set()],
    URLs: [new URL('https://user:pass@example.com:8080/a/b?c=d#e'), new URL('data:text/plain,x')],
  });

  it('an invalid Date', () => assert.equal(Number.isNaN(send(new Date(NaN)).getTime()), true));

  it('the lastIndex of a regular expression', () => {
    const expression = /a/g;
    expression.lastIndex = 7;
    assert.equal(send(expression).lastIndex, 7);
    for (const [given, expected] of [
      ['2', 2],
      [{}, 0],
      [null, 0],
      [5n, 0],
    ]) {
      expression.lastIndex = given;
      const [arrived, next] = send([expression, 'next']);
      assert.equal(arrived.lastIndex, expected);
      assert.equal(next, 'next');
    }
  });

  it('URLSearchParams', () => {
    const params = send(new URLSearchParams('a=1&b=2&a=3'));
    assert.ok(params instanceof URLSearchParams);
    assert.deepEqual(
      [...params],
      [
        ['a', '1'],
        ['b', '2'],
        ['a', '3'],
      ],
    );
  });

  it('objects of another realm, as those of this one', () => {
    const value = require('node:vm').runInNewContext(`({
      date: new Date(5), map: new Map([[1, 2]]), set: new Set([3]), list: [1, 2], object: { a: 1 },
      bytes: new Uint8Array([1, 2, 3]), expression: /x/g, boxed: Object(1)
    })`);
    const arrived = send(value);
    assert.deepEqual(arrived, {
      date: new Date(5),
      map: new Map([[1, 2]]),
      set: new Set([3]),
      list: [1, 2],
      object: { a: 1 },
      bytes: new Uint8Array([1, 2, 3]),
      expression: /x/g,
      boxed: Object(1),
    });
  });
});

describe('arrays arrive as they are', () => {
  const sparse = [];
  sparse[5] = 'five';
  sparse[1_000_000_000] = 'far';
  const holes = [1, , 3, , , 6, ,]; // eslint-disable-line no-sparse-arrays
  const many = [];
  for (let i = 0; i < 300; i++) many[i * 100] = { i };
  arrivesEqual({
    empty: [],
    nested: [[], [[]], [1, [2, [3, [4]]]]],
    'with holes': holes,
    'of nothing but holes': [new Array(3), new Array(100), new Array(5_000_000)],
    'with undefined and holes': [undefined, , undefined], // eslint-disable-line no-sparse-arrays
    'sparse and huge': sparse,
    'with many long gaps': many,
    'of doubles': [0.5, 1, -0, NaN, Infinity],
    'of integers, and of integers and doubles': [
      Array.from({ length: 100 }, (_, i) => i * 1e6),
      Array.from({ length: 100 }, (_, i) => i / 8),
      [1, 2, 3, 4, 5, 6, 7, -0],
      [1, 2, 3, 4, 5, 6, 7, 2 ** 31],
    ],
    'of numbers with something else in the middle': [
      [1, 2, 3, 4, 5n, 6, 7, 8, 9],
      [1, 2, 3, 4, Symbol.iterator, 6, 7, 8, 9],
      [1.5, 2, 3, 4, 'a', 6, 7, 8, 9],
      [1.5, 2, 3, 4, { valueOf: null }, 6, 7, 8, 9],
    ],
    'of doubles and something else': [0.5, 'a', 1.5, { a: 1 }],
    'of doubles with a hole': [0.5, , 1.5], // eslint-disable-line no-sparse-arrays
    'the result of a match, with its names': [/(?<year>\d+)-(\d+)/d.exec('in 2024-05'), /b/.exec('abc')],
  });

  it('takes no time and memory for the length of a sparse array', () => {
    const array = [];
    array[2 ** 32 - 2] = 1;
    const arrived = send(array);
    assert.equal(arrived.length, 2 ** 32 - 1);
    assert.deepEqual(Object.keys(arrived), [String(2 ** 32 - 2)]);
  });

  it('a subclass of Array becomes an Array, as in structured clone', () => {
    class List extends Array {}
    const arrived = send(List.from([1, 2]));
    assert.equal(Object.getPrototypeOf(arrived), Array.prototype);
    assert.deepEqual(arrived, [1, 2]);
  });
});

describe('plain objects arrive as they are', () => {
  arrivesEqual({
    empty: {},
    'keys in their order': { b: 1, a: 2, 2: 'two', 1: 'one', '': 'empty', 'a b': 1, é: 2, 語: 3 },
    'names that Object.prototype has': { constructor: 1, toString: 2, hasOwnProperty: 3, valueOf: null },
    'a key __proto__': JSON.parse('{ "__proto__": { "polluted": true }, "a": 1 }'),
    'null-prototype objects': Object.assign(Object.create(null), { a: 1, b: Object.create(null) }),
    'a key of 300 characters': { ['k'.repeat(300)]: 1 },
    'two hundred keys': Object.fromEntries(Array.from({ length: 200 }, (_, i) => [`key${i}`, i])),
    'a thousand objects of one shape': Array.from({ length: 1000 }, (_, i) => ({
      id: i,
      name: `n${i}`,
      ok: i % 2 > 0,
    })),
    'shapes in turns': Array.from({ length: 200 }, (_, i) =>
      i % 3 === 0 ? { a: i } : i % 3 === 1 ? { a: i, b: { c: i } } : { b: i, a: i },
    ),
    'forty shapes again and again': Array.from({ length: 400 }, (_, i) => ({ [`key${i % 40}`]: i, same: { x: i } })),
  });

  it('the order of the keys', () => {
    const keys = ['z', 'a', 'm', '10', '9'];
    const value = Object.fromEntries(keys.map((key) => [key, 1]));
    for (let i = 0; i < 50; i++) assert.deepEqual(Object.keys(send(value)), Object.keys(value));
  });

  it('does not pollute a prototype', () => {
    for (let i = 0; i < 50; i++)
      send(JSON.parse('{ "__proto__": { "polluted": true }, "constructor": { "prototype": 1 } }'));
    assert.equal({}.polluted, undefined);
  });

  it('symbol keys and properties that are not enumerable stay behind, getters are called', () => {
    let calls = 0;
    const value = {
      [Symbol('s')]: 1,
      get computed() {
        calls++;
        return 42;
      },
    };
    Object.defineProperty(value, 'hidden', { value: 1, enumerable: false });
    for (let i = 1; i <= 50; i++) {
      assert.deepEqual(send(value), { computed: 42 });
      assert.equal(calls, i);
    }
  });

  it('inherited properties stay behind, whatever was sent before', () => {
    for (let i = 0; i < 50; i++) send({ a: 1, b: 2 });
    class Point {
      a = 1;
    }
    Point.prototype.b = 2;
    for (let i = 0; i < 50; i++) {
      const arrived = send(new Point());
      assert.deepEqual(arrived, { a: 1 });
      assert.equal(Object.getPrototypeOf(arrived), Object.prototype);
    }
    assert.deepEqual(send(Object.create({ a: 1, b: 2 })), {});
  });

  it('an object of a known shape whose property is not enumerable any more', () => {
    for (let i = 0; i < 50; i++) send({ a: 1, b: 2 });
    const value = { a: 1, b: 2 };
    Object.defineProperty(value, 'b', { enumerable: false });
    assert.deepEqual(send(value), { a: 1 });
  });

  it('instances of classes as plain objects with their own properties', () => {
    class Point {
      #secret = 1;
      x = 1;
      get y() {
        return this.#secret;
      }
    }
    assert.deepEqual(send([new Point(), new Point()]), [{ x: 1 }, { x: 1 }]);
  });

  it('a proxy of a plain object or array, as what it shows', () => {
    assert.deepEqual(send(new Proxy({ a: 1 }, {})), { a: 1 });
    assert.deepEqual(send(new Proxy([1, 2], {})), [1, 2]);
  });

  it('are asked for their keys once if they are of a class, whatever was sent before', () => {
    for (let i = 0; i < 50; i++) send([{ a: i }, { b: i }]);
    class Point {
      a = 1;
    }
    send(new Point());
    let asked = 0;
    const ownKeys = (target) => {
      asked++;
      return Reflect.ownKeys(target);
    };
    assert.deepEqual(send([{ a: 1 }, new Proxy(new Point(), { ownKeys })]), [{ a: 1 }, { a: 1 }]);
    assert.equal(asked, 1);
  });

  it('arguments objects as plain objects', () => {
    const value = (function () {
      return arguments; // eslint-disable-line prefer-rest-params
    })(1, 2);
    assert.deepEqual(send(value), { 0: 1, 1: 2 });
  });
});

describe('arguments', () => {
  it('arrive as an array', () => {
    const args = [1, undefined, { a: 1 }, [2], 'text of some length'];
    assert.deepEqual(send(args, { args: true }), args);
    assert.deepEqual(send([], { args: true }), []);
  });

  it('behind a header of the engine', () => {
    assert.deepEqual(send([1, 'a string of medium length'], { args: true, at: 32 }), [1, 'a string of medium length']);
  });
});
