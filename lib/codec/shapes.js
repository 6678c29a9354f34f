'use strict';
// Shapes, the lists of keys that objects have in common: a message spells the keys of a shape once, and both sides
// keep a function for each shape that they meet often.

const vm = require('node:vm');
const { Script } = vm;

// A shape is worth a function of its own once it has been met so many times: making one costs some 5 µs.
const HOT = 16;
// Wider objects are rarely records.
const MAX_KEYS = 64;
// How many shapes one isolate remembers before it starts afresh, so that objects used as dictionaries cannot fill it.
const MAX_SHAPES = 4096;

const index = /^(?:0|[1-9]\d*)$/;

/**
 * Whether a key can be part of a shape. Indices are enumerated out of order, and names that Object.prototype has
 * (`__proto__` above all) cannot be told from inherited ones, or mean something else when they are assigned.
 */
function isOrdinary(key) {
  return !(key in Object.prototype) && !index.test(key);
}

/**
 * Runs the same script once more for each shape. V8 keeps its type feedback by closure, so every shape's function is
 * compiled for that shape alone, to plain loads and stores; the keys never become source text, and it works where
 * code generation from strings is forbidden.
 */
class Specialiser {
  #source;
  #scripts = [];

  constructor(source) {
    this.#source = source;
  }

  make(keys, ...shared) {
    const script = (this.#scripts[keys.length] ??= new Script(this.#source(keys.length), {
      filename: 'tasklets:codec',
    }));
    return script.runInThisContext()(...shared, ...keys);
  }
}

const list = (count, item, separator) => Array.from({ length: count }, (_, i) => item(i)).join(separator);

module.exports = { HOT, MAX_KEYS, MAX_SHAPES, Specialiser, isOrdinary, list };
