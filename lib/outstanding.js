'use strict';
// What a caller has outstanding: its tasks, each in a slot, what is under way beside them, and who waits for their end.

const { AbortError } = require('./errors.js');
const { Levels } = require('./levels.js');
const { Listener } = require('./listener.js');
const { Signals } = require('./signals.js');

/** How many slots there are at first, and again when a burst is over. */
const SLOTS = 1024;
/** A table of more slots than this is made small again when a burst is over. */
const LARGE_TABLE = 2 ** 17;
/** A slot is looked for under so many ids in a row before there are made more of them. */
const PROBES = 8;

/**
 * @typedef {object} Extras what only some tasks have
 * @property {AbortSignal} [signal]
 * @property {boolean} [cancellable]
 * @property {string} [name]
 * @property {number} [timeout]
 * @property {number} [attempt]
 * @property {import('./listener.js').Listener} [listener] of the task's progress
 * @property {{ to: number, keys: number[] } | null} [sent] what went to a worker ahead of the task, for it alone
 * @property {any} [keep] what must not be collected before the worker has seen it
 */

class Outstanding {
  // By slot. A task's slot is the low bits of its id, so that ids go up one by one and are found without a table.
  #mask = SLOTS - 1;
  /** What the pool is called. */
  pool = '';
  lastId = 0;
  /** @type {(((outcome: any) => void) | undefined)[]} of the promises; undefined: the slot is free */
  resolves = new Array(SLOTS).fill(undefined);
  ids = new Array(SLOTS).fill(0);
  /** @type {(import('./functions.js').Shipped | undefined)[]} */
  shipped = new Array(SLOTS).fill(undefined);
  /** @type {(Extras | undefined)[]} */
  extras = new Array(SLOTS).fill(undefined);
  /** How many tasks there are. */
  count = 0;
  /** Who wants to know when there are fewer. */
  levels = new Levels();
  /** In a worker, for the pool that it belongs to. */
  /** @type {import('./nesting.js').Nesting | null} */
  nesting = null;
  #signals;
  #abort;
  #hold;
  #whenIdle = [];
  /** What is under way beside single tasks: how each is ended from outside, and the promise of its end. */
  #activities = new Set();
  /** Who waits until all that was there at some moment has settled. */
  #awaited = [];

  /**
   * @param {(slots: Iterable<number>, reason: unknown) => void} abort cancels the tasks in these slots
   * @param {(any: boolean) => void} hold told when there is something, and when there is nothing any more
   */
  constructor(abort, hold) {
    this.#signals = new Signals(abort);
    this.#abort = abort;
    this.#hold = hold;
  }

  /** A free slot, whose id stands in `ids`. Ids whose slot is taken are left out. */
  take() {
    for (;;) {
      for (let probe = 0; probe < PROBES; probe++) {
        const id = ++this.lastId;
        // The low 32 bits are those that count; an id may have more.
        const slot = id & this.#mask;
        if (this.resolves[slot] === undefined) {
          this.ids[slot] = id;
          return slot;
        }
      }
      const more = this.#mask + 1;
      this.#mask += more;
      // What is added is empty, and belongs to the ids that have this bit: on to the first of those that follow.
      const next = (Math.floor(this.lastId / more) + 1) * more;
      this.lastId = ((next & more) === 0 ? next + more : next) - 1;
      for (let slot = 0; slot < more; slot++) {
        this.resolves.push(undefined);
        this.ids.push(0);
        this.shipped.push(undefined);
        this.extras.push(undefined);
      }
    }
  }

