'use strict';

// Values echoed: what it costs to carry them there and back.

const { WrongResultError, expect, rate } = require('../lib/drivers');

const mebibyte = 1 << 20;

/** 1,000 characters, different in each slot. @param {number} slot */
const text = (slot) => String(slot).padStart(4, '0').repeat(250);

/** 30 small objects, about 1.3 kB as JSON. @param {number} slot */
const object = (slot) => ({
  items: Array.from({ length: 30 }, (_, i) => ({ id: slot * 30 + i, name: `item ${i}`, on: i % 2 === 0 })),
});

/** @param {ReturnType<typeof object>} result @param {ReturnType<typeof object>} sent */
function checkObject(result, sent) {
  expect(result.items.length, 30, 'items');
  expect(result.items[29].id, sent.items[29].id, 'items[29].id');
  expect(result.items[29].name, sent.items[29].name, 'items[29].name');
  if (result === sent) throw new WrongResultError('the very object that was sent came back');
}

/**
 * A case that echoes one value per slot.
 * @template T
 * @param {{ id: string, title: string, width: number, aim: number, value: (slot: number) => T,
 *   check: (result: T, sent: T, n: number) => void }} options
 */
function echo({ id, title, width, aim, value, check }) {
  return {
    metrics: [{ id, title, unit: 'tasks/s', better: 'higher', aim: { ratio: aim } }],
    async measure(pool, { seconds, warmUp }) {
      const values = Array.from({ length: width }, (_, slot) => value(slot));
      const perSecond = await rate({
        width,
        seconds,
        warmUp,
        call: (_, slot) => pool.echo(values[slot]),
        check: (result, n, slot) => check(result, values[slot], n),
      });
      return { [id]: perSecond };
    },
  };
}

/** Marks a view so that the echo of this very call can be told. @param {Uint8Array} view @param {number} n */
function stamp(view, n) {
  view[0] = n & 255;
  view[mebibyte - 1] = (n >> 8) & 255;
  return view;
}

/** @param {Uint8Array} view @param {number} n */
function checkStamp(view, n) {
  expect(view.length, mebibyte, 'length');
  expect(view[0], n & 255, 'first byte');
  expect(view[mebibyte - 1], (n >> 8) & 255, 'last byte');
}

/**
 * A case that echoes a buffer of 1 MiB per slot, 8 in flight.
 * @param {{ id: string, title: string, make: () => Uint8Array, keep: boolean,
 *   send: (pool: import('../lib/contestant').Pool, view: Uint8Array) => PromiseLike<Uint8Array>,
 *   also?: (result: Uint8Array, sent: Uint8Array) => void }} options `keep`: the result is what is sent next
 */
function buffer({ id, title, make, keep, send, also }) {
  return {
    metrics: [{ id, title, unit: 'tasks/s', better: 'higher', aim: { ratio: 2 } }],
    async measure(pool, { seconds, warmUp }) {
      if (id === 'buffer-transferred' && !pool.echoTransfer) return {};
      const views = Array.from({ length: 8 }, make);
      const perSecond = await rate({
        width: 8,
        seconds,
        warmUp,
        call: (n, slot) => send(pool, stamp(views[slot], n)),
        check: (result, n, slot) => {
          checkStamp(result, n);
          also?.(result, views[slot]);
          if (keep) views[slot] = result;
        },
      });
      return { [id]: perSecond };
    },
  };
}

/** @type {Record<string, import('../lib/case').Case>} */
module.exports = {
  string: echo({
    id: 'string',
    title: 'string of 1 kB, 64 in flight',
    width: 64,
    aim: 5,
    value: text,
    check: (result, sent) => expect(result === sent, true, 'same string'),
  }),
  object: echo({
    id: 'object',
    title: 'object of 1.3 kB, 64 in flight',
    width: 64,
    aim: 2,
    value: object,
    check: checkObject,
  }),
  'buffer-copied': buffer({
    id: 'buffer-copied',
    title: 'buffer of 1 MiB copied, 8 in flight',
    make: () => new Uint8Array(mebibyte).fill(7),
    keep: false,
    send: (pool, view) => pool.echo(view),
    also: (result, sent) => expect(result.buffer === sent.buffer, false, 'same memory'),
  }),
  'buffer-transferred': buffer({
    id: 'buffer-transferred',
    title: 'buffer of 1 MiB transferred, 8 in flight',
    make: () => new Uint8Array(mebibyte).fill(7),
    keep: true,
    send: (pool, view) => pool.echoTransfer(view),
    also: (_, sent) => expect(sent.byteLength, 0, 'what is left of the memory sent'),
  }),
  'buffer-shared': buffer({
    id: 'buffer-shared',
    title: 'buffer of 1 MiB shared, 8 in flight',
    make: () => new Uint8Array(new SharedArrayBuffer(mebibyte)).fill(7),
    keep: false,
    send: (pool, view) => pool.echo(view),
    also: (result, sent) => {
      result[1]++;
      expect(sent[1], result[1], 'a byte written through the result');
    },
  }),
};
