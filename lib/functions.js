'use strict';
// The functions that a caller has given to the engine: captured, encoded, registered, and forgotten again.

const { NotSerializableError } = require('./errors.js');

/** A function has numbers for so many names beside its own. */
const NAMES = 100;
/** Its own. */
const OWN = Symbol('own');

/** Loaded with the first function, while the first worker starts. */
const capture = (fn, options) => require('./capture').capture(fn, options);

/**
 * @typedef {object} Shipped a function that workers can call
 * @property {number} number what orders call it by
 * @property {string} name its name, for errors
 * @property {Map<string | symbol, number>} numbers the same and the others that it has for tasks of other names
 * @property {boolean} once registered for one task alone, or until it is released; no worker keeps it for good
 * @property {number[] | null} carried the keys of what V8 carries for it
 * @property {import('./capture/guards').Guards | null} guards what tells whether what it captured has been changed since
 * @property {object} [taken] the capture that it is to live as long as
 */

/** Whether workers keep what they have compiled; src/caller.rs has the same numbers. */
const Kept = Object.freeze({ NOT: 0, FOR_A_WHILE: 1, ALWAYS: 2 });

class Functions {
  #native;
  #encode;
  /** By identity: functions whose capture serves as long as its guards hold. */
  #known = new WeakMap();
  /** By what was captured. */
  #captured = new WeakMap();
  /** Of the engine's own functions, by what was captured for them, and by name. */
  #internals = new WeakMap();
  #lastFunction = null;
  #lastShipped = null;
  #finalization;

  /**
   * @param {any} native the caller's native side
   * @param {(plan: any, path: string) => { length: number, buffers: Uint8Array[], carried: any[] | null }} encode writes
   *   a plan at the start of the outbox
   */
  constructor(native, encode) {
    this.#native = native;
    this.#encode = encode;
    this.#finalization = new FinalizationRegistry((numbers) => this.#drop(numbers));
  }

  /**
   * What run() calls: the function as it is at this moment.
   *
   * @param {Function} fn
   * @param {object} [captures] variables supplied by hand
   * @returns {Shipped}
   */
  snapshot(fn, captures) {
    if (fn === this.#lastFunction && captures === undefined) {
      const { guards } = this.#lastShipped;
      if (guards === null || guards.hold(fn)) return this.#lastShipped;
    }
    const known = captures === undefined ? this.#known.get(fn) : undefined;
    if (known !== undefined && (known.guards === null || known.guards.hold(fn))) {
      this.#lastFunction = fn;
      this.#lastShipped = known;
      return known;
    }
    const taken = capture(fn, { captures });
    if (!taken.stable) return this.#register(fn, taken, Kept.NOT);
    // Closures made at one place and capturing the same variables come with the same capture.
    let shipped = this.#captured.get(taken);
    if (shipped === undefined) {
      shipped = this.#register(fn, taken, Kept.ALWAYS);
      shipped.guards = taken.guards;
      shipped.taken = taken;
      this.#captured.set(taken, shipped);
      this.#finalization.register(taken, shipped.numbers);
    }
    this.#known.set(fn, shipped);
    return shipped;
  }

  /**
   * What task() calls: the function as it is now, for all the calls to come.
   *
   * @param {Function} fn
   * @param {object} [captures]
   * @returns {Shipped}
   */
  keep(fn, captures) {
    const shipped = this.#register(fn, capture(fn, { captures }), Kept.ALWAYS);
    this.#finalization.register(shipped, shipped.numbers);
    return shipped;
  }

  /**
   * A function of the engine itself, by its name in the worker, which is called with the user's function (if any) before
   * its arguments. For as many tasks as its owner likes, until it is released.
   *
   * @param {string} internal
   * @param {string} name what its tasks are called
   * @param {Function} [fn]
   * @param {object} [captures]
   * @returns {Shipped}
   */
  internal(internal, name, fn, captures) {
    const taken = fn === undefined ? null : capture(fn, { captures });
    const register = (kept) => this.#register({ name }, { plan: { internal, name, fn: taken?.plan } }, kept);
    if (taken === null || !taken.stable) return register(Kept.FOR_A_WHILE);
    // What a worker has compiled for the function serves the next call too.
    const known = this.#internals.get(taken)?.get(name);
    if (known !== undefined) return known;
    const shipped = register(Kept.ALWAYS);
    shipped.taken = taken;
    const named = this.#internals.get(taken) ?? new Map();
    this.#internals.set(taken, named.set(name, shipped));
    this.#finalization.register(taken, shipped.numbers);
    return shipped;
  }

  /** Forgets what was registered for a while, once the last of its tasks is queued. */
  release(shipped) {
    if (shipped.once) this.#drop(shipped.numbers);
  }

  /** The number of the same function for tasks that are called by another name. */
  named({ number, numbers }, name) {
    const known = numbers.get(name);
    if (known !== undefined) return known;
    // Very many names tell nothing, and cost memory.
    if (numbers.size > NAMES) return number;
    const renamed = this.#native.renameFunction(number, name);
    numbers.set(name, renamed);
    return renamed;
  }

  #drop(numbers) {
    for (const number of numbers.values()) this.#native.dropFunction(number);
  }

  #register(fn, { plan }, kept) {
    const path = fn.name || 'the function';
    const { length, buffers, carried } = this.#encode(plan, path);
    const number = this.#native.addFunction(length, buffers, kept, fn.name || 'anonymous');
    if (number === null) throw new NotSerializableError(path, 'there is no memory for a copy of what it captures');
    const numbers = new Map([[OWN, number]]);
    return { number, name: fn.name, numbers, once: kept !== Kept.ALWAYS, carried, guards: null };
  }
}

module.exports = { Functions, capture };
