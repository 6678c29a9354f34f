'use strict';
// Objects that are not plain data: which of them can be described, as what, and by what an empty one is made again.

const { types } = require('node:util');
const { Integrity, Node } = require('./format');

/**
 * How an object can be made again.
 * @typedef {object} Shape
 * @property {any[]} node empty; its last three places are the properties, the prototype and the integrity
 * @property {object} base the prototype that the node makes by itself
 * @property {(key: string | symbol) => boolean} skip properties that the node makes by itself
 */

const never = () => false;
const isIndex = (key) => typeof key === 'string' && /^(?:0|[1-9]\d*)$/.test(key);

/** @returns {Shape} */
const exotic = (copy, skip = never) => ({
  node: [Node.EXOTIC, copy, null, null, 0],
  base: Object.getPrototypeOf(copy),
  skip,
});

/**
 * The shape of an object, by what it is in V8 whatever its prototype says; null where nothing can make another one.
 * @param {any} object
 * @param {boolean} isOrdinary whether an object of the same prototype has had nothing but properties
 * @returns {Shape | null}
 */
function shapeOf(object, isOrdinary) {
  if (Array.isArray(object)) {
    const skip = (key) => key === 'length' || isIndex(key);
    return { node: [Node.ARRAY, object.length, null, null, null, 0], base: Array.prototype, skip };
  }
  if (types.isMap(object)) return { node: [Node.MAP, null, null, null, 0], base: Map.prototype, skip: never };
  if (types.isSet(object)) return { node: [Node.SET, null, null, null, 0], base: Set.prototype, skip: never };
  if (types.isNativeError(object)) return exotic(errorLike(object), (key) => key === 'stack');
  if (types.isDate(object)) return exotic(new Date(Date.prototype.getTime.call(object)));
  if (types.isRegExp(object)) return exotic(regExp(object));
  if (types.isTypedArray(object)) return exotic(view(object), isIndex);
  if (types.isDataView(object)) return exotic(new DataView(object.buffer, object.byteOffset, object.byteLength));
  // What a symbol of its own is wrapped in has nowhere to be sent from.
  if (types.isSymbolObject(object)) return null;
  if (types.isBoxedPrimitive(object)) {
    return exotic(
      Object(object.valueOf()),
      types.isStringObject(object) ? (key) => isIndex(key) || key === 'length' : never,
    );
  }
  if (types.isWeakMap(object))
    return { node: [Node.WEAK_MAP, [], null, null, 0], base: WeakMap.prototype, skip: never };
  if (types.isWeakSet(object))
    return { node: [Node.WEAK_SET, [], null, null, 0], base: WeakSet.prototype, skip: never };
  if (types.isArgumentsObject(object)) return exotic(Array.from(object), (key) => isIndex(key) || key === 'length');
  const made = isOrdinary ? null : constructed(object);
  if (made !== null) {
    // Whatever properties it has, its constructor gives it.
    const base = Object.getPrototypeOf(object);
    return { node: [Node.CONSTRUCTED, ...made, null, null, 0], base, skip: () => true };
  }
  return isOrdinary || isPlain(object)
    ? { node: [Node.OBJECT, null, null, 0], base: Object.prototype, skip: never }
    : null;
}

/** An error with the stack of another one, which is a value or V8's own accessor, as it pleases V8. */
function errorLike(object) {
  const copy = new Error();
  const descriptor = Object.getOwnPropertyDescriptor(object, 'stack');
  const value = descriptor?.get === undefined ? descriptor?.value : object.stack;
  Object.defineProperty(copy, 'stack', { value, writable: true, configurable: true });
  return copy;
}

function regExp(object) {
  const get = (name) => Object.getOwnPropertyDescriptor(RegExp.prototype, name).get.call(object);
  return new RegExp(get('source'), get('flags'));
}

function view(object) {
  const name = Object.getOwnPropertyDescriptor(
    Object.getPrototypeOf(Uint8Array.prototype),
    Symbol.toStringTag,
  ).get.call(object);
  return new globalThis[name](object.buffer, object.byteOffset, object.length);
}

/** Builtin classes whose instances are all in what their constructor is given. */
const RECIPES = {
  TextEncoder: () => [],
  TextDecoder: ({ encoding, fatal, ignoreBOM }) => [encoding, { fatal, ignoreBOM }],
  URLSearchParams: (params) => [params.toString()],
  Headers: (headers) => [[...headers]],
};

/** Those of `Intl`: locale and options, as they were resolved. */
const INTL = new Set([
  'Collator',
  'DateTimeFormat',
  'DisplayNames',
  'DurationFormat',
  'ListFormat',
  'NumberFormat',
  'PluralRules',
  'RelativeTimeFormat',
  'Segmenter',
]);

/** The path of a class and the arguments that make an equal object; null where there is no recipe. */
function constructed(object) {
  const prototype = Object.getPrototypeOf(object);
  const name = Object.getOwnPropertyDescriptor(prototype ?? {}, 'constructor')?.value?.name;
  // By its name first: asking for the global itself makes Node load what is behind it.
  if (Object.hasOwn(RECIPES, name) && globalThis[name].prototype === prototype) return [[name], RECIPES[name](object)];
  if (!INTL.has(name) || Intl[name]?.prototype !== prototype) return null;
  const { locale, ...options } = object.resolvedOptions();
  return [['Intl', name], [locale, options]]; // prettier-ignore
}

/** Whether an object has nothing that V8 keeps in it beside its properties, as far as V8 says. */
function isPlain(object) {
  return !types.isExternal?.(object) && !types.isModuleNamespaceObject(object) && weakTarget(object) === undefined;
}

/** What a WeakRef holds; undefined for anything else. */
function weakTarget(object) {
  return WeakRef.prototype.isPrototypeOf(object) ? WeakRef.prototype.deref.call(object) : undefined;
}

function integrityOf(object) {
  if (Object.isExtensible(object)) return Integrity.NONE;
  if (Object.isFrozen(object)) return Integrity.FROZEN;
  return Object.isSealed(object) ? Integrity.SEALED : Integrity.NO_EXTENSION;
}

module.exports = { integrityOf, shapeOf, weakTarget };
