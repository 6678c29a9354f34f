'use strict';
// Bytes: buffers and views arrive with their type, their own window, and what they share.

const assert = require('node:assert/strict');
const { describe, it } = require('node:test');
const { RoundTrip, send } = require('./fixtures/round-trip.js');

const names = [
  'Int8Array',
  'Uint8Array',
  'Uint8ClampedArray',
  'Int16Array',
  'Uint16Array',
  'Int32Array',
  'Uint32Array',
];
names.push('Float32Array', 'Float64Array', 'BigInt64Array', 'BigUint64Array', 'Float16Array');
const classes = names.map((name) => globalThis[name]).filter(Boolean);

function filled(length) {
  const bytes = new Uint8Array(length);
  for (let i = 0; i < length; i++) bytes[i] = i * 7;
  return bytes;
}

describe('binary values', () => {
  it('typed arrays of every kind, empty, small and large', () => {
    for (const Class of classes) {
      for (const length of [0, 1, 3, 1000, 10_000]) {
        const value = new Class(filled(length * Class.BYTES_PER_ELEMENT).buffer);
        const arrived = send(value);
        assert.equal(arrived.constructor, Class);
        assert.deepEqual(arrived, value);
      }
    }
  });

  it('a DataView', () => {
    const arrived = send(new DataView(filled(20).buffer, 4, 8));
    assert.ok(arrived instanceof DataView);
    assert.equal(arrived.byteLength, 8);
    assert.equal(arrived.getUint8(0), 28);
  });

  it('an ArrayBuffer, small and large', () => {
    for (const length of [0, 5, 20_000, 200_000]) {
      const arrived = send(filled(length).buffer);
      assert.ok(arrived instanceof ArrayBuffer);
      assert.deepEqual(new Uint8Array(arrived), filled(length));
    }
  });

  it('a Buffer stays a Buffer, small and large', () => {
    for (const length of [0, 5, 20_000, 200_000]) {
      const arrived = send(Buffer.from(filled(length)));
      assert.ok(Buffer.isBuffer(arrived));
      assert.deepEqual(arrived, Buffer.from(filled(length)));
    }
  });

  it('large ones are handed over, not written', () => {
    const { bytes, buffers } = new RoundTrip().encode({ data: filled(1_000_000), more: Buffer.alloc(50_000) });
    assert.ok(bytes.length < 1000);
    assert.deepEqual(
      buffers.map((buffer) => buffer.byteLength),
      [1_000_000, 50_000],
    );
  });

  it('only the window of a view crosses', () => {
    const all = filled(1_000_000);
    const arrived = send(all.subarray(10, 20));
    assert.equal(arrived.buffer.byteLength, 10);
    assert.deepEqual(arrived, all.slice(10, 20));
  });

  it('Buffers of the pool do not take the pool along', () => {
    const [one, two] = send([Buffer.from('one'), Buffer.from('two')]);
    assert.equal(one.toString() + two.toString(), 'onetwo');
    one.fill(0);
    assert.equal(two.toString(), 'two');
  });

  it('a resizable buffer stays resizable, and views that follow its length do so', () => {
    for (const size of [16, 24]) {
      const buffer = new ArrayBuffer(16, { maxByteLength: size });
      new Uint8Array(buffer).set(filled(16));
      const value = {
        buffer,
        following: new Uint8Array(buffer),
        from4: new Int32Array(buffer, 4),
        fixed: new Uint8Array(buffer, 8, 8),
        view: new DataView(buffer, 2),
      };
      const arrived = send(value);
      assert.deepEqual(new Uint8Array(value.buffer), filled(16), 'the sender keeps its bytes');
      assert.equal(arrived.buffer.resizable, true);
      assert.equal(arrived.buffer.maxByteLength, size);
      assert.deepEqual(arrived.following, filled(16));
      arrived.buffer.resize(12);
      assert.equal(arrived.following.length, 12);
      assert.equal(arrived.from4.length, 2);
      assert.equal(arrived.fixed.length, 0);
      assert.equal(arrived.view.byteLength, 10);
    }
  });
});

