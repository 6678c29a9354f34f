'use strict';
// What an object that is neither an array nor plain is: one of the kinds below, or something that cannot cross, and
// then what to call it. Objects are asked what they are, not what they say: prototypes can be borrowed.

const { types } = require('node:util');

const PLAIN = 0;
const NULL_PROTOTYPE = 1;
const DATE = 2;
const REGEXP = 3;
const MAP = 4;
const SET = 5;
const BOXED = 6;
const ERROR = 7;
const BUFFER = 8;
const VIEW = 9;
const ARRAY_BUFFER = 10;
const URL_KIND = 11;
const URL_SEARCH_PARAMS = 12;
const CARRIED = 13;

const { getTime } = Date.prototype;
const { get: mapSize } = Object.getOwnPropertyDescriptor(Map.prototype, 'size');
const { get: setSize } = Object.getOwnPropertyDescriptor(Set.prototype, 'size');

/** Whether a method of a builtin class takes the object for one of its own: much cheaper than node's tests. */
function isReally(method, object) {
  try {
    method.call(object);
    return true;
  } catch {
    return false;
  }
}

// Kinds by exact prototype: the usual case, decided with one look and one test.
/** @type {Map<object, any[]>} */
const usual = new Map([
  [Date.prototype, [(object) => isReally(getTime, object), DATE]],
  [RegExp.prototype, [types.isRegExp, REGEXP]],
  [Map.prototype, [(object) => isReally(mapSize, object), MAP]],
  [Set.prototype, [(object) => isReally(setSize, object), SET]],
  [Buffer.prototype, [ArrayBuffer.isView, BUFFER]],
  [Uint8Array.prototype, [ArrayBuffer.isView, VIEW]],
  [Float64Array.prototype, [ArrayBuffer.isView, VIEW]],
  [ArrayBuffer.prototype, [types.isArrayBuffer, ARRAY_BUFFER]],
  [Error.prototype, [types.isNativeError, ERROR]],
  [TypeError.prototype, [types.isNativeError, ERROR]],
  [RangeError.prototype, [types.isNativeError, ERROR]],
  [URL.prototype, [isUrl, URL_KIND]],
]);

// Prototypes of the users' own classes: their instances cross as plain objects.
const instances = new WeakSet();

/** @type {any[][]} */
const tests = [
  [types.isNativeError, ERROR],
  [types.isDate, DATE],
  [types.isRegExp, REGEXP],
  [types.isMap, MAP],
  [types.isSet, SET],
  [types.isArrayBuffer, ARRAY_BUFFER],
  [types.isSharedArrayBuffer, CARRIED],
  [types.isBoxedPrimitive, BOXED],
  [isUrl, URL_KIND],
  [(object) => object instanceof URLSearchParams, URL_SEARCH_PARAMS],
  [(object) => object instanceof Error || isDomException(object), ERROR],
];

// A runtime may lack some of these tests.
/** @type {any[][]} */
const strangers = [
  [types.isPromise, 'a Promise'],
  [types.isWeakMap, 'a WeakMap'],
  [types.isWeakSet, 'a WeakSet'],
  [types.isGeneratorObject, 'a generator'],
  [types.isMapIterator, 'a Map iterator'],
  [types.isSetIterator, 'a Set iterator'],
  [types.isExternal, 'an external pointer'],
];

// What only V8 can carry, by the name of its class, and where the class is to be found. Those with `moved` cross only
// when they are named in `transfer`.
const carriers = new Map([
  ['KeyObject', { find: () => require('node:crypto').KeyObject }],
  ['X509Certificate', { find: () => require('node:crypto').X509Certificate }],
  ['CryptoKey', { find: () => globalThis.CryptoKey }],
  ['Blob', { find: () => globalThis.Blob }],
  ['Module', { find: () => globalThis.WebAssembly?.Module }],
  ['BlockList', { find: () => require('node:net').BlockList }],
  ['SocketAddress', { find: () => require('node:net').SocketAddress }],
  ['Histogram', { find: () => histogramClass() }],
  ['MessagePort', { find: () => globalThis.MessagePort, moved: true }],
  ['ReadableStream', { find: () => globalThis.ReadableStream, moved: true }],
  ['WritableStream', { find: () => globalThis.WritableStream, moved: true }],
  ['TransformStream', { find: () => globalThis.TransformStream, moved: true }],
  ['FileHandle', { find: () => null, moved: true }],
]);

// Names of node's own symbols on objects that stand for something outside JavaScript.
const handles = new Set(['asyncId', 'async_id_symbol', 'triggerId', 'trigger_async_id_symbol', 'handle', 'kHandle']);

function isUrl(object) {
  return object instanceof URL && typeof urlHref(object) === 'string';
}

const { get: hrefGetter } = Object.getOwnPropertyDescriptor(URL.prototype, 'href');
function urlHref(object) {
  try {
    return hrefGetter.call(object);
  } catch {
    return undefined; // it only inherits from URL.prototype
  }
}

function isDomException(object) {
  return typeof DOMException === 'function' && object instanceof DOMException;
}

function histogramClass() {
  const sample = Object.getPrototypeOf(require('node:perf_hooks').createHistogram());
  return Object.getPrototypeOf(sample).constructor;
}

