'use strict';
// Bytes that no encoder wrote give an error or some value, never a crash, an endless loop or a huge allocation.

const assert = require('node:assert/strict');
const { describe, it } = require('node:test');
const fc = require('fast-check');
const { Decoder } = require('../lib/codec');
const { RoundTrip } = require('./fixtures/round-trip.js');

const sample = {
  list: [1, 1.5, 'text', 'of a medium length', 'x'.repeat(300), 'żółw', null, undefined, true, 10n ** 30n],
  records: [{ a: 1, b: 'x' }, { a: 2, b: 'y' }, { other: { a: 3, b: 'z' } }],
  map: new Map([[{ k: 1 }, new Set([1, 'two'])]]),
  holes: [1, , , 4], // eslint-disable-line no-sparse-arrays
  doubles: [0.5, 1.5, 2.5],
  binary: [Buffer.from('abc'), new Float64Array([1, 2]), new DataView(new ArrayBuffer(8))],
  error: Object.assign(new TypeError('x', { cause: { a: 1 } }), { code: 'E' }),
  dates: [new Date(5), /a/g, Object(1), new URL('http://x'), Symbol.iterator],
};
sample.self = sample;
let deep = {};
for (let i = 0; i < 300; i++) deep = [deep];
sample.deep = deep;

/** Decodes bytes; whatever comes of it, the decoder is as good as new after it. */
function attempt(decoder, bytes, args) {
  try {
    if (args) decoder.decodeArgs(bytes, 0, bytes.length, null, null);
    else decoder.decode(bytes, 0, bytes.length, null, null);
  } catch (error) {
    assert.ok(error instanceof Error);
  }
}

describe('malformed bytes', () => {
  const round = new RoundTrip();
  const { bytes } = round.encode(sample);

  it('cut short anywhere', () => {
    for (let length = 0; length < bytes.length; length++) {
      assert.throws(() => round.decoder.decode(bytes.subarray(0, length), 0, length, null, null));
    }
    assert.deepEqual(round.send({ a: 'fine' }), { a: 'fine' });
  });

  it('with a byte too many', () => {
    const longer = Buffer.concat([new RoundTrip().encode([1, 2]).bytes, Buffer.from([0])]);
    assert.throws(() => new Decoder().decode(longer, 0, longer.length), /Malformed message/);
  });

  it('with one byte changed, every byte to many values', () => {
    const decoder = new Decoder();
    for (let i = 0; i < bytes.length; i++) {
      for (const change of [1, 0x7f, 0x80, 0xff, 0x55]) {
        const garbled = Buffer.from(bytes);
        garbled[i] ^= change;
        attempt(decoder, garbled);
      }
    }
    assert.deepEqual(round.send(sample.list), sample.list);
  });

  it('at random', () => {
    const decoder = new Decoder();
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 200 }), fc.boolean(), (random, args) => {
        attempt(decoder, Buffer.from(random), args);
      }),
      { numRuns: 5000 },
    );
  });

  it('that promise more than they have', () => {
    const huge = [0xff, 0xff, 0xff, 0xff, 0x0f];
    for (let tag = 0x80; tag < 0x100; tag++) {
      const garbled = Buffer.from([0, tag, ...huge, ...huge, ...huge]);
      attempt(new Decoder(), garbled);
      attempt(new Decoder(), Buffer.from([1, 0xd3, 10, tag, ...huge, tag, ...huge]));
    }
  });

  it('nested more deeply than an encoder does', () => {
    const nested = Buffer.alloc(100_000, Buffer.from([0xd3, 1]));
    nested[0] = 0;
    nested[1] = 0xd3;
    assert.throws(() => new Decoder().decode(nested, 0, nested.length), /Malformed message|nested/);
  });
});