  /** The task in a slot that was taken has been submitted. */
  add(slot, resolve, shipped) {
    this.resolves[slot] = resolve;
    this.shipped[slot] = shipped;
    if (this.count++ === 0 && this.#activities.size === 0) this.#hold(true);
    if (this.nesting !== null) this.nesting.begin(slot);
  }

  addExtras(slot, options, keep, sent, attempt) {
    const { signal, cancellable, name, timeout, onProgress } = options ?? {};
    const listener = onProgress && new Listener(onProgress);
    this.extras[slot] = { signal, cancellable, name, timeout, keep, sent, attempt, listener };
    if (signal !== undefined && cancellable !== false) this.#signals.follow(signal, slot);
  }

  /** The task has been settled. */
  free(slot) {
    const extras = this.extras[slot];
    if (extras !== undefined) {
      if (extras.signal !== undefined) this.#signals.leave(extras.signal, slot);
      this.extras[slot] = undefined;
    }
    this.resolves[slot] = undefined;
    this.shipped[slot] = undefined;
    this.ids[slot] = 0;
    if (this.nesting !== null) this.nesting.end(slot);
    if (--this.count <= this.levels.highest) this.#fallen();
  }

  /** Where a task stands, -1 for one that has ended: the slots may have been fewer when it came. */
  slotOf(id) {
    for (let mask = this.#mask; mask >= SLOTS - 1; mask >>= 1) {
      const slot = id & mask;
      if (this.ids[slot] === id) return slot;
    }
    return -1;
  }

  /** The slots of all tasks. */
  slots() {
    const slots = [];
    for (let slot = 0; slot < this.resolves.length; slot++) if (this.resolves[slot] !== undefined) slots.push(slot);
    return slots;
  }

  /** What is known of a task that ends. */
  endOf(slot, worker, duration) {
    const { name = this.shipped[slot].name, attempt = 1, timeout = 0 } = this.extras[slot] ?? {};
    return { id: this.ids[slot], name, pool: this.pool, attempt, worker, duration, timeout };
  }

  /**
   * Somebody will submit more tasks as others end: until `leave()`, something is outstanding. `left` rejects where it is
   * not to go on.
   */
  enter() {
    if (this.count === 0 && this.#activities.size === 0) this.#hold(true);
    const activity = { end: null, done: null };
    const left = /** @type {Promise<never>} */ (new Promise((_, reject) => (activity.end = reject)));
    left.catch(() => {});
    let finish;
    activity.done = new Promise((resolve) => (finish = resolve));
    this.#activities.add(activity);
    this.nesting?.begin(activity);
    const leave = () => {
      this.#activities.delete(activity);
      this.nesting?.end(activity);
      finish();
      this.#restIfIdle();
    };
    return { left, leave };
  }

  /** Ends what is under way beside single tasks. */
  leave(error) {
    for (const { end } of this.#activities) end(error);
  }

  /** Resolves when nothing is outstanding. */
  idle() {
    if (this.count === 0 && this.#activities.size === 0) return Promise.resolve();
    return new Promise((resolve) => this.#whenIdle.push(resolve));
  }

  /** What there is now, whatever comes later: the promise of its end, and how it is cancelled. */
  present() {
    const ids = this.slots().map((slot) => this.ids[slot]);
    const activities = [...this.#activities];
    const settled = [new Promise((resolve) => this.#awaited.push({ ids: [...ids], resolve }))];
    for (const { done } of activities) settled.push(done);
    this.lookAtAwaited();
    const cancel = (reason) => {
      const slots = ids.map((id) => this.slotOf(id)).filter((slot) => slot !== -1);
      this.#abort(slots, reason);
      for (const { end } of activities) end(new AbortError(reason));
    };
    return { settled: Promise.all(settled), cancel };
  }

  /** Some tasks have been settled: whether they were the last that somebody waits for. */
  lookAtAwaited() {
    if (this.#awaited.length === 0) return;
    this.#awaited = this.#awaited.filter(({ ids, resolve }) => {
      while (ids.length > 0 && this.slotOf(ids.at(-1)) === -1) ids.pop();
      if (ids.length === 0) resolve();
      return ids.length > 0;
    });
  }

  /** There are so few that somebody may have waited for it. */
  #fallen() {
    this.levels.fallen(this.count);
    if (this.count > 0) return;
    if (this.#mask > LARGE_TABLE) this.#shrink();
    this.#restIfIdle();
  }

  /** A burst is over: what it needed is given back. */
  #shrink() {
    this.#mask = SLOTS - 1;
    this.resolves.length = SLOTS;
    this.ids.length = SLOTS;
    this.shipped.length = SLOTS;
    this.extras.length = SLOTS;
  }

  #restIfIdle() {
    if (this.count > 0 || this.#activities.size > 0) return;
    this.#hold(false);
    if (this.#whenIdle.length > 0) for (const tell of this.#whenIdle.splice(0)) tell();
  }
}

module.exports = { Outstanding };
