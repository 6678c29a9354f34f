'use strict';
// What a class's own text makes when the class is defined, told apart from what was done to the class later.

const { types } = require('node:util');
const { Edit } = require('./analysis');

const toString = Function.prototype.toString;

/** One class, held against its text. */
class ClassFacts {
  /** @type {Map<number, string | symbol>} computed names of methods, by the offset of the expression */
  keys = new Map();
  /** Offsets of the functions that static fields still hold as they were defined. */
  kept = new Set();
  /** Whether all computed names are known. */
  complete = true;
  #text;
  /** @type {[number, number][]} the parts of the text that are left out */
  #blank = [];

  /**
   * @param {Function} fn
   * @param {string} text
   * @param {number[]} edits
   */
  constructor(fn, text, edits) {
    this.#text = text;
    const offsets = { [Edit.KEY]: [], [Edit.STATIC_FUNCTION]: [] };
    for (let at = 0; at < edits.length; at += 3) offsets[edits[at]]?.push(edits[at + 1]);
    for (const holder of [fn, fn.prototype]) {
      for (const key of Reflect.ownKeys(holder)) {
        const made = functionOf(/** @type {any} */ (Object.getOwnPropertyDescriptor(holder, key)));
        if (made !== null) this.#match(key, toString.call(made), offsets, holder === fn);
      }
    }
    this.complete = offsets[Edit.KEY].every((offset) => this.keys.has(offset));
    for (let at = 0; at < edits.length; at += 3) {
      if (edits[at] !== Edit.STATIC || this.keeps(edits, at)) continue;
      this.#blank.push([edits[at + 1], edits[at + 2]]);
    }
  }

  /** Whether the static field of the edit at `at` is to stay in the text. */
  keeps(edits, at) {
    return edits[at + 3] === Edit.STATIC_FUNCTION && this.kept.has(edits[at + 4]);
  }

  #match(key, method, offsets, isStatic) {
    for (let from = this.#text.indexOf(method); from >= 0; from = this.#text.indexOf(method, from + 1)) {
      if (isStatic && offsets[Edit.STATIC_FUNCTION].includes(from)) this.kept.add(from);
      const offset = offsets[Edit.KEY].find((one) => one > from && one < from + method.length);
      // Only what stands in the brackets before its parameters is a method's own name.
      if (offset !== undefined && /^[^({]*\[\s*$/.test(this.#text.slice(from, offset))) this.keys.set(offset, key);
    }
  }

  /** Whether the class has a member because its text says so. */
  makes(descriptor) {
    const made = functionOf(descriptor);
    if (made === null) return false;
    const method = toString.call(made);
    for (let from = this.#text.indexOf(method); from >= 0; from = this.#text.indexOf(method, from + 1)) {
      if (!this.#blank.some(([start, end]) => start <= from && from < end)) return true;
    }
    return false;
  }
}

/** @param {PropertyDescriptor} descriptor */
function functionOf({ value, get, set }) {
  const made = value ?? get ?? set;
  return typeof made === 'function' && !types.isProxy(made) ? made : null;
}

module.exports = { ClassFacts };
