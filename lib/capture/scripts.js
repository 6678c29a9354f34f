'use strict';
// The scripts that functions come from: which file one is, its text, what its variables are bound to.

const fs = require('node:fs');
const { SourceMap, findSourceMap } = require('node:module');
const path = require('node:path');
const { fileURLToPath, pathToFileURL } = require('node:url');
const { scriptName } = require('./place');
const { ScriptAnalysis } = require('../native');

const Bound = Object.freeze({ CONST: 1, LET: 2, VAR: 3, FUNCTION: 4, CLASS: 5, IMPORT: 6, PARAMETER: 7, OTHER: 8 });
const ASSIGNED = 16;
const TOP = 32;

/**
 * Put before the name of a script that has a source map, so that the caller maps back these frames and no others; and
 * under coverage before every name, since V8 would count the rebuilt code as the file's own. `stack.js` undoes it.
 */
const MARK = 'tasklets:captured:';
/** @type {Map<string, import('node:module').SourceMap>} those of the marked scripts, by name */
const maps = new Map();
const COVERAGE = process.env.NODE_V8_COVERAGE !== undefined;

/** A script, as far as it has been asked about. */
class Script {
  #lines;
  #map;
  #analysis;
  #imports;
  #exports;

  /**
   * @param {string} name what V8 calls it: a path, a `file:` URL, or something that is no file
   * @param {string | null} text
   * @param {{ transformed?: boolean }} [facts]
   */
  constructor(name, text, { transformed = false } = {}) {
    this.name = name;
    this.text = text;
    /** Whether what V8 compiled is not what the file says. */
    this.transformed = transformed;
    /** Whether V8 has it as an ES module: only those are named by URL. */
    this.module = name.startsWith('file:');
    this.file = this.module ? fileURLToPath(name) : path.isAbsolute(name) ? name : null;
    this.builtin = name.startsWith('node:');
    /** Libraries are taken by reference, the user's own files by value. */
    this.library = this.file !== null && this.file.includes(`${path.sep}node_modules${path.sep}`);
  }

  /** What V8 is to call the code that a worker makes from it. */
  get display() {
    if (this.name === '') return 'tasklets:function';
    if (!COVERAGE && this.map === null) return this.name;
    if (this.map !== null) maps.set(this.name, this.map);
    return MARK + this.name;
  }

  /** The source map that V8's positions go through here; null where they are the file's. */
  get map() {
    this.#map ??= findSourceMap(this.name) ?? (this.transformed ? inlineMap(this.text) : null);
    return this.#map;
  }

  /** The URL that relative imports start from. */
  get url() {
    return this.module ? this.name : this.file === null ? null : pathToFileURL(this.file).href;
  }

  /** The offset of a line and column, both from 0. */
  offset(line, column) {
    this.#lines ??= lineStarts(this.text);
    return line < this.#lines.length ? this.#lines[line] + column : -1;
  }

  /** The line and column of an offset, both from 0. */
  position(offset) {
    this.#lines ??= lineStarts(this.text);
    let low = 0;
    let high = this.#lines.length - 1;
    while (low < high) {
      const middle = (low + high + 1) >> 1;
      if (this.#lines[middle] <= offset) low = middle;
      else high = middle - 1;
    }
    return { line: low, column: offset - this.#lines[low] };
  }

  /**
   * Where the text of a function begins whose location is `line` and `column` (its parameters, as V8 has it); -1 where
   * the text does not stand there.
   */
  start(text, line, column) {
    if (this.text === null) return -1;
    const inside = this.offset(line, column);
    if (inside < 0) return -1;
    const start = this.text.lastIndexOf(text, inside);
    return start >= 0 && start + text.length > inside ? start : -1;
  }

  get #analysed() {
    if (this.#analysis === undefined) {
      this.#analysis = null;
      try {
        if (this.text !== null) this.#analysis = ScriptAnalysis.of(this.text, this.module);
      } catch {
        // A dialect that the parser does not know: everything in it counts as assigned.
      }
    }
    return this.#analysis;
  }

  /**
   * What names mean to the function that stands at `start`.
   * @returns {{ strict: boolean, declaration: boolean, bindings: (Binding | null)[] } | null}
   */
  bindings(start, length, names) {
    const words = this.#analysed?.bindings(start, start + length, names) ?? [0];
    if ((words[0] & 1) === 0) return null;
    const bindings = names.map((_, index) => binding(words[2 * index + 1], words[2 * index + 2]));
    return { strict: (words[0] & 2) !== 0, declaration: (words[0] & 4) !== 0, bindings };
  }

  /** The script's own variable of that name. */
  top(name) {
    const words = this.#analysed?.top(name);
    return words === undefined ? null : binding(words[0], words[1]);
  }

  /** @returns {Map<string, { imported: string, specifier: string }>} by local name */
  get imports() {
    if (this.#imports === undefined) {
      this.#imports = new Map();
      const triples = this.#analysed?.imports ?? [];
      for (let at = 0; at < triples.length; at += 3) {
        this.#imports.set(triples[at], { imported: triples[at + 1], specifier: triples[at + 2] });
      }
    }
    return this.#imports;
  }

  /** @returns {{ exported: string, local: string, specifier: string }[]} */
  get exports() {
    if (this.#exports === undefined) {
      this.#exports = [];
      const triples = this.#analysed?.exports ?? [];
      for (let at = 0; at < triples.length; at += 3) {
        this.#exports.push({ exported: triples[at], local: triples[at + 1], specifier: triples[at + 2] });
      }
    }
    return this.#exports;
  }
}

/** @typedef {{ kind: number, assigned: boolean, top: boolean, id: number }} Binding */

/** @returns {Binding | null} */
function binding(word, id) {
  if (word === 0) return null;
  return { kind: word & 15, assigned: (word & ASSIGNED) !== 0, top: (word & TOP) !== 0, id };
}

/** The source map at the end of a text that some tool has made. */
function inlineMap(text) {
  const found = /^\/\/# sourceMappingURL=data:application\/json;(?:charset=[^;,]+;)?base64,([\w+/=]+)\s*$/m.exec(
    text ?? '',
  );
  try {
    return found === null ? null : new SourceMap(JSON.parse(Buffer.from(found[1], 'base64').toString()));
  } catch {
    // Not a source map, whatever it is.
    return null;
  }
}

