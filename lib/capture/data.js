'use strict';
// Which values are plain data: they go into the plan as they stand, and the codec carries them.

const { inspect, types } = require('node:util');

/** Builtin classes whose instances the codec carries, by the check that recognises the real thing. */
const SORTS = [
  [types.isDate, () => Date.prototype],
  [types.isRegExp, () => RegExp.prototype],
  [types.isMap, () => Map.prototype],
  [types.isSet, () => Set.prototype],
  [types.isArrayBuffer, () => ArrayBuffer.prototype],
  [types.isSharedArrayBuffer, () => SharedArrayBuffer.prototype],
  [types.isDataView, () => DataView.prototype],
];

const URL_PROTOTYPE = URL.prototype;
const own = (object, key) => Object.getOwnPropertyDescriptor(object, key);

/** Finds out whether everything reachable from a value is plain data. */
class Walk {
  /** Whether anything walked could be changed later, other than by what nobody does. */
  mutable = false;
  /** Regular expressions without a position, which hardly anybody changes. */
  patterns = /** @type {RegExp[]} */ ([]);
  /** Objects that are not plain data, or lead to what is not, as far as the answer has shown. */
  spoilt = [];
  #plain;
  #fresh = [];
  #stack = [];
  #taken;

  /**
   * @param {Set<object>} plain the objects that are known to be plain data; those that the walk finds are added
   * @param {(object: object) => boolean} taken whether the plan has the object already, as something else than data
   */
  constructor(plain, taken) {
    this.#plain = plain;
    this.#taken = taken;
  }

