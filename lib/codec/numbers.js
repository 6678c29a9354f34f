'use strict';
// Arrays of nothing but numbers, as one block: integers of four bytes, or doubles.

const tags = require('./tags');
const { malformed } = require('./malformed');

// Shorter arrays are written number by number.
const LEAST = 8;

const INT32 = 4;
const DOUBLE = 8;

/** Writes an array as a block; -1 where it is too short for one, or no array of numbers. */
function writeNumbers(encoder, array, position) {
  const { length } = array;
  if (length < LEAST || typeof array[0] !== 'number' || typeof array[length - 1] !== 'number') return -1;
  if (position + length * DOUBLE + 16 > encoder.limit) encoder.grow(position, length * DOUBLE + 16);
  const start = encoder.varint(length, position + 2);
  // Integers until proved otherwise. A loop over a DataView: %TypedArray%.prototype.set is three times as fast for
  // some arrays and ten times as slow for others.
  let width = INT32;
  if (!writeInt32s(encoder.view, array, start, length)) {
    width = DOUBLE;
    if (!writeDoubles(encoder.view, array, start, length)) return -1;
  }
  encoder.bytes[position] = tags.NUMBERS;
  encoder.bytes[position + 1] = width;
  return start + length * width;
}

function writeInt32s(view, array, position, length) {
  for (let i = 0; i < length; i++) {
    const value = array[i];
    if (typeof value !== 'number') return false;
    const int = value | 0;
    if (int !== value || (int === 0 && 1 / value < 0)) return false;
    view.setInt32(position + i * INT32, int, true);
  }
  return true;
}

function writeDoubles(view, array, position, length) {
  for (let i = 0; i < length; i++) {
    const value = array[i];
    if (typeof value !== 'number') return false;
    view.setFloat64(position + i * DOUBLE, value, true);
  }
  return true;
}

function readNumbers(decoder) {
  const start = decoder.skip(1);
  const width = decoder.bytes[start];
  const length = decoder.readVarint();
  const position = decoder.skip(length * width);
  const array = decoder.register(new Array(length));
  if (width === DOUBLE) readDoubles(decoder.view, array, position, length);
  else if (width === INT32) readInt32s(decoder.view, array, position, length);
  else throw malformed('numbers', start);
  return array;
}

function readDoubles(view, array, position, length) {
  for (let i = 0; i < length; i++) array[i] = view.getFloat64(position + i * DOUBLE, true);
}

function readInt32s(view, array, position, length) {
  for (let i = 0; i < length; i++) array[i] = view.getInt32(position + i * INT32, true);
}

module.exports = { readNumbers, writeNumbers };
