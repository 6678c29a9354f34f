'use strict';
// What belongs to a module that the worker can load for itself: builtins, CommonJS packages, ES packages. Such things
// are captured by reference.

const path = require('node:path');
const Module = require('node:module');
const { types } = require('node:util');
const { isStandard } = require('./globals');
const { members } = require('./intrinsics');
const { isOfNode } = require('./origin');

const SEPARATOR = `${path.sep}node_modules${path.sep}`;
const isObject = (value) => (typeof value === 'object' && value !== null) || typeof value === 'function';

/** @typedef {{ id: string, path: string[] }} Reference what to require, and the members that lead on from there */

/** @type {Map<object, Reference>} */
const builtins = new Map();
const noted = new Set();
/** Those whose accessors have not been looked behind, by their ids. */
const unsearched = new Map();

let count = -1;

/** Notes the members of the builtin modules that have been loaded since the last time. */
function noteBuiltins() {
  const list = /** @type {any} */ (process).moduleLoadList ?? [];
  if (list.length === count) return;
  count = list.length;
  const loaded = new Set(list);
  for (const listed of Module.builtinModules) {
    const id = listed.replace(/^node:/, '');
    if (noted.has(id) || id.startsWith('_') || DEPRECATED.has(id)) continue;
    if (loaded.size > 0 && !loaded.has(`NativeModule ${id}`)) continue;
    noted.add(id);
    let exported;
    try {
      exported = require(`node:${id}`);
    } catch {
      // A runtime's own (`bun:ffi`), or one that it only lists.
      continue;
    }
    // Its accessors open streams, and it is a global.
    if (id !== 'process') unsearched.set(id, exported);
    note(builtins, exported, { id: `node:${id}`, path: [] }, 2);
  }
}
/** Builtins that warn when they are loaded. */
const DEPRECATED = new Set(['punycode', 'sys', 'wasi']);

function note(table, value, reference, depth) {
  if (!isObject(value)) return;
  if (!table.has(value)) table.set(value, reference);
  if (depth === 0) return;
  for (const [step, inner] of members(value)) {
    // What begins so is nobody's business; Node keeps all loaded modules under one such name.
    if (!isObject(inner) || table.has(inner) || step.startsWith('_')) continue;
    const next = { id: reference.id, path: [...reference.path, step] };
    table.set(inner, next);
    note(table, inner, next, step === 'prototype' ? depth : depth - 1);
  }
}

/**
 * Looks for something of Node's behind the accessors of the builtin modules too (`fs.promises`): Node loads what it has
 * there when it is asked.
 */
function lateBuiltin(value) {
  noteBuiltins();
  for (const [id, exported] of unsearched) noteHidden(exported, { id: `node:${id}`, path: [] }, 2);
  unsearched.clear();
  return builtins.get(value);
}

function noteHidden(object, reference, depth) {
  if (!isObject(object) || types.isProxy(object) || depth === 0) return;
  for (const [step, inner] of members(object)) {
    const [, hidden] = /^get ([^_].*)$/.exec(step) ?? [];
    const name = hidden ?? step;
    const next = { id: reference.id, path: [...reference.path, name] };
    // Compilers copy whole modules, with the functions that are nobody's business.
    if (step.startsWith('_') && typeof inner === 'function' && !builtins.has(inner)) builtins.set(inner, next);
    // What is a global too is an intrinsic.
    else if (hidden !== undefined && !isStandard(hidden) && isHarmless(inner))
      note(builtins, Reflect.get(object, keyOf(name)), next, depth - 1);
    // What hangs on a prototype belongs to each instance.
    else if (builtins.get(inner)?.path.at(-1) === step && step !== 'prototype') noteHidden(inner, next, depth - 1);
  }
}

const keyOf = (step) => (step.startsWith('@@:') ? Symbol.for(step.slice(3)) : step);

/** Whether a getter is Node's own and does not warn. */
function isHarmless(getter) {
  return isOfNode(getter) && !/deprecat|warn/i.test(Function.prototype.toString.call(getter));
}

/** @returns {Reference | undefined} */
function builtin(value) {
  const found = builtins.get(value);
  if (found !== undefined) return found;
  noteBuiltins();
  return builtins.get(value);
}

/** The builtin module whose namespace an object is, as `import * as fs from 'node:fs'` gives it; null for others. */
function namespaceOf(namespace) {
  const exported = Object.hasOwn(namespace, 'default') ? namespace.default : undefined;
  const found = isObject(exported) ? builtin(exported) : undefined;
  if (found === undefined || found.path.length > 0) return null;
  // A module of the user's may have the same default.
  return Object.keys(exported).every((name) => Object.hasOwn(namespace, name)) ? found.id : null;
}

/** @type {Map<object, Reference>} */
const packages = new Map();
/** Files whose exports have been noted; what is still loading is looked at again. */
const files = new Set();
let size = -1;
/** Whether files may have been loaded since the packages were looked at. */
let stale = true;

/** Called when a capture begins: no file is loaded while it lasts. */
const begin = () => void (stale = true);

const cache = () => /** @type {any} */ (Module)._cache ?? require.cache;

/** Notes the exports of the CommonJS packages that have been loaded since the last time, two members deep. */
function notePackages() {
  if (!stale) return;
  stale = false;
  const modules = cache();
  const names = Object.keys(modules);
  if (names.length === size) return;
  let pending = false;
  for (const file of names) {
    if (files.has(file) || !file.includes(SEPARATOR)) continue;
    const module = modules[file];
    if (!module.loaded) {
      pending = true;
      continue;
    }
    files.add(file);
    if (!isBuiltinOrGlobal(module.exports)) note(packages, module.exports, { id: file, path: [] }, 2);
  }
  size = pending ? -1 : names.length;
}

const isBuiltinOrGlobal = (value) => value === globalThis || builtins.has(value);

/** @returns {Reference | undefined} */
function inPackage(value) {
  notePackages();
  return packages.get(value);
}

/** What a CommonJS file exports and the members of that: things and the paths to them. */
function exportsOf(file) {
  const found = new Map();
  const module = cache()[file];
  if (module?.loaded && isObject(module.exports)) {
    const table = new Map();
    note(table, module.exports, { id: file, path: [] }, 1);
    for (const [value, reference] of table) found.set(value, reference.path);
  }
  return found;
}

/** The file of the user's that exports a value, as a whole or as a member; null where there is none. */
function fileOf(value) {
  const modules = cache();
  for (const file of Object.keys(modules)) {
    const { exports, loaded } = modules[file];
    if (!loaded || file.includes(SEPARATOR) || !isObject(exports)) continue;
    if (exports === value) return file;
    for (const [, inner] of members(exports)) if (inner === value) return file;
  }
  return null;
}

/** What stands for a CommonJS file as long as it is not loaded anew. */
const instanceOf = (file) => cache()[file];

const isModule = (value) => value instanceof Module;

/** Whether a value is some module's `require`. */
function isRequire(value) {
  return (
    typeof value === 'function' &&
    Object.hasOwn(value, 'resolve') &&
    Object.hasOwn(value, 'cache') &&
    typeof value.resolve === 'function'
  );
}

/** The file a `require` belongs to, as far as it matters: one in the same directory. */
function baseOf(require) {
  try {
    const [directory] = require.resolve.paths('./x');
    return path.join(directory, 'tasklets.js');
  } catch {
    return null;
  }
}

module.exports = {
  baseOf,
  begin,
  builtin,
  exportsOf,
  fileOf,
  inPackage,
  instanceOf,
  isModule,
  isRequire,
  lateBuiltin,
  namespaceOf,
};
