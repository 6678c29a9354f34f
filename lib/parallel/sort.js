'use strict';
// The caller's side of sort: numbers natively, everything else by the numbers of the items, in the workers.

const { types } = require('node:util');
const binding = require('../../binding.js');
const { AbortError } = require('../errors.js');
const { Blocks } = require('./blocks.js');
const { Conductor } = require('./conduct.js');
const { bytesOf, constructors, kindOf } = require('./elements.js');
const { place } = require('./items.js');
const { checkOptions, show } = require('./options.js');

/** Sorted stretches that the workers begin with, for each worker: enough that none waits long for another. */
const RUNS = 4;
/** Fewer items than this are not worth a stretch of their own. */
const SHORTEST_RUN = 64;
/** Fewer numbers than this are sorted sooner than a thread is started. */
const FEW = 8192;

/** Sorts a copy of a typed array in ascending order, on native threads. */
function sortNumbers(array, { signal }) {
  if (array.length < FEW) return array.slice().sort();
  return new Promise((resolve, reject) => {
    const abort = () => reject(new AbortError(signal.reason));
    const kind = kindOf(array);
    const sorting = binding.sortNumbers(kind, bytesOf(array), () => {
      signal?.removeEventListener('abort', abort);
      // Thrown here, an error would end the process.
      try {
        const sorted = new constructors[kind](sorting.result());
        resolve(Buffer.isBuffer(array) ? Buffer.from(sorted.buffer) : sorted);
      } catch (error) {
        reject(error);
      }
    });
    signal?.addEventListener('abort', abort, { once: true });
  });
}

/** The numbers of the items in the order that the comparator gives them; without one, as JavaScript orders strings. */
async function order(host, createSession, items, compare, options) {
  const { length } = items;
  const run = Math.max(SHORTEST_RUN, options.chunk ?? Math.ceil(length / (host.workers * RUNS)));
  const runs = Math.ceil(length / run);
  const stages = [runs];
  for (let width = run; width < length; width *= 2) stages.push(runs, runs);
  const blocks = new Blocks();
  const orders = [blocks.add('Uint32Array', length), blocks.add('Uint32Array', length)];
  const cuts = blocks.add('Uint32Array', runs);
  const placed = place(items, blocks, undefined);
  const session = placed && createSession(host, blocks, { stages, chunk: run, coarse: Infinity });
  if (session === undefined) return sortAlone(host, items, compare, options);
  const sorted = Blocks.view(session, orders[((stages.length - 1) / 2) % 2]);
  const spec = {
    operation: 'sort',
    length,
    unit: placed.unit,
    source: placed.source,
    sort: { run, orders, cuts },
    weight: length / (runs * stages.length),
  };
  await new Conductor(host, spec, compare, options).conduct(session);
  return sorted;
}

/** Items that cannot be placed where several isolates see them are sorted by one of these. */
async function sortAlone(host, items, compare, options) {
  const spec = { operation: 'sort', length: items.length };
  const parts = await new Conductor(host, spec, compare, { ...options, chunk: items.length }).send(items);
  return parts[0][1];
}

function createSort(host, { createSession, withItems }) {
  /** As Array.prototype.sort has it: undefined last, then the holes. */
  async function sortArray(array, compare, options) {
    const { length } = array;
    const defined = [];
    let undefineds = 0;
    for (let i = 0; i < length; i++) {
      const item = array[i];
      if (item !== undefined) defined.push(item);
      else if (i in array) undefineds++;
    }
    const sorted = new Array(length);
    if (defined.length > 0) {
      // Only in this isolate do the items have the toString that their author gave them.
      const keys = compare === undefined ? defined.map(String) : defined;
      const numbers = await order(host, createSession, keys, compare, options);
      for (let i = 0; i < numbers.length; i++) sorted[i] = defined[numbers[i]];
    }
    return sorted.fill(undefined, defined.length, defined.length + undefineds);
  }

  async function sortElements(array, compare, options) {
    const items = array.slice();
    if (items.length === 0) return items;
    const numbers = await order(host, createSession, items, compare, options);
    const sorted = items.slice();
    for (let i = 0; i < numbers.length; i++) sorted[i] = items[numbers[i]];
    return sorted;
  }

  return function sort(items, compare, options) {
    if (compare !== undefined && typeof compare !== 'function') {
      throw new TypeError(`sort: the comparator must be a function or undefined, not ${show(compare)}`);
    }
    if (types.isAsyncFunction(compare)) throw new TypeError('sort: the comparator must answer at once, but it is async');
    const checked = checkOptions('sort', options);
    return withItems(items, async (array) => {
      if (checked.signal?.aborted) throw new AbortError(checked.signal.reason);
      if (kindOf(array) === undefined) return sortArray(array, compare, checked);
      return compare === undefined ? sortNumbers(array, checked) : sortElements(array, compare, checked);
    });
  };
}

module.exports = { createSort };
