'use strict';
// The encoder as a tool: it grows, it can be used again after whatever happened, and it says what it does.

const assert = require('node:assert/strict');
const { describe, it } = require('node:test');
const { Decoder, Encoder } = require('../lib/codec');
const { RoundTrip } = require('./fixtures/round-trip.js');

describe('an encoder', () => {
  it('grows, keeps what stands before, and says so', () => {
    const encoder = new Encoder(256);
    const grown = [];
    encoder.onGrow = (bytes) => grown.push(bytes);
    encoder.i32[0] = 123456;
    encoder.position = 4;
    const value = Array.from({ length: 1000 }, (_, i) => ({ i, name: `name ${i}`, score: i / 3 }));
    encoder.encode(value);
    assert.ok(grown.length > 0);
    assert.equal(grown.at(-1), encoder.bytes);
    assert.equal(encoder.i32[0], 123456);
    assert.equal(encoder.view.getInt32(0, true), 123456);
    assert.deepEqual(new Decoder().decode(encoder.bytes, 4, encoder.position), value);
  });

  it('grows at every size of every value', () => {
    for (const value of [
      1,
      1.5,
      'short',
      'of a medium length',
      'x'.repeat(500),
      'ż'.repeat(500),
      10n ** 30n,
      { a: 1 },
    ]) {
      for (let position = 100; position < 270; position++) {
        const encoder = new Encoder(256);
        encoder.position = position;
        encoder.encode([value, value]);
        encoder.encodeArgs([value]);
        const decoder = new Decoder();
        const middle = encoder.position;
        encoder.encode(value);
        assert.deepEqual(decoder.decode(encoder.bytes, middle, encoder.position), value);
      }
    }
  });

  it('writes one message after the other', () => {
    const encoder = new Encoder(256);
    const ends = [0];
    for (let i = 0; i < 100; i++) {
      encoder.encode({ i, text: `text number ${i}` });
      ends.push(encoder.position);
    }
    const decoder = new Decoder();
    for (let i = 0; i < 100; i++) {
      assert.deepEqual(decoder.decode(encoder.bytes, ends[i], ends[i + 1]), { i, text: `text number ${i}` });
    }
  });

  it('does not move its position when a value is refused', () => {
    const encoder = new Encoder(256);
    encoder.position = 8;
    assert.throws(() => encoder.encodeArgs([{ a: 1 }, Buffer.alloc(50_000), new SharedArrayBuffer(1), Symbol('x')]));
    assert.equal(encoder.position, 8);
    assert.deepEqual(encoder.buffers ?? [], []);
    assert.deepEqual(encoder.carried ?? [], []);
  });

  it('is right whatever was sent before: shapes come and go', () => {
    const round = new RoundTrip();
    for (let i = 0; i < 6000; i++) {
      const value = [
        { [`a${i}`]: i, b: 1 },
        { [`a${i}`]: i + 1, b: 2 },
        { same: 1, shape: [i] },
      ];
      assert.deepEqual(round.send(value), value);
    }
  });

  it('keeps nothing of what it has sent', async () => {
    const { encoder } = new RoundTrip();
    const references = [];
    const make = (i) => {
      const value = { i, list: [{ i }], map: new Map([[{ i }, i]]) };
      references.push(new WeakRef(value), new WeakRef(value.list[0]));
      return value;
    };
    for (let i = 0; i < 3; i++) {
      encoder.position = 0;
      encoder.encode([make(i), Array.from({ length: 100 }, (_, j) => ({ j }))]);
    }
    require('node:v8').setFlagsFromString('--expose-gc');
    const collect = require('node:vm').runInNewContext('gc');
    await new Promise(setImmediate);
    collect();
    assert.deepEqual(
      references.map((reference) => reference.deref()),
      references.map(() => undefined),
    );
  });
});

describe('functions among the values', () => {
  const plans = (fn) => ({ source: String(fn), data: fn.data });
  const rebuild = (plan) => Object.assign(eval(`(${plan.source})`), { data: plan.data }); // eslint-disable-line no-eval

  it('go through the hooks, with their path', () => {
    const seen = [];
    const round = new RoundTrip({
      function: (fn, path) => {
        seen.push(path);
        return plans(fn);
      },
      rebuild,
    });
    const arrived = round.send([1, { double: (x) => x * 2 }], { args: true });
    assert.equal(arrived[1].double(21), 42);
    assert.deepEqual(seen, ['args[1].double']);
  });

  it('keep their identity', () => {
    const round = new RoundTrip({ function: plans, rebuild });
    const fn = (x) => x + 1;
    const shared = { a: 1 };
    fn.data = { shared, list: [shared] };
    const arrived = round.send({ one: fn, two: [fn], shared });
    assert.equal(arrived.one, arrived.two[0]);
    assert.equal(arrived.one.data.shared, arrived.shared);
    assert.equal(arrived.one.data.list[0], arrived.shared);
  });

  it('may have plans deeper than any stack, and stand deep themselves', () => {
    const round = new RoundTrip({ function: plans, rebuild: (plan) => Object.assign(() => {}, plan) });
    let data = { end: true };
    for (let i = 0; i < 1000; i++) data = { data };
    let value = Object.assign(() => {}, { data });
    for (let i = 0; i < 1000; i++) value = [value];
    let arrived = round.send(value);
    for (let i = 0; i < 1000; i++) arrived = arrived[0];
    for (let i = 0; i < 1001; i++) arrived = arrived.data;
    assert.deepEqual(arrived, { end: true });
  });

  it('that hold themselves are refused', () => {
    const round = new RoundTrip({ function: plans, rebuild });
    const fn = () => {};
    fn.data = { fn };
    assert.throws(() => round.encode({ fn }), { path: 'value.fn.data.fn', code: 'ERR_TASKLETS_NOT_SERIALIZABLE' });
    assert.deepEqual(round.send({ a: 1 }), { a: 1 });
  });

  it('whose hook throws', () => {
    const mine = new Error('mine');
    const round = new RoundTrip({
      function: () => {
        throw mine;
      },
    });
    assert.throws(
      () => round.encode([() => {}]),
      (error) => error === mine,
    );
    assert.deepEqual(round.send([1]), [1]);
  });

  it('classes too', () => {
    const round = new RoundTrip({ function: plans, rebuild });
    const { Point } = round.send({
      Point: class Point {
        x = 1;
      },
    });
    assert.equal(new Point().x, 1);
  });
});
