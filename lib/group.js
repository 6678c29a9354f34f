'use strict';
// A group: tasks that were started together, which end together when one fails or a signal aborts.

const { onAbort } = require('./abort.js');

/**
 * @typedef {object} GroupPool what a group needs of a pool
 * @property {(fn: Function, options: any, attempt: number) => any} run starts a task
 * @property {(task: any, reason: unknown) => void} withdraw cancels a task that has not started; leaves others alone
 */

class Group {
  #pool;
  #tasks = [];

  /** @param {GroupPool} pool */
  constructor(pool) {
    this.#pool = pool;
  }

  add(task) {
    this.#tasks.push(task);
    return task;
  }

  get tasks() {
    return this.#tasks;
  }

  /** Cancels what has not started. Nobody awaits those any more, so their rejections are nobody's surprise. */
  withdraw(reason) {
    for (const task of this.#tasks) {
      this.#pool.withdraw(task, reason);
      task.catch(() => {});
    }
  }

  /** Cancels everything, running or not, when the signal aborts. */
  follow(signal) {
    const abort = () => {
      // What waits comes first: it would start where what runs heeds its signal.
      for (const task of this.#tasks) this.#pool.withdraw(task, signal.reason);
      for (const task of this.#tasks) task.cancel(signal.reason);
    };
    const release = onAbort(signal, abort);
    Promise.allSettled(this.#tasks).then(release);
  }
}

/** Reads a list of entries at the call: an array, or any iterable. */
function listOf(where, entries, refuse) {
  if (Array.isArray(entries)) return entries;
  if (typeof entries === 'object' && entries !== null && typeof entries[Symbol.iterator] === 'function') {
    return [...entries];
  }
  throw refuse(where, entries);
}

module.exports = { Group, listOf };
