'use strict';
// The signals of the tasks that a worker runs. Each is made when its task first asks for it, and is seen to abort without
// a turn of the event loop: whoever looks at it looks at a number in native memory first.

const { TimeoutError } = require('./errors.js');
const { decodeReason } = require('./reason.js');

const WATCHED = 0;
const ABANDONED = 1;

/** What is looked at before a signal is. */
const before = Symbol('tasklets.before');

const { prototype } = AbortSignal;
const aborted = /** @type {any} */ (Reflect.getOwnPropertyDescriptor(prototype, 'aborted')).get;
const reason = Reflect.getOwnPropertyDescriptor(prototype, 'reason')?.get;
const { throwIfAborted } = prototype;

/** What stands between a task's signal and AbortSignal: it is one in all respects, and listens first. */
const taskSignal = Object.create(prototype, {
  aborted: {
    get() {
      this[before]?.();
      return Reflect.apply(aborted, this, []);
    },
    configurable: true,
    enumerable: true,
  },
  reason: {
    get() {
      this[before]?.();
      return reason && Reflect.apply(reason, this, []);
    },
    configurable: true,
    enumerable: true,
  },
  throwIfAborted: {
    value() {
      this[before]?.();
      Reflect.apply(throwIfAborted, this, []);
    },
    configurable: true,
    writable: true,
  },
});

class TaskSignals {
  #native;
  #count;
  /** The number of abandoned tasks that has been listened to. */
  #heard = 0;
  /** By lease. The signal of a task that has ended stands here until the next task of its lease asks for one. */
  /** @type {Map<number, { id: number, flags: number, controller: AbortController }>} */
  #watched = new Map();
  #listen = () => this.hear();

  /**
   * @param {any} worker the native worker
   * @param {() => number} count how many tasks have been abandoned here
   */
  constructor(worker, count) {
    this.#native = worker;
    this.#count = count;
  }

  /**
   * A signal for a task, made now.
   *
   * @returns {AbortSignal}
   */
  make(lease, id, flags) {
    const controller = new AbortController();
    const { signal } = controller;
    const status = this.#native.watch(lease, id, flags);
    if (status === WATCHED || status === ABANDONED) {
      Object.setPrototypeOf(signal, taskSignal);
      Object.defineProperty(signal, before, { value: this.#listen, writable: true, configurable: true });
      this.#watched.set(lease, { id, flags, controller });
      if (status === ABANDONED) this.#abort(lease);
    }
    return signal;
  }

  /** Aborts the signals of the tasks that have been abandoned. */
  hear() {
    const count = this.#count();
    if (count === this.#heard) return;
    this.#heard = count;
    for (const lease of [...this.#watched.keys()]) this.#abort(lease);
  }

  #abort(lease) {
    const { id, flags, controller } = this.#watched.get(lease) ?? {};
    if (controller === undefined) return;
    const cause = this.#native.cause(lease, id, flags);
    if (cause === null) return;
    this.#watched.delete(lease);
    Object.defineProperty(controller.signal, before, { value: undefined });
    if (cause === true) controller.abort(new TimeoutError('The task has run longer than its timeout'));
    else controller.abort(decodeReason(cause));
  }
}

module.exports = { TaskSignals };
