'use strict';
// Callbacks of the user that are told how far something has come: when and where they are called, and how they fail.

const { AsyncResource } = require('node:async_hooks');

/**
 * What a callback has answered: where that is a promise, `fail` hears what it rejects with, and says whether there was
 * still somebody to tell. Where there was not, it is an unhandled rejection like any other.
 *
 * @param {any} answer
 * @param {(error: unknown) => boolean} fail
 */
function heed(answer, fail) {
  if (typeof answer?.then !== 'function') return;
  answer.then(undefined, (error) => {
    if (!fail(error)) throw error;
  });
}

/** A callback that is called as the code which gave it would: in that code's asynchronous context. */
class Listener extends AsyncResource {
  #callback;
  #failed = false;

  /** @param {(...args: any[]) => void} callback */
  constructor(callback) {
    super('tasklets.listener');
    this.#callback = callback;
  }

  /** Throws what the callback throws. A rejection of its promise is for `fail`, and there those after the first one end. */
  tell(args, fail) {
    const answer = this.runInAsyncScope(this.#callback, undefined, ...args);
    heed(answer, (error) => this.#failed || (this.#failed = fail(error)));
  }
}

/** A callback that is told of a whole call, until it fails or the call ends. */
class Teller {
  #callback;
  #reject;
  #over = false;
  #failed = false;
  /** Rejects with what a promise of the callback's has rejected with. */
  failed = /** @type {Promise<never>} */ (new Promise((_, reject) => (this.#reject = reject)));

  /** @param {((value: any) => any) | undefined} callback */
  constructor(callback) {
    this.#callback = callback;
    this.failed.catch(() => {});
  }

  /** Throws what the callback throws, and has nothing more to tell then. */
  tell(value) {
    try {
      heed(this.#callback?.(value), (error) => this.#fail(error));
    } catch (error) {
      this.#callback = undefined;
      throw error;
    }
  }

  end() {
    this.#over = true;
  }

  #fail(error) {
    if (this.#over) return this.#failed;
    this.#over = true;
    this.#failed = true;
    this.#callback = undefined;
    this.#reject(error);
    return true;
  }
}

module.exports = { Listener, Teller };
