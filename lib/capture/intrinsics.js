'use strict';
// What every realm has from the start (`Math.max`, `Array.prototype`), by identity: the path to it from the global
// object.

const vm = require('node:vm');
const { types } = require('node:util');
const { isStandard } = require('./globals');

/** @type {Map<object, string[]> | undefined} */
let paths;
/** Globals that Node makes when they are first asked for, as long as nobody is known to have asked. */
let asleep = /** @type {{ realm: any, name: string }[]} */ ([]);

/** The intrinsics that no global leads to, by an expression that does; `rebuild` has the same table. */
const HIDDEN = {
  '%AsyncFunction%': 'Object.getPrototypeOf(async function () {}).constructor',
  '%GeneratorFunction%': 'Object.getPrototypeOf(function* () {}).constructor',
  '%AsyncGeneratorFunction%': 'Object.getPrototypeOf(async function* () {}).constructor',
  '%TypedArray%': 'Object.getPrototypeOf(Uint8Array)',
  '%IteratorPrototype%': 'Object.getPrototypeOf(Object.getPrototypeOf([][Symbol.iterator]()))',
  '%ArrayIteratorPrototype%': 'Object.getPrototypeOf([][Symbol.iterator]())',
  '%MapIteratorPrototype%': 'Object.getPrototypeOf(new Map()[Symbol.iterator]())',
  '%SetIteratorPrototype%': 'Object.getPrototypeOf(new Set()[Symbol.iterator]())',
  '%StringIteratorPrototype%': "Object.getPrototypeOf(''[Symbol.iterator]())",
  '%AsyncIteratorPrototype%':
    'Object.getPrototypeOf(Object.getPrototypeOf(Object.getPrototypeOf((async function* () {})())))',
};

/** The members of an object that can be had without running a getter. */
function* members(object) {
  for (const key of Reflect.ownKeys(object)) {
    const descriptor = Object.getOwnPropertyDescriptor(object, key);
    const step = typeof key === 'symbol' ? symbolStep(key) : key;
    if (step === null) continue;
    if ('value' in descriptor) yield [step, descriptor.value];
    else {
      if (descriptor.get !== undefined) yield [`get ${step}`, descriptor.get];
      if (descriptor.set !== undefined) yield [`set ${step}`, descriptor.set];
    }
  }
}

/** In a path, well-known symbols are written `@@name`, and those of the registry `@@:key`. */
function symbolStep(symbol) {
  const key = Symbol.keyFor(symbol);
  if (key !== undefined) return `@@:${key}`;
  const name = symbol.description?.replace(/^Symbol\./, '');
  return name !== undefined && Symbol[name] === symbol ? `@@${name}` : null;
}

const isObject = (value) => (typeof value === 'object' && value !== null) || typeof value === 'function';

/** Writes down an object and what it leads to, `depth` members deep; the first path to a thing stays. */
function note(table, value, path, depth) {
  if (!isObject(value) || types.isProxy(value)) return;
  if (!table.has(value)) table.set(value, path);
  if (depth === 0) return;
  for (const [step, inner] of members(value)) {
    if (!isObject(inner) || table.has(inner) || types.isProxy(inner)) continue;
    table.set(inner, [...path, step]);
    // What hangs on a prototype counts as being as near as the constructor.
    note(table, inner, [...path, step], step === 'prototype' ? depth : depth - 1);
  }
}

/** Its functions have functions (`hrtime.bigint`); its objects hold what is the user's. */
function noteProcess(table, process) {
  note(table, process, ['process'], 1);
  for (const [step, inner] of members(process))
    if (typeof inner === 'function') note(table, inner, ['process', step], 1);
}

function build() {
  const table = new Map();
  for (const name of Object.getOwnPropertyNames(Symbol)) {
    if (typeof Symbol[name] === 'symbol') table.set(Symbol[name], ['Symbol', name]);
  }
  const own = vm.runInThisContext('globalThis');
  for (const realm of own === globalThis ? [own] : [globalThis, own]) {
    table.set(realm, []);
    noteProcess(table, realm.process);
    const names = Object.getOwnPropertyNames(realm).filter(isStandard);
    for (const name of names) {
      const descriptor = Object.getOwnPropertyDescriptor(realm, name);
      if (!('value' in descriptor)) asleep.push({ realm, name });
      else if (descriptor.value !== realm) note(table, descriptor.value, [name], 2);
    }
    for (const [name, expression] of Object.entries(HIDDEN)) {
      const value = realm === own ? vm.runInThisContext(expression) : new Function(`return ${expression}`)();
      note(table, value, [name], 1);
    }
  }
  return table;
}

/** Globals that are made when they are first asked for, by their classes; asking makes Node load what is behind them. */
const LAZY = {
  Crypto: ['crypto'],
  SubtleCrypto: ['crypto', 'subtle'],
  Performance: ['performance'],
  Navigator: ['navigator'],
};

/** The path to an intrinsic, or undefined. */
function intrinsic(value) {
  paths ??= build();
  return paths.get(value) ?? lazy(value);
}

function lazy(value) {
  if (typeof value !== 'object') return undefined;
  const constructor = Object.getOwnPropertyDescriptor(Object.getPrototypeOf(value) ?? {}, 'constructor')?.value;
  if (typeof constructor !== 'function' || !Object.hasOwn(LAZY, constructor.name)) return undefined;
  const path = LAZY[constructor.name];
  return path.reduce((object, step) => object?.[step], globalThis) === value ? path : undefined;
}

/**
 * Looks again for something of Node's that is no intrinsic yet: at the globals that have been asked for since, and at
 * the one of its name, which Node then loads.
 */
function late(value) {
  paths ??= build();
  const table = paths;
  const called = names(value);
  asleep = asleep.filter(({ realm, name }) => {
    const descriptor = Object.getOwnPropertyDescriptor(realm, name);
    const isAwake = descriptor !== undefined && 'value' in descriptor;
    if (isAwake) note(table, descriptor.value, [name], 2);
    else if (called.includes(name)) note(table, realm[name], [name], 2);
    return !isAwake;
  });
  return table.get(value);
}

/** What a class is called, and that of an object. */
function names(value) {
  const constructor =
    typeof value === 'function' ? value : Object.getOwnPropertyDescriptor(value, 'constructor')?.value;
  return typeof constructor === 'function' ? [Object.getOwnPropertyDescriptor(constructor, 'name')?.value] : [];
}

module.exports = { HIDDEN, intrinsic, late, members };