function lineStarts(text) {
  const starts = [0];
  const ends = /\r\n|[\n\r\u2028\u2029]/g;
  while (ends.exec(text) !== null) starts.push(ends.lastIndex);
  return starts;
}

/** @type {Map<string, Script>} what is on disk, by the name V8 uses */
const files = new Map();

/** The script of that name as the file has it now, or null. */
function fromFile(name) {
  let script = files.get(name);
  if (script === undefined) {
    script = null;
    try {
      const file = name.startsWith('file:') ? fileURLToPath(name) : name;
      if (path.isAbsolute(file)) script = new Script(name, fs.readFileSync(file, 'utf8').replace(/^\uFEFF/, ''));
    } catch {
      // Not a file, or gone: V8 is asked for the text.
    }
    files.set(name, script);
  }
  return script;
}

/** @type {Map<number, Script>} by V8's number */
const numbered = new Map();
/** @type {Map<number, string>} what V8 calls those that the inspector has listed */
const listed = new Map();
const LIMIT = 10000;

/**
 * The script in which a function stands; null where nothing is known of it.
 * @param {{ number: number, fn: Function, text: string, line: number, column: number,
 *   inspector: import('./inspector').Inspector }} asked `number` is V8's; the text stands at `line` and `column`
 */
function find({ number, fn, text, line, column, inspector }) {
  const known = numbered.get(number);
  if (known !== undefined) return known;
  const script = search(number, fn, text, line, column, inspector);
  if (numbered.size >= LIMIT) numbered.clear();
  if (script !== null) numbered.set(number, script);
  return script;
}

function search(number, fn, text, line, column, inspector) {
  let name = scriptName(fn);
  if (name === null) {
    for (const caller of callers()) {
      const script = fromFile(caller);
      if (script !== null && script.start(text, line, column) >= 0) return script;
    }
    if (!inspector.available) return null;
    if (!listed.has(number)) {
      for (const { scriptId, url } of inspector.scripts()) listed.set(Number(scriptId), url);
    }
    name = listed.get(number) ?? '';
  }
  if (name.startsWith('node:')) return new Script(name, null);
  const script = fromFile(name);
  if (script !== null && script.start(text, line, column) >= 0) return script;
  // What `new Function` makes is a script of its own, whose text is the function's.
  if (name === '' && text.startsWith('function anonymous(')) return new Script(name, text);
  return new Script(name, inspector.available ? inspector.source(String(number)) : null, { transformed: true });
}

/** The names of the scripts on the stack, nearest first. */
function callers() {
  const { prepareStackTrace, stackTraceLimit } = Error;
  const holder = {};
  let found = [];
  try {
    Error.stackTraceLimit = 30;
    Error.prepareStackTrace = (_, sites) => sites.map((site) => site.getFileName());
    Error.captureStackTrace(holder, callers);
    found = /** @type {any} */ (holder).stack;
  } finally {
    Error.prepareStackTrace = prepareStackTrace;
    Error.stackTraceLimit = stackTraceLimit;
  }
  return Array.isArray(found) ? new Set(found.filter((name) => typeof name === 'string' && !own(name))) : new Set();
}

const HERE = __dirname + path.sep;
const own = (name) => name.startsWith('node:') || name.startsWith(HERE);

module.exports = { Bound, MARK, Script, callers, find, fromFile, maps };
