'use strict';
// The kinds of typed arrays, by name, and how more of a kind are made.

const TypedArray = Object.getPrototypeOf(Uint8Array);
const tag = Object.getOwnPropertyDescriptor(TypedArray.prototype, Symbol.toStringTag).get;

/** Every typed array that this runtime has; Float16Array is the youngest. */
const constructors = Object.create(null);
for (const name of [
  'Int8Array',
  'Uint8Array',
  'Uint8ClampedArray',
  'Int16Array',
  'Uint16Array',
  'Int32Array',
  'Uint32Array',
  'BigInt64Array',
  'BigUint64Array',
  'Float16Array',
  'Float32Array',
  'Float64Array',
]) {
  if (typeof globalThis[name] === 'function') constructors[name] = globalThis[name];
}

/** The name of a typed array's kind, whatever realm or subclass it is of; `undefined` for any other value. */
function kindOf(value) {
  return tag.call(value);
}

/** The bytes of a typed array's own window. */
function bytesOf(array) {
  return new Uint8Array(array.buffer, array.byteOffset, array.byteLength);
}

/** A new typed array of the items' kind as the class that the items have, as far as it is one of Node's. */
function likewise(items, array) {
  return Buffer.isBuffer(items) ? Buffer.from(array.buffer, array.byteOffset, array.byteLength) : array;
}

/** A copy of an array or a typed array. A Buffer's own slice() would be a view. */
function copyOf(items) {
  const kind = kindOf(items);
  return kind === undefined ? items.slice() : likewise(items, new constructors[kind](items));
}

module.exports = { bytesOf, constructors, copyOf, kindOf, likewise };
