'use strict';
// What the tasks of a pool are submitted with where they do not say otherwise: the pool's timeouts.

class Defaults {
  /** What a task without options of its own is submitted with. */
  #general;
  /** @type {Map<string, { timeout: number }> | null} the same for tasks of some names */
  #named = null;

  /** @param {import('../index.js').PoolOptions} options validated */
  constructor({ timeout }) {
    const { default: general, perTask = {} } = typeof timeout === 'object' ? timeout : { default: timeout };
    this.#general = general === undefined ? undefined : { timeout: general };
    for (const [name, limit] of Object.entries(perTask)) {
      if (limit === undefined) continue;
      this.#named ??= new Map();
      this.#named.set(name, { timeout: limit });
    }
  }

  /** For a task of this name without options of its own. */
  of(name) {
    return this.#named === null ? this.#general : (this.#named.get(name) ?? this.#general);
  }

  /** For a task with options; `name` is its function's. */
  complete(options, name) {
    if (options.timeout !== undefined) return options;
    const defaults = this.of(options.name ?? name);
    return defaults === undefined ? options : { ...options, ...defaults };
  }
}

module.exports = { Defaults };
