'use strict';
// What a caller counts of the errors that its tasks ended with: by class, and how many there were of late.

/** So many classes are told apart; the others are counted together. */
const CLASSES = 100;
const OTHERS = '(others)';
/** Seconds within which something is recent. */
const RECENT = 60;

/** What an error is counted as. */
function classOf(error) {
  if (error === null || typeof error !== 'object') return typeof error;
  try {
    return typeof error.name === 'string' && error.name !== '' ? error.name : 'Object';
  } catch {
    return 'Object';
  }
}

class Tally {
  /** @type {Map<string, number>} */
  #classes = new Map();
  /** How many of late: `[second, count]`, the oldest first. */
  #recent = [];

  add(error) {
    const name = classOf(error);
    const known = this.#classes.has(name) || this.#classes.size < CLASSES ? name : OTHERS;
    this.#classes.set(known, (this.#classes.get(known) ?? 0) + 1);
    // What was asked for is no failure.
    if (name === 'AbortError') return;
    const second = Math.floor(Date.now() / 1000);
    const last = this.#recent.at(-1);
    if (last !== undefined && last[0] === second) last[1]++;
    else {
      this.#recent.push([second, 1]);
      if (this.#recent.length > RECENT) this.#recent.shift();
    }
  }

  /** How many of each class there have been. */
  get classes() {
    return Object.fromEntries(this.#classes);
  }

  /** How many there have been in the last minute, cancelled tasks left aside. */
  get recent() {
    const first = Math.floor(Date.now() / 1000) - RECENT;
    return this.#recent.reduce((sum, [second, count]) => (second > first ? sum + count : sum), 0);
  }
}

module.exports = { Tally };
