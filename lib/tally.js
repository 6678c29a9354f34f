'use strict';
// What a caller counts of the errors that its tasks ended with: by class, and how many there were of late.

/** So many classes are told apart; the others are counted together. */
const CLASSES = 100;
const OTHERS = '(others)';
/** Seconds within which something is recent. */
const RECENT = 60;

const isName = (name) => typeof name === 'string' && name !== '';

/** What an error is counted as. */
function classOf(error) {
  if (error === null) return 'null';
  if (typeof error !== 'object') return typeof error;
  try {
    const { name: given, constructor } = error;
    if (typeof constructor === 'function' && isName(constructor.name)) return constructor.name;
    return isName(given) ? given : 'Object';
  } catch {
    return 'Object';
  }
}

class Tally {
  /** @type {Map<string, number>} */
  #classes = new Map();
  /** How many of late: `[second, count]`, the oldest first. */
  #recent = [];

  /**
   * @param {unknown} error
   * @param {boolean} failed whether a task has failed with it, rather than having been cancelled or refused
   */
  add(error, failed) {
    const name = classOf(error);
    const known = this.#classes.has(name) || this.#classes.size < CLASSES ? name : OTHERS;
    this.#classes.set(known, (this.#classes.get(known) ?? 0) + 1);
    if (!failed) return;
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

  /** How many there have been in the last minute, cancelled and refused tasks left aside. */
  get recent() {
    const first = Math.floor(Date.now() / 1000) - RECENT;
    return this.#recent.reduce((sum, [second, count]) => (second > first ? sum + count : sum), 0);
  }
}

module.exports = { Tally };