/** The kind of any object that is no array. */
function kindOfAny(encoder, object) {
  const prototype = Object.getPrototypeOf(object);
  if (prototype === Object.prototype) return PLAIN;
  return prototype === null ? kindOfBare(object) : kindOf(encoder, object, prototype);
}

/** The kind of an object without a prototype: an error is one whatever its prototype was made. */
function kindOfBare(object) {
  return types.isNativeError(object) ? ERROR : NULL_PROTOTYPE;
}

/** The kind of an object of this prototype, which is neither Object.prototype nor null; refuses, with the encoder's path, what cannot cross. */
function kindOf(encoder, object, prototype) {
  const guess = usual.get(prototype);
  if (guess !== undefined && guess[0](object)) return guess[1];
  if (instances.has(prototype)) return PLAIN;
  if (encoder.transfer?.has(object) && !types.isArrayBuffer(object)) return CARRIED;
  if (ArrayBuffer.isView(object)) return Buffer.isBuffer(object) ? BUFFER : VIEW;
  for (const [test, kind] of tests) if (test(object)) return kind;
  for (const [test, name] of strangers) if (test !== undefined && test(object)) return encoder.refuseObject(name);
  return kindOfInstance(encoder, object, prototype);
}

function kindOfInstance(encoder, object, prototype) {
  let known = true;
  for (let above = prototype; above !== null; above = Object.getPrototypeOf(above)) {
    const name = classNameOf(above);
    const carrier = carriers.get(name);
    const Class = carrier?.find();
    if (Class != null ? Class.prototype === above : carrier !== undefined && hasHandle(object)) {
      if (carrier.moved) return encoder.refuseObject(`${article(name)} that is not named in 'transfer'`);
      return CARRIED;
    }
    const builtin = builtinName(above, name);
    if (builtin !== undefined) {
      if (types.isProxy(object)) return encoder.refuseObject(`a Proxy around ${article(builtin)}`);
      if (!copied.has(builtin)) {
        const own = above === prototype ? builtin : classNameOf(prototype);
        return encoder.refuseObject(article(own || builtin));
      }
    }
    if (name === 'EventEmitter' && typeof above.addListener === 'function') known = false;
  }
  const name = classNameOf(prototype) || 'object';
  if (!known && (object.eventNames().length > 0 || Object.hasOwn(object, '_handle') || !isBareEmitter(object))) {
    return encoder.refuseObject(article(name));
  }
  if (hasHandle(object)) return encoder.refuseObject(article(name));
  if (!Object.hasOwn(prototype, 'constructor')) {
    // The language's own iterators have a name and no constructor.
    const tag = object[Symbol.toStringTag];
    if (typeof tag === 'string' && /\bIterator\b/.test(tag)) return encoder.refuseObject(article(tag));
  }
  if (known) instances.add(prototype);
  return PLAIN;
}

// Classes whose prototype an object may borrow without being one of them; then its own properties are copied.
const copied = new Set([
  'Object',
  'Array',
  'Map',
  'Set',
  'Date',
  'RegExp',
  'Number',
  'String',
  'Boolean',
  'BigInt',
  'Symbol',
  'Function',
  'ArrayBuffer',
  'EventEmitter',
]);

/** The name of the class that a prototype belongs to; getters are not asked. */
function classNameOf(prototype) {
  const constructor = Object.getOwnPropertyDescriptor(prototype, 'constructor')?.value;
  if (typeof constructor !== 'function') return '';
  const name = Object.getOwnPropertyDescriptor(constructor, 'name')?.value;
  return typeof name === 'string' ? name : '';
}

/** The public name of a class of the language or the platform. */
function builtinName(prototype, name) {
  if (name === '') return undefined;
  /** @type {any[][]} */
  const spaces = [
    [globalThis, ''],
    [globalThis.Intl, 'Intl.'],
    [globalThis.WebAssembly, 'WebAssembly.'],
    [globalThis.Temporal, 'Temporal.'],
  ];
  for (const [space, prefix] of spaces) {
    if (space !== undefined && Object.hasOwn(space, name) && space[name]?.prototype === prototype) return prefix + name;
  }
  const { constructor } = prototype;
  if (name === 'Stream' && constructor === require('node:stream')) return 'stream';
  if (name === 'AsyncLocalStorage' && constructor === require('node:async_hooks').AsyncLocalStorage) return name;
  // A class in native code keeps what it knows where JavaScript cannot see it.
  return /\{\s*\[native code\]\s*\}$/.test(Function.prototype.toString.call(constructor)) ? name : undefined;
}

/** Whether an object carries one of node's marks of a native handle. */
function hasHandle(object) {
  return Object.getOwnPropertySymbols(object).some((symbol) => handles.has(symbol.description));
}

/** Whether an emitter has nothing of node's own beside what every emitter has. */
function isBareEmitter(object) {
  return Object.getOwnPropertySymbols(object).every((symbol) => /^(?:kCapture|shapeMode)$/.test(symbol.description));
}

function article(name) {
  return `${/^[AEIOU]/i.test(name) ? 'an' : 'a'} ${name}`;
}

module.exports = {
  PLAIN,
  NULL_PROTOTYPE,
  DATE,
  REGEXP,
  MAP,
  SET,
  BOXED,
  ERROR,
  BUFFER,
  VIEW,
  ARRAY_BUFFER,
  URL_KIND,
  URL_SEARCH_PARAMS,
  CARRIED,
  kindOf,
  kindOfAny,
  kindOfBare,
};
