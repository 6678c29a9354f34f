'use strict';
// The abort signals that a caller's tasks follow: which tasks each of them cancels.

const { onAbort } = require('./abort.js');

class Signals {
  /** @type {Map<AbortSignal, { slots: Set<number>, release: () => void }>} */
  #followed = new Map();
  #abort;

  /** @param {(slots: Iterable<number>, reason: unknown) => void} abort cancels the tasks in these slots */
  constructor(abort) {
    this.#abort = abort;
  }

  follow(signal, slot) {
    const followed = this.#followed.get(signal);
    if (followed !== undefined) {
      followed.slots.add(slot);
      return;
    }
    const slots = new Set([slot]);
    const release = onAbort(signal, () => {
      this.#followed.delete(signal);
      this.#abort(slots, signal.reason);
    });
    this.#followed.set(signal, { slots, release });
  }

  /** The task in `slot` has ended; the last one lets the signal go. */
  leave(signal, slot) {
    const followed = this.#followed.get(signal);
    if (followed === undefined || !followed.slots.delete(slot) || followed.slots.size > 0) return;
    this.#followed.delete(signal);
    followed.release();
  }
}

module.exports = { Signals };
