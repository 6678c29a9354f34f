'use strict';
// Files of the user's that are taken by reference, because something in them cannot be copied: the worker loads them for
// itself. The file that the function stands in is never one of them.

const { Node } = require('./format');
const modules = require('./modules');

class Files {
  /** @type {Map<unknown, any[]>} what the files export, by identity */
  #exports = new Map();
  /** @type {Set<string>} */
  #names = new Set();

  /** The node of something that one of the files exports; null where it is no such thing. */
  reference(value) {
    return this.#exports.get(value) ?? null;
  }

  /** Whether a name that a script imports is to be imported by the worker. */
  hasImport(script, name) {
    return this.#names.has(`${script.name}\n${name}`);
  }

  /**
   * Takes the file that something on the way to a refusal belongs to.
   * @param {import('./refuse').Trail | null} trail
   * @param {import('./scripts').Script | null} entry the script of the function itself
   * @returns {boolean} whether there was one that is not taken yet
   */
  take(trail, entry) {
    for (let step = trail; step !== null; step = step.up) {
      if (this.#takeImport(step) || this.#takeFile(step.script, entry) || this.#takeExports(step.value, entry))
        return true;
    }
    return false;
  }

  /** An import declaration of the user's binds the variable. */
  #takeImport({ kind, name, script }) {
    if (kind !== 'variable' || script === null || !script.module || !script.imports.has(name)) return false;
    const key = `${script.name}\n${name}`;
    if (this.#names.has(key)) return false;
    this.#names.add(key);
    return true;
  }

  /** The variable is one of another file's. */
  #takeFile(script, entry) {
    if (script === null || script === entry || script.file === null || script.module) return false;
    return this.#note(script.file);
  }

  /** The value is what another file exports, or a member of that. */
  #takeExports(value, entry) {
    if (value === null || (typeof value !== 'object' && typeof value !== 'function')) return false;
    const file = modules.fileOf(value);
    return file !== null && file !== entry?.file && this.#note(file);
  }

  #note(file) {
    if (this.#names.has(file)) return false;
    this.#names.add(file);
    const before = this.#exports.size;
    for (const [value, path] of modules.exportsOf(file)) this.#exports.set(value, [Node.REQUIRE, file, path]);
    return this.#exports.size > before;
  }
}

module.exports = { Files };
