'use strict';
// Values through real workers, both ways: as arguments, as results, and as captured variables.

const assert = require('node:assert/strict');
const { describe, it } = require('node:test');
const { isDeepStrictEqual } = require('node:util');
const { run, task } = require('..');

const echo = task((value) => value);

/** Out and back as an argument and as a result, then as a captured variable. */
async function everyWay(value) {
  return [await echo(value), await run(() => value)];
}

class Point {
  constructor(x) {
    this.x = x;
  }
}

const cyclic = { name: 'cycle', list: [] };
cyclic.self = cyclic;
cyclic.list.push(cyclic);

const shared = { deep: true };
const holes = [1, , 3]; // eslint-disable-line no-sparse-arrays
holes.length = 5;
const pattern = /a+/gi;
pattern.lastIndex = 3;
const nullPrototype = Object.assign(Object.create(null), { a: 1 });

const values = {
  undefined: undefined,
  null: null,
  booleans: [true, false],
  numbers: [0, -0, 1, -1, 1.5, NaN, Infinity, -Infinity, Number.MAX_SAFE_INTEGER, 5e-324],
  bigints: [0n, -1n, 2n ** 63n, -(2n ** 200n)],
  strings: ['', 'latin', 'é€', '😀', '\ud800', 'x'.repeat(100_000), '😀'.repeat(50_000)],
  'well-known symbols': [Symbol.iterator, Symbol.for('registered')],
  boxed: [new Number(1), new String('s'), new Boolean(false), Object(2n)],
  dates: [new Date(0), new Date(1e12)],
  'regular expressions': [/x/u, pattern],
  maps: new Map([
    [1, { a: 1 }],
    [{ key: true }, new Map()],
  ]),
  sets: new Set([1, 'a', new Set([2])]),
  'arrays with holes': holes,
  'null prototypes': nullPrototype,
  'nested objects': { a: { b: { c: [{ d: 1 }] } } },
  'array buffers': new Uint8Array([1, 2, 3]).buffer,
  'typed arrays': [new Uint8Array([1]), new Float64Array([1.5, NaN]), new BigInt64Array([-1n]), new Int16Array(0)],
  'data views': new DataView(new Uint8Array([1, 2, 3, 4]).buffer, 1, 2),
  buffers: [Buffer.from('small'), Buffer.alloc(100_000, 7)],
  'a large typed array': new Float64Array(200_000).map((_, i) => i),
  urls: new URL('https://user@example.org/path?q=1#h'),
};

describe('values', () => {
  for (const [name, value] of Object.entries(values)) {
    it(`carries ${name}`, async () => {
      for (const back of await everyWay(value)) {
        assert.ok(isDeepStrictEqual(back, value), `${name} came back different`);
        assert.equal(Object.prototype.toString.call(back), Object.prototype.toString.call(value));
      }
    });
  }

  it('keeps lastIndex, holes, the sign of zero, and an invalid date', async () => {
    for (const back of await everyWay([pattern, holes, -0, new Date(NaN)])) {
      assert.equal(back[0].lastIndex, 3);
      assert.equal(1 in back[1], false);
      assert.equal(back[1].length, 5);
      assert.ok(Object.is(back[2], -0));
      assert.ok(Number.isNaN(back[3].getTime()));
    }
  });

  it('keeps a Buffer a Buffer, and sends its own window only', async () => {
    const window = Buffer.from('abcdef').subarray(1, 3);
    for (const back of await everyWay(window)) {
      assert.ok(Buffer.isBuffer(back));
      assert.equal(back.toString(), 'bc');
    }
    assert.equal(await run((b) => Buffer.isBuffer(b) && b.toString(), { args: [window] }), 'bc');
  });

  it('keeps cycles and shared references', async () => {
    for (const back of await everyWay({ cyclic, one: shared, two: shared })) {
      assert.equal(back.cyclic.self, back.cyclic);
      assert.equal(back.cyclic.list[0], back.cyclic);
      assert.equal(back.one, back.two);
      assert.deepEqual(back.one, shared);
    }
  });

  it('keeps views of one buffer together', async () => {
    const buffer = new ArrayBuffer(16);
    const [bytes, floats] = await echo([new Uint8Array(buffer), new Float64Array(buffer)]);
    assert.equal(bytes.buffer, floats.buffer);
  });

  it('treats class instances as structured clone does', async () => {
    const back = await echo(new Point(3));
    assert.deepEqual({ ...back }, { x: 3 });
    assert.equal(Object.getPrototypeOf(back), Object.prototype);
  });

  it('carries functions among the arguments, with what they use', async () => {
    const factor = 3;
    const times = (n) => n * factor;
    assert.equal(await run((fn, n) => fn(n), { args: [times, 14] }), 42);
    assert.deepEqual(await run(({ fns }) => fns.map((fn) => fn(2)), { args: [{ fns: [times, Math.sqrt] }] }), [
      6,
      Math.SQRT2,
    ]);
  });

  it('nests as deeply as one likes', async () => {
    let deep = [];
    for (let i = 0; i < 100_000; i++) deep = [deep];
    const depth = (value) => {
      let count = 0;
      for (; value.length > 0; value = value[0]) count++;
      return count;
    };
    assert.equal(await run(depth, { args: [deep] }), 100_000);
    assert.equal(depth(await echo(deep)), 100_000);
  });

  it('carries megabytes, many times', async () => {
    const large = new Uint8Array(3 << 20).fill(9);
    for (let i = 0; i < 20; i++) {
      const back = await echo(large);
      assert.equal(back.length, large.length);
      assert.equal(back[large.length - 1], 9);
    }
    const text = 'long '.repeat(1 << 19);
    assert.equal(await echo(text), text);
    const list = Array.from({ length: 200_000 }, (_, i) => ({ i }));
    assert.ok(isDeepStrictEqual(await echo(list), list));
  });
});

