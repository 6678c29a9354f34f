'use strict';
// What map and the others accept as items, and how the items reach the workers.

const { types } = require('node:util');
const { AbortError, InvalidArgumentError } = require('../errors.js');
const { inMemory, pulled } = require('../feed.js');
const { feedGroup } = require('../group.js');
const { show } = require('../options/refuse.js');
const { constructors, kindOf } = require('./elements.js');
const { encodeGrains } = require('./grains.js');

/** Grains that a session over other than numbers is divided into, at least where there are so many items. */
const GRAINS = 1024;
/** Items that are copied before the workers are told that they are there. */
const STEP = 1 << 17;
/** Items in a grain, at most. */
const LONGEST = 256;

/**
 * An array or a typed array as it is, with what else holds its items already made one; or what to pull the items from.
 *
 * @returns {{ items: any, source?: undefined } | { items?: undefined, source: { iterator: any, asynchronous: boolean } }}
 */
function gather(where, items) {
  const array = typeof items === 'string' ? [...items] : kindOf(items) === undefined ? inMemory(items) : items;
  if (array !== undefined) {
    // Positions are counted in 32 bits, which is all that an array can have.
    if (array.length >= 2 ** 32) throw new InvalidArgumentError(`${where}: ${array.length} items are too many`);
    return { items: array };
  }
  const source = pulled(items);
  if (source !== undefined) return { source };
  throw new InvalidArgumentError(
    `${where}: the items must be an array, a typed array or an iterable; got ${show(items)}`,
  );
}

/** All that there is to pull, whatever the pool takes; an abort ends it, and `left` where it rejects. */
async function collect(source, signal, left) {
  if (signal?.aborted) throw new AbortError(signal.reason);
  const array = [];
  if (!source.asynchronous) {
    for (const item of { [Symbol.iterator]: () => source.iterator }) {
      if (signal?.aborted) throw new AbortError(signal.reason);
      array.push(item);
    }
    return array;
  }
  const taken = Promise.resolve();
  const pool = { room: { isBounded: false, takes: () => true }, withdraw() {}, enter: () => ({ left, leave() {} }) };
  await feedGroup(/** @type {any} */ (pool), source, signal, {
    start(item) {
      array.push(item);
      return taken;
    },
    ended() {},
    failed() {},
    stopped: (feed, error) => feed.fail(error),
  });
  return array;
}

function areNumbers(items) {
  for (let i = 0; i < items.length; i++) if (typeof items[i] !== 'number') return false;
  return true;
}

/**
 * How the items reach the workers: `{ kind, unit, source }`, where `kind` is the typed array in which they stand (and is
 * absent where they are encoded), `unit` how many of them the session counts as one, and `source` what the workers are
 * told. `undefined` where they can only be sent as arguments.
 *
 * @param {import('./index.js').Host} host
 * @param {any} items
 * @param {import('./blocks.js').Blocks} blocks
 * @param {{ chunk?: number, ready?: boolean }} options `ready`: whether the items must be there before the first unit
 */
function place(host, items, blocks, { chunk, ready = false }) {
  const { length } = items;
  const kind = kindOf(items) ?? (areNumbers(items) ? 'Float64Array' : undefined);
  if (kind !== undefined) {
    const unit = chunk ?? 1;
    if (host.shares && types.isSharedArrayBuffer(items.buffer)) {
      return { kind, unit, source: { kind, view: plain(items, kind) } };
    }
    const copy = Array.isArray(items) ? copyNumbers : copyElements;
    if (ready) return { kind, unit, source: blocks.add(kind, length, (view) => copy(items, view, 0, length)) };
    const stream = (view, prepare, provide) => {
      for (let start = 0; start < length; start += STEP) {
        const end = Math.min(length, start + STEP);
        prepare(start, end);
        copy(items, view, start, end);
        provide(end === length ? Math.ceil(length / unit) : Math.floor(end / unit));
      }
    };
    return { kind, unit, source: blocks.addItems(kind, length, stream) };
  }
  const unit = chunk ?? Math.max(1, Math.min(LONGEST, Math.ceil(length / GRAINS)));
  const grains = encodeGrains(items, unit);
  if (grains === undefined) return undefined;
  const bytes = blocks.add('Uint8Array', grains.bytes.length, (view) => view.set(grains.bytes));
  const offsets = blocks.add('Float64Array', grains.offsets.length, (view) => view.set(grains.offsets));
  return { kind: undefined, unit, source: { grains: bytes, offsets } };
}

function copyElements(items, view, start, end) {
  view.set(start === 0 && end === items.length ? items : items.subarray(start, end), start);
}

function copyNumbers(items, view, start, end) {
  for (let i = start; i < end; i++) view[i] = items[i];
}

/** The same window as the very kind, since a subclass would not cross. */
function plain(items, kind) {
  return new constructors[kind](items.buffer, items.byteOffset, items.length);
}

module.exports = { collect, gather, place };
