'use strict';
// Codes made into factories of closures, in the worker. A code is compiled once for each way in which its variables come
// to their values, whichever plans it stands in.

const path = require('node:path');
const vm = require('node:vm');
const { Flag, Form } = require('./format');

/** @type {Map<number, Map<string, Function>>} by the code's number and the shape of its variables */
const factories = new Map();
/** @type {Map<string, ReturnType<typeof groupFactory>>} */
const groups = new Map();
/** Programs that make functions out of text would fill memory. */
const LIMIT = 8192;

/**
 * How a variable comes to its value, a letter for each: a constant; `late`, set when all functions exist; assigned by
 * the code itself; assigned and late; shared with other codes, which are compiled with it.
 */
const Shape = Object.freeze({ CONSTANT: 'c', LATE: 'l', ASSIGNED: 'a', ASSIGNED_LATE: 'b', SHARED: 's' });

/**
 * What makes closures of a code: called with the values of its variables and with a function that is given what sets
 * the late ones.
 * @param {import('./code').Code} code
 * @param {string} shape
 */
function factory(code, shape) {
  let shapes = factories.get(code.id);
  if (shapes === undefined) {
    if (factories.size >= LIMIT) factories.clear();
    factories.set(code.id, (shapes = new Map()));
  }
  let made = shapes.get(shape);
  if (made === undefined) shapes.set(shape, (made = compile(code, shape)));
  return made;
}

/**
 * The parts of a function around a code's text: what declares its variables before it, and what ends it.
 * @param {import('./code').Code} code
 * @param {string} shape
 * @param {string} values the name by which the values come
 * @param {string} late the name of what takes the setter of the late ones
 */
function wrapping({ text, form, flags, names }, shape, values, late) {
  const own = form === Form.DECLARATION ? nameOf(text) : null;
  let head = (flags & Flag.STRICT) !== 0 ? '"use strict";' : '';
  let setters = '';
  names.forEach((name, at) => {
    const value = `${values}[${at}]`;
    // A value that nobody assigns is a constant also to V8, which then folds it.
    if (shape[at] === Shape.CONSTANT && name !== own) head += `const ${name}=${value};`;
    else if (shape[at] === Shape.ASSIGNED && name !== own) head += `let ${name}=${value};`;
    else if (shape[at] !== Shape.SHARED) {
      if (name !== own) head += `let ${name};`;
      setters += `${name}=${value};`;
    }
  });
  if (setters !== '') head += `${late}(()=>{${setters}});`;
  if (own !== null) return [head, `;return ${own}`];
  if (form === Form.METHOD) return [`${head}return ({`, '})'];
  if ((flags & Flag.ARGUMENTS) === 0) return [`${head}return (`, ')'];
  return [`${head}return (function(){return (`, `)}).apply(undefined,${values}[${names.length}])`];
}

function compile(code, shape) {
  const { text, file, line, column } = code;
  const values = unused(text, '$v');
  const late = unused(text, '$l');
  const [head, tail] = wrapping(code, shape, values, late);
  return vm.compileFunction(head + text + tail, [values, late], {
    filename: file,
    lineOffset: line,
    columnOffset: column - head.length,
  });
}

/**
 * What makes closures of several codes that share variables: called with the values of those and with a function that
 * is given what sets them; gives a factory for each code, as `factory` does.
 * @param {import('./code').Code[]} codes in the order of their places, all of one file
 * @param {string[]} shapes
 * @param {string[]} shared the names of the variables
 * @returns {(values: unknown[], late: (set: () => void) => void) => Function[]}
 */
function groupFactory(codes, shapes, shared) {
  const key = `${codes.map(({ id }) => id)}/${shapes}/${shared}`;
  let made = groups.get(key);
  if (made === undefined) {
    if (groups.size >= LIMIT) groups.clear();
    groups.set(key, (made = compileGroup(codes, shapes, shared)));
  }
  return made;
}

function compileGroup(codes, shapes, shared) {
  const all = codes.map(({ text }) => text).join('\n');
  const [values, late] = [unused(all, '$v'), unused(all, '$l')];
  const setters = shared.map((name, at) => `${name}=${values}[${at}];`).join('');
  let source = `let ${shared};${late}(()=>{${setters}});return [`;
  let first = 0;
  let line = codes[0].line;
  codes.forEach((code, at) => {
    const [head, tail] = wrapping(code, shapes[at], values, late);
    const opening = `(${values},${late})=>{${head}`;
    // Each text comes to stand where it stands in its file, if what goes before it leaves room.
    if (code.line > line) {
      source += opening + '\n'.repeat(code.line - line) + ' '.repeat(code.column);
      line = code.line;
    } else {
      if (at > 0) source += ' '.repeat(Math.max(0, code.column - (source.length - source.lastIndexOf('\n') - 1) - opening.length)); // prettier-ignore
      source += opening;
    }
    if (at === 0) first = code.column - source.length;
    source += `${code.text}${tail}},`;
    line += code.text.split('\n').length - 1;
  });
  const options = { filename: codes[0].file, lineOffset: codes[0].line, columnOffset: first };
  return /** @type {any} */ (vm.compileFunction(`${source}]`, [values, late], options));
}

const nameOf = (text) => /^(?:async\s+)?function\s*\*?\s*([^\s(]+)/.exec(text)?.[1];

/** A name that does not stand in the text. */
function unused(text, base) {
  let name = base;
  for (let number = 0; text.includes(name); number++) name = base + number;
  return name;
}

/** @type {Map<string, (specifier: string, options?: any) => Promise<object>>} by directory */
const importers = new Map();

/** `import()` as a script of that file has it. */
function importer(file) {
  const directory = path.dirname(file);
  let found = importers.get(directory);
  if (found === undefined) {
    // Another name in the same directory: a specifier means the same there, and coverage counts nothing as the file's.
    const load = /** @type {any} */ (
      vm.compileFunction('return (specifier, options) => import(specifier, options)', [], {
        filename: path.join(directory, 'tasklets-import.js'),
        importModuleDynamically: vm.constants?.USE_MAIN_CONTEXT_DEFAULT_LOADER,
      })
    )();
    found = (specifier, options) => quietly(() => load(specifier, options));
    importers.set(directory, found);
  }
  return found;
}

/** Without the warning that the option above is experimental, which is nothing to the user. */
function quietly(load) {
  const { emitWarning } = process;
  process.emitWarning = () => {};
  try {
    return load();
  } finally {
    process.emitWarning = emitWarning;
  }
}

module.exports = { Shape, factory, groupFactory, importer };
