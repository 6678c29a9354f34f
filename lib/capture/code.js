'use strict';
// The code of a function as it goes into a plan: its text, edited where it cannot be compiled as it stands, and where
// it comes from. A replacement is as long as what it replaces wherever it can be, so that columns stay the user's own.

const { threadId } = require('node:worker_threads');
const { Edit } = require('./analysis');

/**
 * @typedef {object} Code what `rebuild` compiles
 * @property {number} id the same number, the same code: the worker keeps what it compiled under it
 * @property {string} text
 * @property {string} file how V8 is to call it
 * @property {number} line of the text's first character, from 0
 * @property {number} column
 * @property {number} form
 * @property {number} flags
 * @property {string[]} names the variables, in the order of their values
 * @property {number} assigned how many of them, at the front, the text itself assigns
 */

// Numbers of different isolates meet in one worker.
let last = threadId * 2 ** 32;
const nextId = () => ++last;

/** An identifier like `base` that the text does not contain, `length` long if that can be. */
function unused(text, base, length = base.length) {
  let name = base.padEnd(Math.min(length, base.length), '$');
  for (let number = 0; text.includes(name); number++) name = `${base}${number.toString(36)}`;
  return name;
}

/** The text with nothing left between two offsets but its line breaks. */
const blank = (text) => text.replace(/[^\r\n\u2028\u2029]/g, ' ');

/** `name`, made as long as `old` with blanks, its line breaks behind it. */
function replacement(old, name) {
  return name + blank(old).slice(Math.min(name.length, old.search(/[\r\n\u2028\u2029]|$/)));
}

/**
 * Applies the analysis's edits.
 * @param {(name: string) => boolean} hasPrivate whether the value of a static private field is known
 * @returns {{ text: string, specials: { kind: number, name: string, of?: string }[] }} `specials`: the variables that
 *   were put in, in the order of the text
 */
function edit(text, edits, hasPrivate) {
  const specials = [];
  let importer;
  let meta;
  let result = '';
  let end = 0;
  let field;
  const put = (start, stop, name) => {
    result += text.slice(end, start) + replacement(text.slice(start, stop), name);
    end = stop;
  };
  for (let at = 0; at < edits.length; at += 3) {
    const [kind, start, stop] = edits.slice(at, at + 3);
    // What stands inside a part that is left out is left out with it.
    if (start < end) continue;
    if (kind === Edit.IMPORT) {
      if (importer === undefined) specials.push({ kind, name: (importer = unused(text, 'imp$rt')) });
      put(start, stop, importer);
    } else if (kind === Edit.IMPORT_META) {
      if (meta === undefined) specials.push({ kind, name: (meta = unused(text, 'import$meta')) });
      put(start, stop, meta);
    } else if (kind === Edit.HERITAGE) {
      const name = unused(text, stop - start > 1 ? '$h' : '$');
      specials.push({ kind, name });
      put(start, stop, name);
    } else if (kind === Edit.STATIC) {
      result += text.slice(end, start) + blank(text.slice(start, stop));
      end = stop;
    } else if (kind === Edit.PRIVATE_NAME) {
      field = text.slice(start, stop);
    } else if (kind === Edit.PRIVATE_VALUE && hasPrivate(field)) {
      const name = unused(text, `$p${specials.length}`);
      specials.push({ kind, name, of: field });
      put(start, stop, name);
    } else if (kind === Edit.OWN_KEY) {
      put(start, stop, '0');
    }
  }
  return { text: result + text.slice(end), specials };
}

module.exports = { edit, nextId };
