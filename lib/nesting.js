'use strict';
// Which tasks of this worker wait for tasks of their own: an exclusive one may run beside those, and nothing else may run
// beside an exclusive one that does not.

const { current } = require('./current.js');

class Nesting {
  #waits;
  #onWaits;
  /** By the slot of a task that is outstanding, or by what is under way beside single tasks. */
  #parents = new Map();

  /** @param {import('./current.js').WorkerState} here */
  constructor({ waits, onWaits }) {
    this.#waits = waits;
    this.#onWaits = onWaits;
  }

  begin(child) {
    const parent = /** @type {import('./context.js').TaskContext | null} */ (current());
    if (parent === null) return;
    const count = this.#waits.get(parent) ?? 0;
    // What a task has left behind is nobody's.
    if (count === 0 && !parent.isUnderWay()) return;
    this.#parents.set(child, parent);
    this.#waits.set(parent, count + 1);
    if (count === 0) this.#onWaits();
  }

  end(child) {
    const parent = this.#parents.get(child);
    if (parent === undefined) return;
    this.#parents.delete(child);
    const count = this.#waits.get(parent);
    // It may have ended before.
    if (count === undefined) return;
    if (count > 1) {
      this.#waits.set(parent, count - 1);
      return;
    }
    this.#waits.delete(parent);
    this.#onWaits();
  }
}

module.exports = { Nesting };