describe('a getter', () => {
  const bytes = new Uint8Array(50_000);

  it('is read at the call, and must not start a task', async () => {
    const read = {
      bytes,
      get more() {
        return bytes.length;
      },
    };
    assert.deepEqual(await run((value) => [value.bytes.length, value.more], { args: [read] }), [50_000, 50_000]);
    const starts = {
      bytes,
      get more() {
        assert.throws(() => run(() => 1), /must not start a task/);
        return 'told';
      },
    };
    assert.deepEqual(await run((value) => [value.bytes.length, value.more], { args: [starts] }), [50_000, 'told']);
  });
});

describe('what cannot cross', () => {
  const refused = { name: 'TypeError', code: 'ERR_TASKLETS_NOT_SERIALIZABLE' };

  it('is refused at the call, with its path', () => {
    const cases = [
      [[Promise.resolve()], 'args[0]'],
      [[{ db: { weak: new WeakMap() } }], 'args[0].db.weak'],
      [[1, [Symbol('mine')]], 'args[1][0]'],
      [[new Map([['key', new WeakRef({})]])], 'args[0]'],
      [[{ socket: new (require('node:net').Socket)() }], 'args[0].socket'],
    ];
    for (const [args, path] of cases) {
      assert.throws(
        () => run((x) => x, { args }),
        (error) => {
          assert.equal(error.code, refused.code);
          assert.ok(error instanceof TypeError);
          assert.ok(error.path.startsWith(path), `${error.path} is not ${path}`);
          assert.ok(error.message.startsWith(path), error.message);
          return true;
        },
      );
    }
  });

  it('rejects its task alone where it is a result', async () => {
    const results = [
      () => ({ inner: Promise.resolve(1) }),
      () => new WeakMap(),
      () => [() => 1],
      () => Symbol('local'),
      () => setTimeout(() => {}, 1),
      () => globalThis,
    ];
    for (const give of results) {
      await assert.rejects(run(give), (error) => {
        assert.equal(error.code, refused.code, String(give));
        assert.ok(error.message.startsWith('result'), error.message);
        return true;
      });
    }
    const hostile = {
      get trap() {
        throw new RangeError('from a getter');
      },
    };
    await assert.rejects(
      run(() => ({
        get trap() {
          throw new RangeError('from a getter');
        },
      })),
      RangeError,
    );
    assert.throws(() => run((x) => x, { args: [hostile] }), RangeError);
    assert.equal(await run(() => 'alive'), 'alive');
  });
});
