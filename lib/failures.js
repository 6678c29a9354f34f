'use strict';
// The numbers of the tasks that have failed, as far back as they are remembered: for those that come after them by number.

/** How many are remembered. */
const REMEMBERED = 4096;

class Failures {
  #ids = new Set();
  /** The highest number that has been forgotten. */
  #horizon = 0;

  add(id) {
    this.#ids.add(id);
    if (this.#ids.size <= REMEMBERED) return;
    const [oldest] = this.#ids;
    this.#ids.delete(oldest);
    this.#horizon = Math.max(this.#horizon, oldest);
  }

  has(id) {
    return this.#ids.has(id);
  }

  /** Whether it cannot be told any more how a task has ended that is not among them. */
  hasForgotten(id) {
    return id <= this.#horizon;
  }
}

module.exports = { Failures };
