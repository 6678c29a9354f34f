'use strict';
// What a function has beyond its code: a name given by its place, properties, another prototype than its syntax gives
// it, what has been done to its `prototype`.

const { types } = require('node:util');
const { Uses } = require('./analysis');
const { members } = require('./intrinsics');
const { integrityOf } = require('./objects');

const functionPrototypes = [
  Function.prototype,
  Object.getPrototypeOf(async () => {}),
  Object.getPrototypeOf(function* () {}),
  Object.getPrototypeOf(async function* () {}),
];
const isUsualParent = (object) => functionPrototypes.includes(object);
const isGeneratorPrototype = (object) =>
  object === functionPrototypes[2].prototype || object === functionPrototypes[3].prototype;

/** What a class extends now, as its definition would have it. */
function heritage(fn) {
  const parent = Object.getPrototypeOf(fn);
  // `extends null` leaves the class an ordinary function, and its `prototype` without a parent.
  return parent === Function.prototype && Object.getPrototypeOf(fn.prototype) === null ? null : parent;
}

/** The function whose `prototype` an object is. */
function ownerOf(object) {
  const owner = Object.getOwnPropertyDescriptor(object, 'constructor')?.value;
  if (typeof owner !== 'function' || types.isProxy(owner)) return null;
  return Object.getOwnPropertyDescriptor(owner, 'prototype')?.value === object ? owner : null;
}

/**
 * The class in a method's scopes that the method belongs to, and the way to the method from there; null where none is
 * found. Only through its class can a method be had that uses `super` or `#private` names.
 * @param {{ description: string, object: object }[]} scopes
 */
function classOf(fn, scopes) {
  for (const { description, object } of scopes) {
    if (description === 'Global') break;
    for (const name of Object.keys(object)) {
      const constructor = valueOf(object, name);
      if (typeof constructor !== 'function' || types.isProxy(constructor)) continue;
      for (const [step, holder] of [
        [[], constructor],
        [['prototype'], constructor.prototype],
      ]) {
        // prettier-ignore
        const path = holder === undefined || holder === null ? undefined : pathTo(fn, holder);
        if (path !== undefined) return { constructor, path: [...step, path] };
      }
    }
  }
  return null;
}

function valueOf(scope, name) {
  try {
    return scope[name];
  } catch {
    // Not initialised yet.
    return undefined;
  }
}

function pathTo(fn, holder) {
  for (const [step, value] of members(holder)) if (value === fn) return step;
  return undefined;
}

/**
 * What `util.promisify` made a function of: a closure of Node's own, which holds it under this name. Null for others.
 * @param {() => { description: string, object: object }[]} scopes
 */
function promisified(fn, scopes) {
  if (!/\boriginal\b/.test(Function.prototype.toString.call(fn))) return null;
  const scope = scopes().find(({ description, object }) => description.includes('promisify') && 'original' in object);
  const original = scope === undefined ? undefined : valueOf(scope.object, 'original');
  return typeof original === 'function' ? original : null;
}

/**
 * @typedef {object} Extras
 * @property {string | null} name where the text does not give it
 * @property {(string | symbol)[]} keys properties that the text does not make
 * @property {object | null | undefined} parent the `[[Prototype]]`, where it is another one than usual
 * @property {object | undefined} replaced the object that stands as `prototype` and belongs to another function
 * @property {{ keys: (string | symbol)[], parent: object | null | undefined, dropped: boolean } | null} prototype what
 *   has been done to `prototype`; `dropped`: it has no `constructor`
 * @property {number} integrity
 */

/**
 * @param {Function} fn
 * @param {import('./sites').Site['analysis']} analysis
 * @param {import('./classes').ClassFacts | null} facts
 * @returns {Extras | null} null where there is nothing
 */
function of(fn, analysis, facts) {
  const described = Object.getOwnPropertyDescriptor(fn, 'name')?.value;
  const name = typeof described === 'string' && described !== (analysis.ownName ?? '') ? described : null;
  // A class makes its methods itself; what was put in their place later does not stand in its text.
  const isMade = (object, key) => facts !== null && facts.makes(Object.getOwnPropertyDescriptor(object, key));
  const keys = Reflect.ownKeys(fn).filter((key) => !isUsual(fn, key) && !isMade(fn, key));
  const parent = Object.getPrototypeOf(fn);
  const own = (analysis.uses & Uses.DERIVED) !== 0 || isUsualParent(parent) ? undefined : parent;
  const integrity = integrityOf(fn);
  const usual = facts === null ? Object.prototype : prototypeOfHeritage(fn, analysis);
  const { replaced, prototype } = prototypeOf(fn, facts !== null, isMade, usual);
  if (name === null && keys.length === 0 && own === undefined && replaced === undefined && prototype === null) {
    if (integrity === 0) return null;
  }
  return { name, keys, parent: own, replaced, prototype, integrity };
}

/** What a class's `prototype` inherits from, as its definition would have it; undefined where that cannot be seen. */
function prototypeOfHeritage(fn, { uses }) {
  if ((uses & Uses.DERIVED) === 0) return Object.prototype;
  const parent = heritage(fn);
  if (parent === null) return null;
  return types.isProxy(parent) ? undefined : Object.getOwnPropertyDescriptor(parent, 'prototype')?.value;
}

/** @returns {Pick<Extras, 'replaced' | 'prototype'>} */
function prototypeOf(fn, isClass, isMade, base) {
  const object = Object.getOwnPropertyDescriptor(fn, 'prototype')?.value;
  if ((typeof object !== 'object' && typeof object !== 'function') || object === null || types.isProxy(object)) {
    return { replaced: undefined, prototype: null };
  }
  const constructor = Object.getOwnPropertyDescriptor(object, 'constructor');
  // A class's `prototype` cannot be replaced, whatever its `constructor` says.
  const isOwn = isClass || constructor === undefined || constructor.value === fn;
  if (!isOwn || typeof object === 'function') return { replaced: object, prototype: null };
  const parent = Object.getPrototypeOf(object);
  const isGenerator = isGeneratorPrototype(parent);
  const isUsualKey = (key) => key === 'constructor' && constructor.value === fn;
  const keys = Reflect.ownKeys(object).filter((key) => !isUsualKey(key) && !isMade(object, key));
  const dropped = constructor === undefined && !isGenerator;
  const usual = base === undefined || isGenerator || parent === base;
  if (keys.length === 0 && usual && !dropped) return { replaced: undefined, prototype: null };
  return { replaced: undefined, prototype: { keys, parent: usual ? undefined : parent, dropped } };
}

const USUAL = new Set(['length', 'name', 'prototype', 'arguments', 'caller']);

/** Whether a function has a property because it is a function. */
function isUsual(fn, key) {
  if (!USUAL.has(key)) return false;
  if (key !== 'name' && key !== 'length') return true;
  const { value } = Object.getOwnPropertyDescriptor(fn, key);
  return typeof value === (key === 'name' ? 'string' : 'number');
}

module.exports = { classOf, heritage, of, ownerOf, promisified };
