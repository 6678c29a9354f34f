'use strict';
// Whose code a function or an object is: that decides whether it is worth looking for among the things that a worker can
// load for itself.

const { types } = require('node:util');
const place = require('./place');

const SEPARATOR = /[\\/]node_modules[\\/]/;

/** @type {Map<number, boolean>} whether a script is Node's or a library's, by V8's number */
const scripts = new Map();

/** Whether a function is the realm's, Node's, or a library's; also where that cannot be known. */
function isForeign(fn) {
  if (types.isProxy(fn) || !place.find(fn)) return true;
  const [number] = place.place;
  let found = scripts.get(number);
  if (found === undefined) {
    const name = place.scriptName(fn);
    found = name === null || name.startsWith('node:') || SEPARATOR.test(name);
    scripts.set(number, found);
  }
  return found;
}

/** Whether a function is the realm's or Node's; also where that cannot be known. */
function isOfNode(fn) {
  if (types.isProxy(fn) || !place.find(fn)) return true;
  return place.scriptName(fn)?.startsWith('node:') ?? true;
}

/** Whether an object may be something that a module or the realm has to offer: by its first function, or its class. */
function mayBeForeign(object) {
  const fn = firstOf(object);
  if (fn !== null) return isForeign(fn);
  const prototype = Object.getPrototypeOf(object);
  return (
    prototype !== null && prototype !== Object.prototype && prototype !== Array.prototype && isOfForeign(prototype)
  );
}

/** An object's first function, which tells where most objects come from. */
function firstOf(object) {
  for (const key of Reflect.ownKeys(object)) {
    const { value, get, set } = Object.getOwnPropertyDescriptor(object, key);
    const fn = value ?? get ?? set;
    if (typeof fn === 'function') return fn;
  }
  return null;
}

/** Whether the class of a prototype may be the realm's, Node's, or a library's. */
function isOfForeign(prototype) {
  const constructor = Object.getOwnPropertyDescriptor(prototype, 'constructor')?.value;
  return typeof constructor !== 'function' || isForeign(constructor);
}

module.exports = { firstOf, isForeign, isOfNode, isOfForeign, mayBeForeign };
