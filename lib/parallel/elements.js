'use strict';
// The kinds of typed arrays, by name.

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

module.exports = { bytesOf, constructors, kindOf };