  /** Whether everything from `root` on is plain data. */
  run(root) {
    const found = this.#enter(root) && this.#walk();
    if (found) return true;
    this.spoilt = this.#stack.map(({ object }) => object);
    if (this.spoilt.length === 0) this.spoilt.push(root);
    for (const object of this.#fresh) this.#plain.delete(object);
    return false;
  }

  #walk() {
    const stack = this.#stack;
    while (stack.length > 0) {
      const frame = stack[stack.length - 1];
      if (frame.at === frame.values.length) {
        stack.pop();
        continue;
      }
      const value = frame.values[frame.at++];
      if (isPrimitive(value)) continue;
      if (typeof value === 'symbol' ? !isKnownSymbol(value) : !this.#enter(value)) return false;
    }
    return true;
  }

  #enter(object) {
    if (typeof object !== 'object') return false;
    if (this.#plain.has(object)) return true;
    if (this.#taken(object)) return false;
    const values = contents(object);
    if (values === null) return false;
    this.#plain.add(object);
    this.#fresh.push(object);
    if (isSteadyRegExp(object)) this.patterns.push(object);
    else if (!types.isSharedArrayBuffer(object)) this.mutable = true;
    if (values.length > 0) this.#stack.push({ object, values, at: 0 });
    return true;
  }
}

/** A regular expression that keeps no position between its uses. */
function isSteadyRegExp(object) {
  return types.isRegExp(object) && !object.global && !object.sticky;
}

function isPrimitive(value) {
  return value === null || (typeof value !== 'object' && typeof value !== 'function' && typeof value !== 'symbol');
}

const wellKnown = new Set(
  Object.getOwnPropertyNames(Symbol)
    .map((name) => Symbol[name])
    .filter((value) => typeof value === 'symbol'),
);

/** A symbol that means the same in every isolate. */
function isKnownSymbol(symbol) {
  return Symbol.keyFor(symbol) !== undefined || wellKnown.has(symbol);
}

const NOTHING = Object.freeze([]);

/** The values inside an object that the codec carries if it carries those; null where it is no such object. */
function contents(object) {
  if (types.isProxy(object) || !Object.isExtensible(object)) return null;
  const prototype = Object.getPrototypeOf(object);
  if (Array.isArray(object)) {
    if (prototype !== Array.prototype) return null;
    return hasOnlyElements(object) ? object : null;
  }
  if (prototype === Object.prototype || prototype === null) return plainValues(object);
  if (types.isTypedArray(object)) {
    return prototype === Buffer.prototype || prototype === globalThis[typedArrayName(object)]?.prototype
      ? NOTHING
      : null;
  }
  for (const [is, expected] of SORTS) {
    if (!is(object)) continue;
    if (prototype !== expected() || Reflect.ownKeys(object).length > (is === types.isRegExp ? 1 : 0)) return null;
    if (is === types.isMap) return mapValues(object);
    return is === types.isSet ? [...Set.prototype.values.call(object)] : NOTHING;
  }
  if (isDomException(object, prototype)) return errorValues(object);
  if (types.isNativeError(object)) {
    return ERRORS.some((constructor) => constructor.prototype === prototype) ? errorValues(object) : null;
  }
  if (types.isBoxedPrimitive(object)) {
    const bare = Reflect.ownKeys(object).length <= (object instanceof String ? object.length + 1 : 0);
    if (!bare || !isBuiltinPrototype(prototype)) return null;
    return !types.isSymbolObject(object) || isKnownSymbol(Symbol.prototype.valueOf.call(object)) ? NOTHING : null;
  }
  if (prototype === URL_PROTOTYPE) return Reflect.ownKeys(object).length === 0 ? NOTHING : null;
  return isCloneable(object) ? NOTHING : null;
}

function typedArrayName(object) {
  return Object.getOwnPropertyDescriptor(Object.getPrototypeOf(Uint8Array.prototype), Symbol.toStringTag).get.call(
    object,
  );
}

/** Objects without a class of their own that are something special nevertheless. */
function isBranded(object) {
  return (
    types.isModuleNamespaceObject(object) ||
    types.isArgumentsObject(object) ||
    types.isExternal?.(object) ||
    types.isPromise(object) ||
    types.isWeakMap(object) ||
    types.isWeakSet(object)
  );
}

/** Host objects that V8's own clone carries, by the names of their classes, with the check that tells. */
const CLONEABLE = {
  SecretKeyObject: (object) => types.isKeyObject(object),
  PublicKeyObject: (object) => types.isKeyObject(object),
  PrivateKeyObject: (object) => types.isKeyObject(object),
  CryptoKey: (object) => types.isCryptoKey(object),
  Blob: (object) => object instanceof Blob,
  Module: (object) => Object.prototype.toString.call(object) === '[object WebAssembly.Module]',
};

function isCloneable(object) {
  const constructor = own(Object.getPrototypeOf(object), 'constructor')?.value;
  const name = typeof constructor === 'function' ? own(constructor, 'name')?.value : undefined;
  return typeof name === 'string' && Object.hasOwn(CLONEABLE, name) && CLONEABLE[name](object);
}

function isBuiltinPrototype(prototype) {
  return [Number, String, Boolean, BigInt, Symbol].some((constructor) => constructor.prototype === prototype);
}

/** From this length on, the way that costs the same for every length is the faster one. */
const LONG = 128;

function hasOnlyElements(array) {
  return array.length < LONG ? Reflect.ownKeys(array).length === count(array) + 1 : isShownShort(array);
}

/**
 * Whether a long array has nothing but its elements. To ask for its keys would mean a string for each index; Node's
 * `inspect` has a way past the indices, and calls nothing of the user's with these options.
 */
function isShownShort(array) {
  const shown = inspect(array, SHORT);
  return shown.endsWith(`[ ... ${array.length} more items, [length]: ${array.length} ]`);
}
const SHORT = {
  showHidden: true,
  depth: 0,
  colors: false,
  customInspect: false,
  showProxy: true,
  maxArrayLength: 0,
  breakLength: Infinity,
  compact: true,
  sorted: false,
  getters: false,
  numericSeparator: false,
};

function count(array) {
  let holes = 0;
  for (let index = 0; index < array.length; index++) if (!(index in array)) holes++;
  return array.length - holes;
}

function plainValues(object) {
  const keys = Reflect.ownKeys(object);
  // Special objects without a class of their own show nothing, or symbols, or properties that cannot be changed.
  if (keys.length === 0 && isBranded(object)) return null;
  const values = new Array(keys.length);
  for (let at = 0; at < keys.length; at++) {
    if (typeof keys[at] !== 'string') return null;
    const descriptor = own(object, keys[at]);
    if (!descriptor.writable || !descriptor.enumerable || !descriptor.configurable) return null;
    values[at] = descriptor.value;
  }
  return values;
}

function mapValues(map) {
  const values = [];
  Map.prototype.forEach.call(map, (value, key) => values.push(key, value));
  return values;
}

const ERRORS = [Error, EvalError, RangeError, ReferenceError, SyntaxError, TypeError, URIError, AggregateError];

/** By its name first: asking for the global itself makes Node load what is behind it. */
function isDomException(object, prototype) {
  const constructor = own(prototype, 'constructor')?.value;
  if (typeof constructor !== 'function' || own(constructor, 'name')?.value !== 'DOMException') return false;
  if (globalThis.DOMException?.prototype !== prototype) return false;
  try {
    own(prototype, 'name').get.call(object);
    return true;
  } catch {
    // It only inherits from the prototype.
    return false;
  }
}

function errorValues(error) {
  const values = [];
  for (const key of Reflect.ownKeys(error)) {
    if (key === 'stack') continue;
    const descriptor = own(error, key);
    if (typeof key !== 'string' || !('value' in descriptor)) return null;
    values.push(descriptor.value);
  }
  return values;
}

module.exports = { Walk, isPrimitive };
