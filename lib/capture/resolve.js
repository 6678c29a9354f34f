'use strict';
// The variables of one function: which of the names in its text are captured, what their values are, and whether they
// could be others at the next call.

const { Form } = require('./format');
const { NameUse, Uses } = require('./analysis');
const { ClassFacts } = require('./classes');
const { custom, isStandard } = require('./globals');
const { isFixedImport } = require('./imports');
const { isLoaders, loaders } = require('./loaders');
const { Bound } = require('./scripts');

/**
 * @typedef {object} Variable
 * @property {string} name
 * @property {unknown} value
 * @property {boolean} fixed whether nothing ever gives it another value
 * @property {boolean} common whether every closure of its site has the same one
 * @property {import('./scripts').Binding | null} binding
 * @property {number} up how many scopes out from the function it stands; -1 where that is not known
 * @property {boolean} written whether the function itself assigns it
 */

/**
 * @typedef {object} Resolution
 * @property {import('./sites').Site} site
 * @property {import('./code').Code} code
 * @property {Variable[]} variables in the code's order
 * @property {import('./code').Special[]} specials the variables that edits put behind them
 * @property {Map<string, unknown>} privates the class's static private fields
 * @property {import('./classes').ClassFacts | null} facts what is known of a class
 * @property {unknown[] | null} list the `arguments` around an arrow
 * @property {string[]} missing names of which nothing is known
 * @property {boolean} fixed whether a second look would find the same
 */

/** @type {WeakMap<Function, Resolution>} those that need no second look */
const settled = new WeakMap();

/** Stands for the value of a variable whose declaration has not been reached. */
const UNINITIALISED = Symbol('not initialised');

const NONE = Object.freeze({ scopes: Object.freeze([]), privates: new Map() });

/**
 * @param {Function} fn
 * @param {import('./sites').Site} site
 * @param {import('./inspector').Inspector} inspector
 * @param {Record<string, unknown> | null} captures variables supplied by hand for this function
 * @param {Record<string, unknown> | null} others those supplied for the function that leads to it
 * @returns {Resolution}
 */
function resolve(fn, site, inspector, captures, others) {
  const known = captures === null ? settled.get(fn) : undefined;
  if (known !== undefined) return known;
  const { analysis } = site;
  // Where nothing can be read, what was supplied is all that is known of the variables of any function.
  const supply = captures ?? (others === null || inspector.available ? null : others);
  const seen = isBare(site, supply) || !inspector.available ? null : inspector.read(fn);
  const { scopes, privates } = seen ?? NONE;
  const facts = analysis.form === Form.CLASS ? new ClassFacts(fn, site.text, analysis.edits) : null;
  const wanted = site.wanted.filter((name) => isWanted(site.uses.get(name), facts));
  if (seen === null) wanted.push(...site.initial);

  const variables = [];
  const missing = [];
  for (const name of wanted) {
    const binding = site.bindings.get(name) ?? null;
    const found = lookUp(name, scopes, supply) ?? fromLoader(name, site);
    if (found === null && (isGlobal(name, site, binding) || isScriptsGlobal(name, site, binding))) {
      // A global that the user set is no less a variable of the function's.
      const global = isStandard(name) ? null : custom(name);
      if (global !== null) variables.push(describe(name, { value: global.value, up: -1, supplied: false }, null, site));
    } else if (found === null) missing.push(name);
    else variables.push(describe(name, found, binding, site));
  }

  let declared = false;
  let settles = captures === null && privates.size === 0;
  if (site.own !== null) {
    // The name of a declaration: an ordinary variable, which may have been given another value since.
    const found = lookUp(site.own, scopes, supply);
    settles &&= site.bindings.get(site.own)?.assigned === false;
    if (found !== null && (found.value !== fn || site.writes(site.own))) {
      declared = true;
      variables.push(describe(site.own, found, site.bindings.get(site.own) ?? null, site));
    }
  }

  // What the text assigns comes first: those become variables in the rebuilt code, the others constants.
  variables.sort((one, other) => Number(other.written) - Number(one.written));
  const names = variables.map((variable) => variable.name);
  const assigned = variables.filter((variable) => variable.written).length;
  const list = (analysis.uses & Uses.ARGUMENTS) === 0 ? null : lookUp('arguments', scopes, null);
  const resolution = {
    site,
    ...site.code(fn, names, assigned, declared, privates, facts),
    variables,
    privates,
    facts,
    list: list === null ? null : Array.from(/** @type {any} */ (list.value)),
    missing,
    fixed: settles && list === null && variables.every((variable) => variable.fixed),
  };
  if (resolution.fixed && missing.length === 0) settled.set(fn, resolution);
  return resolution;
}

/** Whether a function can be resolved without a look at its scopes. */
function isBare(site, captures) {
  if (site.free) return true;
  if ((site.analysis.uses & Uses.ARGUMENTS) !== 0 || site.hasPrivates || !site.isItself) return false;
  return site.wanted.every(
    (name) =>
      (captures !== null && Object.hasOwn(captures, name)) || site.isGlobal(name) || loaders(name, site) !== null,
  );
}

function fromLoader(name, site) {
  const found = loaders(name, site);
  return found === null ? null : { ...found, up: -1, supplied: false };
}

/** Names that only computed names mention are not wanted where those are known from the class itself. */
const isWanted = (uses, facts) => (uses & NameUse.BODY) !== 0 || facts === null || !facts.complete;

/** Whether a name that no scope holds is left to the worker's own global object. */
function isGlobal(name, site, binding) {
  if (site.known) return binding === null;
  return isStandard(name) || name in globalThis;
}

/** Whether a variable of a script that is neither module nor CommonJS, as `node -e`: those are properties of the global. */
function isScriptsGlobal(name, { script }, binding) {
  return binding !== null && binding.top && script.file === null && custom(name) !== null;
}

/** @returns {Variable} */
function describe(name, { value, up, supplied }, binding, site) {
  const ofLoader = isLoaders(name, site);
  const fixed = !supplied && (ofLoader || (binding !== null && isFixed(binding, name, value, site.script)));
  return {
    name,
    value,
    fixed,
    common: fixed && (ofLoader || (binding !== null && binding.top)),
    binding: supplied ? null : binding,
    up,
    written: site.writes(name),
  };
}

/** Whether a variable's value cannot be another one at the next look. */
function isFixed({ kind, assigned }, name, value, script) {
  // `undefined` may only not be initialised yet.
  if (assigned || kind === Bound.OTHER || value === undefined) return false;
  return kind !== Bound.IMPORT || isFixedImport(script, name);
}

function lookUp(name, scopes, captures) {
  if (captures !== null && Object.hasOwn(captures, name)) return { value: captures[name], up: -1, supplied: true };
  for (const [up, { description, object }] of scopes.entries()) {
    if (description === 'Global') break;
    try {
      const has = description.startsWith('With') ? name in object : Object.hasOwn(object, name);
      if (has) return { value: object[name], up, supplied: false };
    } catch (error) {
      // V8 says so of a variable whose declaration has not been reached; before Node 22 it gives undefined.
      if (error instanceof ReferenceError) return { value: UNINITIALISED, up, supplied: false };
      throw error;
    }
  }
  return null;
}

module.exports = { UNINITIALISED, resolve };
