'use strict';
// A function resolved: its code, and the value of each variable that the code needs from outside.

const { Flag, Form } = require('./format');
const { Edit, NameUse, Uses, analyse } = require('./analysis');
const { custom, isStandard } = require('./globals');
const { Bound, callers, find, fromFile } = require('./scripts');
const code = require('./code');

const toString = Function.prototype.toString;

/**
 * @typedef {object} Variable
 * @property {string} name
 * @property {unknown} value
 * @property {boolean} fixed whether its script never assigns it
 * @property {import('./scripts').Binding | null} binding
 * @property {boolean} written whether this function assigns it
 */

/**
 * @typedef {object} Resolution
 * @property {string} text
 * @property {NonNullable<ReturnType<typeof analyse>>} analysis
 * @property {import('./scripts').Script | null} script
 * @property {import('./code').Code} code
 * @property {Variable[]} variables
 * @property {{ kind: number, name: string, of?: string }[]} specials variables that edits put into the code
 * @property {Map<string, unknown>} privates values of the class's static private fields
 * @property {string[]} missing names that nothing is known about
 * @property {boolean} fixed whether a second look would find the same
 */

/** @type {WeakMap<Function, Resolution>} those that need no second look */
const fixed = new WeakMap();

/**
 * Where a function stands, without its variables.
 * @typedef {{ text: string, analysis: NonNullable<ReturnType<typeof analyse>>,
 *   script: import('./scripts').Script | null, start: number, seen: ReturnType<Inspector['read']> | null }} Located
 * @typedef {import('./inspector').Inspector} Inspector
 */

/**
 * @param {Function} fn
 * @param {Inspector} inspector
 * @param {Record<string, unknown> | null} captures
 * @returns {Located | null} null for a function without JavaScript text
 */
function locate(fn, inspector, captures) {
  const text = toString.call(fn);
  const analysis = analyse(text);
  if (analysis === null) return null;
  const alone = analysis.names.every((name) => captures !== null && Object.hasOwn(captures, name));
  const tied = analysis.uses & ~(Uses.ARROW | Uses.STRICT | Uses.NAMED);
  if ((alone && tied === 0) || !inspector.available) return { text, analysis, ...guess(text), seen: null };
  const seen = inspector.read(fn);
  if (seen.location === undefined) return { text, analysis, script: null, start: -1, seen };
  const { scriptId, lineNumber, columnNumber } = seen.location;
  const script = find(scriptId, text, lineNumber, columnNumber, inspector);
  return { text, analysis, script, start: script.start(text, lineNumber, columnNumber), seen };
}

/** Texts that were looked for in the files on the stack. */
const guesses = new Map();

/** The place of a text that stands exactly once in a file whose code is calling; it only serves to name the place. */
function guess(text) {
  let found = guesses.get(text);
  if (found === undefined) {
    found = { script: null, start: -1 };
    for (const name of callers()) {
      const script = fromFile(name);
      const start = script === null ? -1 : script.text.indexOf(text);
      if (start < 0 || script.text.indexOf(text, start + 1) >= 0) continue;
      found = { script, start };
      break;
    }
    if (guesses.size > 4096) guesses.clear();
    guesses.set(text, found);
  }
  return found;
}

/**
 * @param {Function} fn
 * @param {Located} located
 * @param {Record<string, unknown> | null} captures
 * @returns {Resolution}
 */
