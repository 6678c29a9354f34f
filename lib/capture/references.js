'use strict';
// What is taken by reference: things that a worker has or can load for itself. Gives the plan's node for them.

const { types } = require('node:util');
const { Node } = require('./format');
const { isLocal } = require('./imports');
const intrinsics = require('./intrinsics');
const modules = require('./modules');
const { isErrorClass } = require('../classes');

/** The node of something that the realm, Node or a CommonJS package exports; null where it is no such thing. */
function known(value) {
  const steps = intrinsics.intrinsic(value);
  if (steps !== undefined) return [Node.INTRINSIC, steps];
  const builtin = modules.builtin(value);
  if (builtin !== undefined) return [Node.REQUIRE, builtin.id, builtin.path];
  return packaged(value);
}

/**
 * The same for something of Node's that is not known: what Node makes only when it is asked for has not been noted, and
 * asking for everything would take too long where nobody has it.
 */
function late(value) {
  const steps = intrinsics.late(value);
  if (steps !== undefined) return [Node.INTRINSIC, steps];
  const builtin = modules.lateBuiltin(value);
  return builtin === undefined ? null : [Node.REQUIRE, builtin.id, builtin.path];
}

function packaged(value) {
  const found = modules.inPackage(value);
  return found === undefined ? null : [Node.REQUIRE, found.id, found.path];
}

/** The node of some module's `require`; null where the value is none. */
function requireOf(value) {
  if (!modules.isRequire(value)) return null;
  const base = modules.baseOf(value);
  return base === null ? null : [Node.REQUIRE_OF, base];
}

/**
 * The node of a function that a library's script exports under some name; null where none leads to it.
 * @param {import('./scripts').Script} script
 * @param {() => { description: string, object: object }[]} scopes what the function's scopes hold
 */
function exported(fn, script, scopes) {
  if (!script.module) return packaged(fn);
  const top = scopes().find(({ description }) => description === 'Module')?.object;
  if (top === undefined) return null;
  for (const { exported: name, local, specifier } of script.exports) {
    if (specifier === '' && holds(top, local, fn)) return [Node.IMPORT, script.url, script.url, [name]];
  }
  return null;
}

function holds(scope, name, value) {
  try {
    return Object.hasOwn(scope, name) && scope[name] === value;
  } catch {
    // Not initialised yet.
    return false;
  }
}

/**
 * The node of what a script's own import declaration binds a name to, if that is a library or a builtin (or `always`).
 * @param {import('./scripts').Script} script
 */
function imported(name, value, script, always) {
  const declaration = script.imports.get(name);
  if (declaration === undefined || script.url === null) return null;
  const { specifier, imported: member } = declaration;
  // A library's own files belong to the library.
  if (!always && !script.library) {
    if (isLocal(specifier)) return null;
    const node = types.isModuleNamespaceObject(value) ? null : known(value);
    if (node !== null) return node;
  }
  return [Node.IMPORT, script.url, specifier, member === '*' ? [] : [member]];
}

/** @type {WeakMap<object, [Function, string[]][]>} */
const errors = new WeakMap();

/** The error classes that a module or a member of one has, and the ways to them. */
function errorsOf(value) {
  let found = errors.get(value);
  if (found === undefined) {
    found = [];
    collect(value, [], 2, found);
    errors.set(value, found);
  }
  return found;
}

function collect(value, path, depth, found) {
  if (isErrorClass(value)) found.push([value, path]);
  const isObject = (typeof value === 'object' && value !== null) || typeof value === 'function';
  if (depth === 0 || !isObject || types.isProxy(value)) return;
  for (const key of Object.getOwnPropertyNames(value)) {
    const inner = dataOf(value, key);
    if (typeof inner === 'function' || isPlain(inner)) collect(inner, [...path, key], depth - 1, found);
  }
}

function dataOf(object, key) {
  // V8 makes these up for each look, slowly.
  if (key === 'caller' || key === 'arguments') return undefined;
  try {
    return Object.getOwnPropertyDescriptor(object, key).value;
  } catch {
    // An export that is not initialised yet.
    return undefined;
  }
}

const isPlain = (value) =>
  typeof value === 'object' &&
  value !== null &&
  !types.isProxy(value) &&
  Object.getPrototypeOf(value) === Object.prototype;

module.exports = { errorsOf, exported, imported, known, late, requireOf };
