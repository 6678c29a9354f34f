'use strict';
// The abort signals that tasks listen to: one listener for each signal, however many tasks have it.

class Signals {
  /** @type {Map<AbortSignal, { slots: Set<number>, listener: () => void }>} */
  #followed = new Map();
  #abort;

  /** @param {(slot: number, reason: unknown) => void} abort cancels the task in a slot */
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
    const listener = () => {
      this.#followed.delete(signal);
      for (const each of slots) this.#abort(each, signal.reason);
    };
    this.#followed.set(signal, { slots, listener });
    signal.addEventListener('abort', listener, { once: true });
  }

  /** The task in `slot` has ended; the last one takes the listener away. */
  leave(signal, slot) {
    const followed = this.#followed.get(signal);
    if (followed === undefined || !followed.slots.delete(slot) || followed.slots.size > 0) return;
    this.#followed.delete(signal);
    signal.removeEventListener('abort', followed.listener);
  }
}

module.exports = { Signals };
