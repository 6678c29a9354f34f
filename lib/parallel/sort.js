'use strict';
// The caller's side of sort: numbers natively, everything else by the numbers of the items, in the workers.

const { onAbort } = require('../abort.js');
const { AbortError } = require('../errors.js');
const native = require('../native.js');
const { Blocks } = require('./blocks.js');
const { Conductor } = require('./conduct.js');
const { bytesOf, constructors, copyOf, kindOf, likewise } = require('./elements.js');
const { place } = require('./items.js');
const { openSession } = require('./open.js');

/** Sorted stretches that the workers begin with, for each worker: enough that none waits long for another. */
const RUNS = 4;
/** Fewer items than this are not worth a stretch of their own. */
const SHORTEST_RUN = 64;
/** Fewer numbers than this are sorted sooner than a thread is started. */
const FEW = 8192;

/**
 * A typed array in ascending order, sorted on native threads.
 *
 * @param {any} array
 * @param {import("../../index.js").MapOptions} options
 */
async function sortNumbers(array, { signal, onProgress }) {
  if (signal?.aborted) throw new AbortError(signal.reason);
  const sorted = array.length < FEW ? copyOf(array).sort() : await sortNatively(array, signal);
  onProgress?.({ completed: array.length, total: array.length, percentage: 100 });
  return sorted;
}

function sortNatively(array, signal) {
  return new Promise((resolve, reject) => {
    const abort = () => reject(new AbortError(signal.reason));
    const kind = kindOf(array);
    const sorting = native.sortNumbers(kind, bytesOf(array), () => {
      release?.();
      // Thrown here, an error would end the process.
      try {
        resolve(likewise(array, new constructors[kind](sorting.result())));
      } catch (error) {
        reject(error);
      }
    });
    const release = signal && onAbort(signal, abort);
  });
}

/** As Array.prototype.sort has it: undefined last, then the holes. */
async function sortArray(host, array, compare, options) {
  const { length } = array;
  const defined = [];
  let undefineds = 0;
  for (let i = 0; i < length; i++) {
    const item = array[i];
    if (item !== undefined) defined.push(item);
    else if (i in array) undefineds++;
  }
  // Only in this isolate do the items have the toString that their author gave them.
  // A symbol has no text, which `String()` would give it.
  const keys = compare === undefined ? defined.map((item) => `${item}`) : defined;
  const numbers = await order(host, keys, compare, options);
  const sorted = new Array(length);
  for (let i = 0; i < numbers.length; i++) sorted[i] = defined[numbers[i]];
  return sorted.fill(undefined, defined.length, defined.length + undefineds);
}

/** A typed array as the comparator has it. */
async function sortElements(host, array, compare, options) {
  const items = copyOf(array);
  const numbers = await order(host, items, compare, options);
  const sorted = copyOf(items);
  for (let i = 0; i < numbers.length; i++) sorted[i] = items[numbers[i]];
  return sorted;
}

/** The numbers of the items in the order that the comparator gives them; without one, as JavaScript orders strings. */
async function order(host, items, compare, options) {
  const { length } = items;
  const run = Math.max(options.chunk ?? SHORTEST_RUN, Math.ceil(length / (host.workers * RUNS)));
  const runs = Math.ceil(length / run);
  const stages = [runs];
  for (let width = run; width < length; width *= 2) stages.push(runs, runs);
  const blocks = new Blocks();
  const orders = [blocks.add('Uint32Array', length), blocks.add('Uint32Array', length)];
  const cuts = blocks.add('Uint32Array', runs);
  const placed = place(host, items, blocks, { ready: true });
  const result = orders[((stages.length - 1) / 2) % 2];
  const opened = placed && openSession(host, blocks, { stages, fixed: true, coarse: Infinity, result });
  if (opened === undefined) return sortAlone(host, items, options);
  const { unit, source } = placed;
  const sort = { run, orders, cuts };
  const weight = length / (runs * stages.length);
  const spec = { operation: 'sort', length, unit, source, sort, weight };
  await new Conductor(host, spec, options).conduct(opened.session, blocks);
  return opened.written;
}

/** Items that cannot be put where several isolates see them are sorted by one of these. */
async function sortAlone(host, items, options) {
  const spec = { operation: 'sort', length: items.length, unit: 1 };
  const parts = await new Conductor(host, spec, { ...options, chunk: items.length }).send(items);
  return parts[0][1];
}

module.exports = { sortArray, sortElements, sortNumbers };