describe('views that share a buffer', () => {
  it('share it again', () => {
    const all = filled(64);
    const arrived = send({ a: all, b: new DataView(all.buffer), c: all.buffer });
    assert.equal(arrived.a.buffer, arrived.c);
    assert.equal(arrived.b.buffer, arrived.c);
    arrived.a[0] = 99;
    assert.equal(arrived.b.getUint8(0), 99);
  });

  it('with no more of it than they see together', () => {
    const all = filled(1000);
    const value = [all.subarray(100, 110), all.subarray(105, 120), all.subarray(102, 104)];
    const arrived = send(value);
    assert.deepEqual(
      arrived,
      value.map((view) => view.slice()),
    );
    assert.equal(arrived[0].buffer, arrived[1].buffer);
    assert.equal(arrived[0].buffer, arrived[2].buffer);
    assert.ok(arrived[0].buffer.byteLength < 40);
    arrived[0][9] = 1;
    assert.equal(arrived[1][4], 1);
  });

  it('however they are aligned', () => {
    const { buffer } = filled(64);
    const value = [new Uint8Array(buffer, 13, 2), new Float64Array(buffer, 24, 2), new Int16Array(buffer, 10, 3)];
    const arrived = send(value);
    assert.deepEqual(arrived, value);
    assert.equal(arrived[0].buffer, arrived[1].buffer);
  });

  it('when the whole buffer comes after a part of it', () => {
    const all = filled(100);
    const arrived = send([all.subarray(10, 20), { all: all.buffer }, all.subarray(30, 40)]);
    assert.equal(arrived[1].all.byteLength, 100);
    assert.equal(arrived[0].buffer, arrived[1].all);
    assert.equal(arrived[2].buffer, arrived[1].all);
    assert.deepEqual(arrived[0], all.slice(10, 20));
  });

  it('when the part comes after the whole, and when both are large', () => {
    const all = filled(100_000);
    const arrived = send([all.buffer, all.subarray(10, 50_000)]);
    assert.equal(arrived[1].buffer, arrived[0]);
    assert.deepEqual(arrived[1], all.slice(10, 50_000));
  });

  it('once a message that was written twice has been sent, the next one is as any other', () => {
    const round = new RoundTrip();
    const all = filled(100_000);
    const first = round.encode([all.subarray(0, 50_000), all.subarray(20, 60_000), { x: 1 }]);
    assert.equal(first.buffers.length, 1);
    assert.deepEqual(round.decode(first)[2], { x: 1 });
    assert.deepEqual(round.send([{ x: 1 }, all.subarray(1, 3)]), [{ x: 1 }, all.slice(1, 3)]);
  });
});

describe('what only V8 can carry', () => {
  it('a SharedArrayBuffer, and the views on it, which stay shared', () => {
    const memory = new SharedArrayBuffer(16);
    const view = new Int32Array(memory, 4, 2);
    const { carried, ...message } = new RoundTrip().encode({ memory, view });
    assert.deepEqual(carried, [memory]);
    const arrived = new RoundTrip().decode({ ...message, carried });
    assert.equal(arrived.memory, memory);
    assert.equal(arrived.view.buffer, memory);
    Atomics.store(view, 0, 7);
    assert.equal(arrived.view[0], 7);
  });

  it('KeyObject, Blob, WebAssembly.Module, BlockList, CryptoKey', async () => {
    const { createSecretKey, webcrypto } = require('node:crypto');
    const key = await webcrypto.subtle.generateKey({ name: 'HMAC', hash: 'SHA-256' }, false, ['sign']);
    const values = [
      createSecretKey(Buffer.from('secret')),
      new Blob(['x']),
      new WebAssembly.Module(new Uint8Array([0, 97, 115, 109, 1, 0, 0, 0])),
      new (require('node:net').BlockList)(),
      require('node:perf_hooks').createHistogram(),
      key,
    ];
    const message = new RoundTrip().encode({ values, again: values[0] });
    assert.deepEqual(message.carried, values);
    const arrived = new RoundTrip().decode(message);
    assert.deepEqual(arrived.values, values);
    assert.equal(arrived.again, values[0]);
  });

  it('what the user transfers: ArrayBuffers, and the views on them', () => {
    const { buffer } = filled(100);
    const view = new Uint8Array(buffer, 10, 5);
    const node = Buffer.from(buffer, 20, 5);
    const message = new RoundTrip().encode([view, buffer, node], { transfer: new Set([buffer]) });
    assert.deepEqual(message.carried, [buffer]);
    const moved = structuredClone(buffer, { transfer: [buffer] });
    const arrived = new RoundTrip().decode({ ...message, carried: [moved] });
    assert.equal(arrived[0].buffer, moved);
    assert.equal(arrived[1], moved);
    assert.deepEqual(arrived[0], filled(100).slice(10, 15));
    assert.ok(Buffer.isBuffer(arrived[2]));
    assert.equal(arrived[2][0], (20 * 7) & 255);
  });

  it('a MessagePort that is named in transfer', () => {
    const { port1, port2 } = new MessageChannel();
    const message = new RoundTrip().encode({ port: port1 }, { transfer: new Set([port1]) });
    assert.deepEqual(message.carried, [port1]);
    port1.close();
    port2.close();
  });

  it('reset forgets them', () => {
    const round = new RoundTrip();
    round.encode([new SharedArrayBuffer(1), filled(100_000)]);
    round.encoder.reset();
    assert.equal(round.encoder.carried, null);
    assert.equal(round.encoder.buffers, null);
  });
});
