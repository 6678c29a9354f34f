'use strict';
// What the tasks of a pool are submitted with where they do not say otherwise: the pool's timeouts, and what kind of task
// a name is, in a pool whose order depends on that.

/** So many names are remembered; a program may name each task differently. */
const NAMES = 4096;

/** A number for a name, the same in every thread (FNV-1a). 0 is no kind: it is what a task without a name is. */
function kindOf(name) {
  if (name === '') return 0;
  let hash = 0x811c9dc5;
  for (let i = 0; i < name.length; i++) hash = Math.imul(hash ^ name.charCodeAt(i), 0x01000193);
  return hash >>> 0 || 1;
}

class Defaults {
  /** What a task without options of its own is submitted with. */
  #general;
  /** @type {Record<string, number | undefined>} */
  #perTask;
  /** @type {Map<string, { timeout: number | undefined, kind?: number } | undefined> | null} the same by name, where names matter */
  #named;
  #kinds;

  /** @param {import('../index.js').PoolOptions} options validated */
  constructor({ timeout, scheduling }) {
    const { default: general, perTask } = typeof timeout === 'object' ? timeout : { default: timeout };
    this.#general = general === undefined ? undefined : { timeout: general };
    this.#perTask = { __proto__: null, ...perTask };
    this.#kinds = scheduling === 'hrrn';
    this.#named = this.#kinds || perTask !== undefined ? new Map() : null;
  }

  /** For a task of this name without options of its own. */
  of(name) {
    if (this.#named === null) return this.#general;
    if (!this.#named.has(name)) {
      if (this.#named.size >= NAMES) this.#named.clear();
      this.#named.set(name, this.#forName(name));
    }
    return this.#named.get(name);
  }

  /** For a task with options; `name` is its function's. */
  complete(options, name) {
    const defaults = this.of(options.name ?? name);
    if (defaults === undefined || (options.timeout !== undefined && !this.#kinds)) return options;
    return { ...options, ...defaults, timeout: options.timeout ?? defaults.timeout };
  }

  #forName(name) {
    const timeout = this.#perTask[name] ?? this.#general?.timeout;
    if (this.#kinds) return { timeout, kind: kindOf(name) };
    return timeout === undefined ? undefined : { timeout };
  }
}

module.exports = { Defaults };
