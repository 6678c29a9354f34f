'use strict';
// The code of a function as it goes into a plan: its text, edited where it cannot be compiled as it stands, and where
// it comes from. A replacement is as long as what it replaces wherever it can be, so that columns stay the user's own.

const { threadId } = require('node:worker_threads');
const { Edit } = require('./analysis');
const { Flag, Form } = require('./format');

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

/**
 * A variable that an edit puts into the code; `of`: the private field, or where the computed name stands.
 * @typedef {{ kind: number, name: string, of: string | number | null }} Special
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
 * @param {string} text
 * @param {number[]} edits
 * @param {Map<string, unknown>} privates the values of the class's static private fields
 * @param {import('./classes').ClassFacts | null} facts
 * @returns {{ text: string, specials: Special[] }} `specials`: the variables that were put in, in the order of the text
 */
function edit(text, edits, privates, facts) {
  const specials = [];
  const words = new Map();
  let result = '';
  let end = 0;
  let field = '';
  const put = (start, stop, word) => {
    result += text.slice(end, start) + replacement(text.slice(start, stop), word);
    end = stop;
  };
  const special = (kind, base, of) => {
    const name = unused(text, base);
    specials.push({ kind, name, of });
    return name;
  };
  for (let at = 0; at < edits.length; at += 3) {
    const [kind, start, stop] = edits.slice(at, at + 3);
    // What stands inside a part that is left out is left out with it.
    if (start < end) continue;
    switch (kind) {
      case Edit.IMPORT:
      case Edit.IMPORT_META:
        if (!words.has(kind)) words.set(kind, special(kind, kind === Edit.IMPORT ? 'imp$rt' : 'import$meta', null));
        put(start, stop, words.get(kind));
        break;
      case Edit.HERITAGE:
        put(start, stop, special(kind, stop - start > 1 ? '$h' : '$', null));
        break;
      case Edit.STATIC:
        if (!facts?.keeps(edits, at)) put(start, stop, '');
        break;
      case Edit.PRIVATE_NAME:
        field = text.slice(start, stop);
        break;
      case Edit.PRIVATE_VALUE:
        if (!privates.has(field)) break;
        put(start, stop, `${start === stop ? '=' : ''}${special(kind, `$p${specials.length}`, field)}`);
        break;
      case Edit.KEY:
        if (facts?.keys.has(start)) put(start, stop, special(kind, `$k${specials.length}`, start));
        break;
      case Edit.OWN_KEY:
        put(start, stop, '0');
        break;
      default:
    }
  }
  return { text: result + text.slice(end), specials };
}

/** @type {WeakMap<import('./scripts').Script, Map<string, Code>>} */
const readers = new WeakMap();

/**
 * The code of a function that reads a variable of a script's own.
 * @param {import('./scripts').Script} script
 * @param {string} name
 */
function readerOf(script, name) {
  let codes = readers.get(script);
  if (codes === undefined) readers.set(script, (codes = new Map()));
  let code = codes.get(name);
  if (code === undefined) {
    const place = { file: script.display, line: 0, column: 0 };
    const how = { form: Form.EXPRESSION, flags: Flag.STRICT, names: [name], assigned: 0 };
    codes.set(name, (code = { id: nextId(), text: `() => ${name}`, ...place, ...how }));
  }
  return code;
}

module.exports = { edit, nextId, readerOf };
