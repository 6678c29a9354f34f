'use strict';
// map, filter, forEach and reduce over items that are pulled: in chunks, each of which is a task, and only as fast as the
// pool takes them.

const { setImmediate } = require('node:timers');
const { types } = require('node:util');
const { AbortError } = require('../errors.js');
const { feedGroup } = require('../group.js');
const { Teller } = require('../listener.js');
const { lay } = require('./results.js');
const { sendPart } = require('./send.js');

/** Items in a chunk at most, unless `chunk` says otherwise; fewer where the function is called for all of them at once. */
const LONGEST = 256;
const TOGETHER = 16;
/** What a chunk should last, in ms. */
const SHORT = 2;
const LONG = 20;
/** How often progress is told, in ms. */
const LOOK = 50;

/** The items, chunk by chunk: `{ items, first }`. An iterator itself. */
class Chunks {
  #iterator;
  #size;
  #count = 0;
  #done = false;
  /** What has been asked for and has not come. */
  #asked = null;

  /**
   * @param {{ iterator: any, asynchronous: boolean }} source
   * @param {() => number} size of the next chunk
   */
  constructor({ iterator, asynchronous }, size) {
    this.#iterator = iterator;
    this.asynchronous = asynchronous;
    this.#size = size;
  }

  next() {
    return this.asynchronous ? this.#nextLater() : this.#nextNow();
  }

  return() {
    this.#done = true;
    return this.#iterator.return?.();
  }

  #nextNow() {
    const items = [];
    for (const size = this.#size(); !this.#done && items.length < size;) this.#take(this.#iterator.next(), items);
    return this.#chunk(items);
  }

  /** Items that take longer than a turn of the event loop to come do not keep those waiting that are there. */
  async #nextLater() {
    const items = [];
    const size = this.#size();
    let late;
    while (!this.#done && items.length < size) {
      this.#asked ??= ask(this.#iterator);
      let step = this.#asked;
      if (items.length > 0) step = Promise.race([step, (late ??= turn())]);
      const taken = await step;
      if (taken === undefined) break;
      this.#asked = null;
      this.#take(taken, items);
    }
    return this.#chunk(items);
  }

  #take({ done, value }, items) {
    if (done) this.#done = true;
    else items.push(value);
  }

  #chunk(items) {
    if (items.length === 0) return { done: true, value: undefined };
    const first = this.#count;
    this.#count += items.length;
    return { done: false, value: { items, first } };
  }
}

function ask(iterator) {
  const asked = Promise.resolve(iterator.next());
  // Nobody may be waiting for it any more.
  asked.catch(() => {});
  return asked;
}

const turn = () => new Promise((resolve) => setImmediate(resolve));

/** How many items make a chunk: found while the work goes on, so that one item that takes seconds is a chunk too. */
class Grain {
  #most;

  constructor(chunk, asynchronous) {
    this.size = chunk ?? 1;
    this.#most = chunk ?? (asynchronous ? TOGETHER : LONGEST);
  }

  /** A chunk of so many items took so long. */
  learn(count, took) {
    if (this.#most === this.size && took <= LONG) return;
    // One of another size tells nothing of this one.
    if (count !== this.size) return;
    if (took < SHORT) this.size = Math.min(this.#most, this.size * 2);
    else if (took > LONG) this.size = Math.max(1, this.size >> 1);
  }
}

/** What becomes of the answers of the chunks: `add` takes one, `result` gives what the call gives. */
const outcomes = {
  map() {
    const results = [];
    return { add: (_chunk, _index, parts) => lay(parts, results), result: () => results };
  },
  filter() {
    const kept = [];
    const add = ({ items }, index, [[, marks]]) => (kept[index] = items.filter((_, i) => marks[i]));
    return { add, result: () => kept.flat() };
  },
  forEach: () => ({ add() {}, result() {} }),
  reduce() {
    const partials = [];
    return { add: (_chunk, index, [[, value]]) => (partials[index] = value), result: () => partials };
  },
};

/** Tells the progress from time to time. */
class Progress {
  #told = 0;
  #completed = 0;

  constructor(onProgress) {
    this.teller = new Teller(onProgress);
  }

  add(count) {
    this.#completed += count;
    const now = Date.now();
    if (now - this.#told < LOOK) return;
    this.#told = now;
    this.teller.tell({ completed: this.#completed, total: Infinity, percentage: 0 });
  }

  end() {
    this.teller.tell({ completed: this.#completed, total: this.#completed, percentage: 100 });
    this.teller.end();
  }
}

/**
 * @param {import('./index.js').Host} host
 * @param {'map' | 'filter' | 'forEach' | 'reduce'} name
 * @param {{ iterator: any, asynchronous: boolean }} source
 * @param {Function} fn
 * @param {import('../../index.js').MapOptions} options
 * @returns {Promise<any>} what the call gives; for reduce, the partial results
 */
async function stream(host, name, source, fn, { chunk, signal, onProgress }) {
  if (signal?.aborted) throw new AbortError(signal.reason);
  const asynchronous = types.isAsyncFunction(fn);
  const spec = { operation: name, unit: 1, asynchronous };
  const grain = new Grain(chunk, asynchronous);
  const progress = new Progress(onProgress);
  const { add, result } = outcomes[name]();
  const underWay = new Map();
  const chunks = new Chunks(source, () => grain.size);
  // The call has entered the pool already.
  const pool = { room: host.room, withdraw: host.withdraw, enter: () => ({ left: host.left, leave() {} }) };
  await feedGroup(pool, { iterator: chunks, asynchronous: source.asynchronous }, signal, {
    window: 2 * host.workers,
    start(part, index) {
      underWay.set(index, part);
      return sendPart(host, spec, part.items, part.first);
    },
    ended(index, { parts, took }) {
      const part = underWay.get(index);
      underWay.delete(index);
      grain.learn(part.items.length, took);
      add(part, index, parts);
      progress.add(part.items.length);
    },
    failed(_index, error) {
      throw error;
    },
    stopped: (feed, error) => feed.fail(error),
    failing: progress.teller.failed,
  });
  progress.end();
  return result();
}

module.exports = { stream };
