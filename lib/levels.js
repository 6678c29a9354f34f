'use strict';
// Who is to be told when the number of a caller's outstanding tasks has fallen to a certain level.

/** As it was before a test could replace it. */
const { nextTick } = process;

class Levels {
  /** @type {Set<{ level: number, tell: () => void, once: boolean }>} */
  #watchers = new Set();
  /** The highest level that somebody watches; above it nobody need be asked. */
  highest = 0;

  /**
   * @param {number} level
   * @param {() => void} tell called soon after the number has fallen to it, never from inside what made it fall
   * @param {boolean} [once]
   * @returns {() => void} ends it
   */
  watch(level, tell, once = false) {
    const watcher = { level, tell, once };
    this.#watchers.add(watcher);
    this.#rise();
    return () => {
      this.#watchers.delete(watcher);
      this.#rise();
    };
  }

  /** The number has been lowered by one, and is this now. */
  fallen(count) {
    for (const watcher of this.#watchers) {
      if (watcher.level !== count) continue;
      nextTick(watcher.tell);
      if (watcher.once) this.#watchers.delete(watcher);
    }
    this.#rise();
  }

  #rise() {
    this.highest = 0;
    for (const { level } of this.#watchers) if (level > this.highest) this.highest = level;
  }
}

module.exports = { Levels };
