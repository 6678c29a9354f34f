'use strict';
// retry(): a task that is run again when it fails. It knows of tasks only what `run` gives: a promise with a cancel().

const { onAbort } = require('./abort.js');
const { AbortError } = require('./errors.js');
const { start } = require('./handle.js');
const { callable, retryOptions } = require('./options.js');
const { MAX_MILLISECONDS } = require('./options/checks.js');

/** Another attempt would end the same: the task was cancelled, it is too late, its pool is gone, or it cannot be sent at all. */
const FINAL = new Set([
  'ERR_TASKLETS_ABORTED',
  'ERR_TASKLETS_CAPTURE',
  'ERR_TASKLETS_DEADLINE',
  'ERR_TASKLETS_DEPENDENCY',
  'ERR_TASKLETS_NOT_SERIALIZABLE',
  'ERR_TASKLETS_POOL_CLOSED',
  'ERR_TASKLETS_POOL_DEATH',
]);

/** What a Date can say. */
const MAX_DATE = 8.64e15;

/** A deadline counts from the call, for all attempts. */
function untilDate(options) {
  const { deadline } = options;
  if (typeof deadline !== 'number' || deadline === Infinity) return options;
  return { ...options, deadline: new Date(Math.min(Date.now() + Math.ceil(deadline), MAX_DATE)) };
}

/**
 * @typedef {object} RetryPool what retrying needs of a pool
 * @property {(fn: Function, options: any, attempt: number) => any} run starts a task
 * @property {() => { left: Promise<never>, leave: () => void }} stay more tasks may follow, also where the pool is closing,
 *   until `leave()`; `left` rejects where they are not to
 * @property {(start: () => any) => any} admit lets `start` start such a task
 */

class Retry {
  /** @type {RetryPool} */
  #pool;
  #fn;
  #options;
  /** What may end the retrying from outside; a task that cannot be cancelled ignores it between attempts as well. */
  #signal;
  /** The task of the attempt under way, or of the last one. */
  #task;
  /** Between the failure of one attempt and the start of the next there is no task to cancel. */
  #between = false;
  /** Ends the waiting between two attempts, and is null while there is none. */
  #wake = null;
  /** Why the pool wants no further attempt. */
  #left = null;
  /** What was given to cancel(). */
  #cancelled = null;

  constructor(pool, fn, options) {
    this.#pool = pool;
    this.#fn = fn;
    this.#options = { ...options, task: untilDate(options.task) };
    this.#signal = options.task.cancellable === false ? undefined : options.task.signal;
    // The first attempt starts at the call, so that wrong use throws there.
    this.#task = start(pool.run, fn, this.#options.task, 1);
  }

  get id() {
    return this.#task.id;
  }

  cancel(reason) {
    if (this.#options.task.cancellable === false) return false;
    // Kept even where the attempt has just ended: should it have failed, no other one follows.
    this.#cancelled ??= { reason };
    if (!this.#between) return this.#task.cancel(reason);
    this.#wake?.();
    return true;
  }

  /** Makes the attempts. In between the pool knows that more is to come. */
  async drive() {
    const { left, leave } = this.#pool.stay();
    left.catch((error) => this.#leave(error));
    try {
      return await this.#attempts();
    } finally {
      leave();
    }
  }

  #leave(error) {
    this.#left = error;
    // What runs in this pool has been ended with it; a task handle may run in another one.
    if (this.#between) this.#wake?.();
    else this.#task.cancel(error);
  }

  async #attempts() {
    const { attempts } = this.#options;
    for (let attempt = 1; ; attempt++) {
      let failure;
      try {
        return await this.#task;
      } catch (error) {
        failure = error;
        this.#between = attempt < attempts;
        const again = this.#between && (await this.#wait(() => this.#mayRetry(error, attempt)));
        this.#throwIfEnded(error, attempt);
        if (!again) throw this.#end(error, attempt);
      }
      await this.#pause(attempt);
      this.#throwIfEnded(undefined, attempt);
      this.#between = false;
      this.#task = this.#again(attempt + 1, failure);
    }
  }

  async #mayRetry(error, attempt) {
    const { retryIf } = this.#options;
    if (FINAL.has(error?.code)) return false;
    try {
      return retryIf === undefined || Boolean(await retryIf(error));
    } catch (thrown) {
      throw this.#end(thrown, attempt);
    }
  }

  /** The task's own error stands where it already says that it was cancelled, or where it was the last attempt's. */
  #throwIfEnded(error, attempt) {
    if (!this.#between || error?.code === 'ERR_TASKLETS_ABORTED') return;
    if (this.#left !== null) throw this.#end(this.#left, attempt);
    if (this.#cancelled !== null) throw this.#end(new AbortError(this.#cancelled.reason), attempt);
    if (this.#signal?.aborted) throw this.#end(new AbortError(this.#signal.reason), attempt);
  }

  #end(error, attempts) {
    this.#between = false;
    if (typeof error === 'object' && error !== null) {
      // Reflect, because a frozen error is thrown as it is.
      Reflect.defineProperty(error, 'attempts', { value: attempts, writable: true, configurable: true });
    }
    return error;
  }

  #again(attempt, failure) {
    try {
      return this.#pool.admit(() => start(this.#pool.run, this.#fn, this.#options.task, attempt));
    } catch (error) {
      // The pool may have been closed in the meantime, and there is no caller to throw to any more. Why the task was to be
      // run again is told as well.
      if (error instanceof Error && !Object.hasOwn(error, 'cause')) {
        Reflect.defineProperty(error, 'cause', { value: failure, writable: true, configurable: true });
      }
      throw this.#end(error, attempt - 1);
    }
  }

  /** Waits before the next attempt. */
  async #pause(attempt) {
    const { delay, backoff, maxDelay, jitter } = this.#options;
    const full = Math.min(delay * backoff ** (attempt - 1), maxDelay, MAX_MILLISECONDS);
    const wait = full * (1 - jitter * Math.random());
    let timer;
    await this.#wait(() => new Promise((resolve) => (timer = setTimeout(resolve, wait))));
    clearTimeout(timer);
  }

  /** Waits for a promise. An abort, a cancel and the end of the pool end that early, and leave no listener. */
  async #wait(begin) {
    if (this.#left !== null || this.#cancelled !== null || this.#signal?.aborted) return undefined;
    /** @type {(() => void) | undefined} */
    let release;
    try {
      return await new Promise((resolve, reject) => {
        this.#wake = resolve;
        release = this.#signal && onAbort(this.#signal, () => resolve(undefined));
        begin().then(resolve, reject);
      });
    } finally {
      release?.();
      this.#wake = null;
    }
  }
}

/**
 * @param {RetryPool} pool
 * @param {Function} fn a function or a task handle
 * @param {object} [options]
 * @returns {import('../index.js').Task<any>}
 */
function retry(pool, fn, options) {
  callable('retry()', 'the task', fn);
  const retrying = new Retry(pool, fn, retryOptions(options));
  const task = /** @type {any} */ (retrying.drive());
  return Object.defineProperties(task, {
    id: { get: () => retrying.id, enumerable: true },
    cancel: { value: (reason) => retrying.cancel(reason) },
  });
}

module.exports = { retry };
