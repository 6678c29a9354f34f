'use strict';
// Codes made into factories of closures, in the worker. A code is compiled once for each way in which its variables come
// to their values, whichever plans it stands in.

const path = require('node:path');
const vm = require('node:vm');
const { Flag, Form } = require('./format');

/** @type {Map<number, Map<string, Function>>} by the code's number and the shape of its variables */
const factories = new Map();
/** Programs that make functions out of text would fill memory. */
const LIMIT = 8192;

/**
 * How a variable comes to its value, a letter for each: a constant; `late`, set when all functions exist; assigned by
 * the code itself; assigned and late.
 */
const Shape = Object.freeze({ CONSTANT: 'c', LATE: 'l', ASSIGNED: 'a', ASSIGNED_LATE: 'b' });

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

function compile({ text, file, line, column, form, flags, names }, shape) {
  const values = unused(text, '$v');
  const late = unused(text, '$l');
  const own = form === Form.DECLARATION ? nameOf(text) : null;
  let head = (flags & Flag.STRICT) !== 0 ? '"use strict";' : '';
  let setters = '';
  names.forEach((name, at) => {
    const value = `${values}[${at}]`;
    // A value that nobody assigns is a constant also to V8, which then folds it.
    if (shape[at] === Shape.CONSTANT && name !== own) head += `const ${name}=${value};`;
    else if (shape[at] === Shape.ASSIGNED && name !== own) head += `let ${name}=${value};`;
    else {
      if (name !== own) head += `let ${name};`;
      setters += `${name}=${value};`;
    }
  });
  if (setters !== '') head += `${late}(()=>{${setters}});`;
  let tail = '\n)';
  if (own !== null) tail = `\nreturn ${own}`;
  else if (form === Form.METHOD) [head, tail] = [`${head}return ({`, '\n})'];
  else if ((flags & Flag.ARGUMENTS) !== 0) {
    head += 'return (function(){return (';
    tail = `\n)}).apply(undefined,${values}[${names.length}])`;
  } else head += 'return (';
  return vm.compileFunction(head + text + tail, [values, late], {
    filename: file,
    lineOffset: line,
    columnOffset: column - head.length,
  });
}

const nameOf = (text) => /^(?:async\s+)?function\s*\*?\s*([^\s(]+)/.exec(text)?.[1];

/** A name that does not stand in the text. */
function unused(text, base) {
  let name = base;
  for (let number = 0; text.includes(name); number++) name = base + number;
  return name;
}

/** @type {Map<string, (specifier: string, options?: object) => Promise<object>>} by directory */
const importers = new Map();

/** `import()` as a script of that file has it. */
function importer(file) {
  const directory = path.dirname(file);
  let found = importers.get(directory);
  if (found === undefined) {
    // Another name in the same directory: a specifier means the same there, and coverage counts nothing as the file's.
    found = vm.compileFunction('return (specifier, options) => import(specifier, options)', [], {
      filename: path.join(directory, 'tasklets-import.js'),
      importModuleDynamically: vm.constants?.USE_MAIN_CONTEXT_DEFAULT_LOADER,
    })();
    importers.set(directory, found);
  }
  return found;
}

module.exports = { Shape, factory, importer };
