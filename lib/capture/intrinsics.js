'use strict';
// What every realm has from the start (`Math.max`, `Array.prototype`), by identity: the path to it from the global
// object.

const vm = require('node:vm');
const { types } = require('node:util');
const { isStandard } = require('./globals');

/** @type {Map<object, string[]> | undefined} */
let paths;

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

/** Well-known symbols are written `@@name` in a path. */
function symbolStep(symbol) {
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

function build() {
  const table = new Map();
  for (const name of Object.getOwnPropertyNames(Symbol)) {
    if (typeof Symbol[name] === 'symbol') table.set(Symbol[name], ['Symbol', name]);
  }
  const own = vm.runInThisContext('globalThis');
  for (const realm of own === globalThis ? [own] : [globalThis, own]) {
    table.set(realm, []);
    note(table, realm.process, ['process'], 1);
    const names = Object.getOwnPropertyNames(realm).filter(isStandard);
    for (const name of names) {
      const descriptor = Object.getOwnPropertyDescriptor(realm, name);
      if ('value' in descriptor && descriptor.value !== realm) note(table, descriptor.value, [name], 2);
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

module.exports = { HIDDEN, intrinsic, members };
