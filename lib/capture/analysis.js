'use strict';
// What a function's own text tells, cached by the text.

const { analyseFunction } = require('../native');

/** What ties a function to its place besides its free variables; the bits are the analysis crate's. */
const Uses = Object.freeze({
  THIS: 1,
  SUPER: 2,
  NEW_TARGET: 4,
  ARGUMENTS: 8,
  EVAL: 16,
  WITH: 32,
  IMPORT: 64,
  IMPORT_META: 128,
  PRIVATE: 256,
  PRIVATE_INSTANCE: 512,
  ARROW: 1024,
  STRICT: 2048,
  DERIVED: 4096,
  NAMED: 8192,
  TOO_DEEP: 16384,
});

const NameUse = Object.freeze({ READ: 1, WRITE: 2, BODY: 4, KEY: 8, STATIC: 16 });

const Edit = Object.freeze({
  IMPORT: 0,
  IMPORT_META: 1,
  HERITAGE: 2,
  STATIC: 3,
  PRIVATE_VALUE: 4,
  KEY: 5,
  OWN_KEY: 6,
  PRIVATE_NAME: 7,
  STATIC_FUNCTION: 8,
});

/** Texts are kept while they are few; a program that makes its functions with `new Function` must not fill memory. */
const LIMIT = 4096;
const known = new Map();

/**
 * @param {string} text what `Function.prototype.toString` gave
 * @returns {{ form: number, uses: number, names: string[], nameUses: number[], ownName?: string, ownUses: number,
 *   edits: number[] } | null} null where the text is not JavaScript, as a native function's
 */
function analyse(text) {
  let found = known.get(text);
  if (found === undefined) {
    found = analyseFunction(text);
    if (known.size >= LIMIT) known.clear();
    known.set(text, found);
  }
  return found;
}

module.exports = { Edit, NameUse, Uses, analyse };
