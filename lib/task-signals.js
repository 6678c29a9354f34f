'use strict';
// The signals of the tasks that a worker runs. Each is made when its task first asks for it, and is seen to abort without
// a turn of the event loop: whoever looks at it looks at a number in native memory first.

const { AsyncResource } = require('node:async_hooks');
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
  /** @type {Map<number, { id: number, flags: number, controller: AbortController, scope: AsyncResource }>} */
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
      // Its listeners run as the task does, whoever it is that hears.
      this.#watched.set(lease, { id, flags, controller, scope: new AsyncResource('tasklets.signal') });
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
    const watched = this.#watched.get(lease);
    if (watched === undefined) return;
    const { id, flags, controller, scope } = watched;
    const cause = this.#native.cause(lease, id, flags);
    if (cause === null) return;
    this.#watched.delete(lease);
    Object.defineProperty(controller.signal, before, { value: undefined });
    const reason = cause === true ? new TimeoutError('The task has run longer than its timeout') : decodeReason(cause);
    scope.runInAsyncScope(() => controller.abort(reason));
  }
}

module.exports = { TaskSignals };
