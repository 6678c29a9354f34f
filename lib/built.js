'use strict';
// The functions that a worker has built, each from a plan that came with its first task, and keeps for the next.

const { buffersOf } = require('./buffers.js');
const { rebuild } = require('./capture/rebuild.js');
const { Flag } = require('./frame.js');
const { readKeys } = require('./keys.js');

/** As it was before any task could replace it: a task that does spoils its own promises, not the worker. */
const { then } = Promise.prototype;
const { apply } = Reflect;

/** The engine's own functions that run in workers, by name, each loaded when it is first called. */
const internals = {
  parallel: (...args) => require('./parallel/kernel.js').perform(...args),
};
/** How many of them are kept for the next task, each with the user's function that it calls. */
const RECENT = 4;

/** @typedef {{ fn: Function, name: string, loading: Promise<Function> | null }} Built */

/**
 * A function that can be called at once, also where modules that it uses are still being imported: its calls wait then.
 *
 * @param {Function | Promise<Function> | undefined} made
 * @param {(fn: Function) => Function} wrap
 */
function whenLoaded(made, wrap) {
  if (!(made instanceof Promise)) return { fn: wrap(made), name: made?.name ?? '', loading: null };
  const built = { fn: /** @type {Function} */ (async (...args) => wrap(await made)(...args)), name: '', loading: made };
  const loaded = (fn) => Object.assign(built, { fn: wrap(fn), name: fn.name, loading: null });
  apply(then, made, [loaded, () => {}]);
  return built;
}

class BuiltFunctions {
  #native;
  #receiver;
  #decoder;
  /** @type {Map<number, Built>} by the scheduler's number */
  #kept = new Map();
  /** @type {Map<number, Built>} the engine's own for one call, of which several tasks usually follow */
  #recent = new Map();

  /**
   * @param {any} native the native worker
   * @param {import('./carrier.js').Receiver} receiver
   * @param {import('./codec').Decoder} decoder
   */
  constructor(native, receiver, decoder) {
    this.#native = native;
    this.#receiver = receiver;
    this.#decoder = decoder;
  }

  /** @returns {Built | undefined} */
  get(number) {
    return this.#kept.get(number) ?? this.#recent.get(number);
  }

  /** Nobody can call these any more. */
  forget(numbers) {
    // As they stand in the inbox: those from 2 ** 31 are negative there.
    for (const number of numbers) this.#kept.delete(number | 0);
  }

  /** From the plan that the task under a lease came with. */
  build(lease, number, flags) {
    const bytes = this.#native.plan(lease);
    const [keys, end] = readKeys(bytes, bytes.length);
    const buffers = buffersOf((allocate) => this.#native.planBuffers(lease, allocate));
    const carried = keys.map((key) => this.#receiver.take(key));
    const plan = this.#decoder.decode(bytes, 0, end, buffers, carried);
    if (plan.internal !== undefined) return this.#buildInternal(number, plan, flags);
    const built = whenLoaded(rebuild(plan), (fn) => fn);
    if ((flags & Flag.EPHEMERAL) === 0) this.#kept.set(number, built);
    return built;
  }

  #buildInternal(number, plan, flags) {
    const internal = internals[plan.internal];
    const built = whenLoaded(
      plan.fn && rebuild(plan.fn),
      (user) =>
        (...args) =>
          internal(user, ...args),
    );
    built.name ||= plan.name;
    if ((flags & Flag.EPHEMERAL) === 0) {
      this.#kept.set(number, built);
      return built;
    }
    this.#recent.set(number, built);
    if (this.#recent.size > RECENT) this.#recent.delete(this.#recent.keys().next().value);
    return built;
  }
}

module.exports = { BuiltFunctions };