function resolve(fn, located, captures) {
  const { text, analysis, script, start, seen } = located;
  const wanted = analysis.names.filter((_, index) => isWanted(analysis.nameUses[index], seen !== null));
  const uses = new Map(analysis.names.map((name, index) => [name, analysis.nameUses[index]]));
  const own = analysis.ownName;
  if (own !== undefined && analysis.ownUses !== 0 && analysis.form !== Form.CLASS) wanted.push(own);
  const facts = script !== null && start >= 0 ? script.bindings(start, text.length, wanted) : null;
  const variables = [];
  const missing = [];
  let declared = false;
  wanted.forEach((name, index) => {
    const binding = facts?.bindings[index] ?? null;
    // The name of a function expression is the expression's own; a declaration's belongs to the scope around it.
    if (name === own && facts !== null && !facts.declaration) return;
    const found = lookUp(name, captures, seen, binding);
    if (found === null) {
      if (name !== own && (binding !== null || (seen === null && facts === null && !isKnown(name)))) missing.push(name);
      return;
    }
    const written = ((name === own ? analysis.ownUses : uses.get(name)) & NameUse.WRITE) !== 0;
    if (name === own) {
      if (found.value === fn && !written) return;
      declared = true;
    }
    const steady = found.steady || (binding !== null && isSteady(binding, found.value));
    variables.push({ name, value: found.value, fixed: steady, binding, written });
  });
  const privates = seen?.privates ?? new Map();
  const made = codeOf(fn, located, facts, variables, declared, privates);
  const resolution = {
    text,
    analysis,
    script,
    ...made,
    variables,
    privates,
    missing,
    fixed: captures === null && privates.size === 0 && variables.every((variable) => variable.fixed),
  };
  if (resolution.fixed && missing.length === 0) fixed.set(fn, resolution);
  return resolution;
}

const isWanted = (use, inspected) => (use & (NameUse.BODY | NameUse.KEY | (inspected ? 0 : NameUse.STATIC))) !== 0;
const isKnown = (name) => isStandard(name) || name in globalThis;

/** A binding whose value cannot be another one at the next look. */
function isSteady({ kind, assigned }, value) {
  if (assigned || kind === Bound.IMPORT || kind === Bound.OTHER) return false;
  // Not initialised yet, perhaps.
  return value !== undefined;
}

function lookUp(name, captures, seen, binding) {
  if (captures !== null && Object.hasOwn(captures, name)) return { value: captures[name], steady: false };
  for (const { description, object } of seen?.scopes ?? []) {
    if (description === 'Global') break;
    if (description.startsWith('With') ? name in object : Object.hasOwn(object, name)) {
      return { value: object[name], steady: false };
    }
  }
  if (binding !== null || isStandard(name)) return null;
  const global = custom(name);
  return global === null ? null : { value: global.value, steady: false };
}

/** @type {Map<string, { code: import('./code').Code, specials: Resolution['specials'] }>} */
const codes = new Map();

function codeOf(fn, { text, analysis, script, start }, facts, variables, declared, privates) {
  // What the text assigns comes first: `rebuild` makes those variables and the others constants.
  variables.sort((one, other) => Number(other.written) - Number(one.written));
  const names = variables.map((variable) => variable.name);
  const strict = facts?.strict ?? isStrict(fn, analysis);
  const key = `${script?.name ?? ''}\n${start}\n${declared}${strict}${[...privates.keys()]}\n${names}\n${text}`;
  let made = codes.get(key);
  if (made === undefined) {
    const edited = code.edit(text, analysis.edits, (name) => privates.has(name));
    const place = script === null || start < 0 ? { line: 0, column: 0 } : script.position(start);
    let flags = strict ? Flag.STRICT : 0;
    if ((analysis.uses & Uses.ARGUMENTS) !== 0) flags |= Flag.ARGUMENTS;
    made = {
      code: {
        id: code.nextId(),
        text: edited.text,
        file: script === null ? '' : script.name,
        ...place,
        form: declared ? Form.DECLARATION : analysis.form,
        flags,
        names: [...names, ...edited.specials.map((special) => special.name)],
        assigned: variables.filter((variable) => variable.written).length,
      },
      specials: edited.specials,
    };
    if (codes.size > 4096) codes.clear();
    codes.set(key, made);
  }
  return made;
}

/** Strictness of a function whose script is not known: only sloppy plain functions have an `arguments` of their own. */
function isStrict(fn, analysis) {
  if ((analysis.uses & Uses.STRICT) !== 0) return true;
  if ((analysis.uses & Uses.ARROW) !== 0 || analysis.form !== Form.EXPRESSION) return false;
  const constructor = Object.getOwnPropertyDescriptor(fn, 'prototype')?.value?.constructor;
  return constructor === fn && !Object.hasOwn(fn, 'arguments');
}

/** The resolution of a function that was resolved before and cannot have changed. */
const resolved = (fn) => fixed.get(fn);

module.exports = { Edit, locate, resolve, resolved };
