'use strict';
// Arrays of nothing but numbers, as one block: integers of two or four bytes, or doubles.

const tags = require('./tags');
const { malformed } = require('./malformed');

// Shorter arrays are written number by number.
const LEAST = 8;
// From this length on a typed array copies them faster than a loop.
const MANY = 48;

const INT16 = 2;
const INT32 = 4;
const DOUBLE = 8;

/** How wide the numbers of an array must be; 0 where it has something else. */
function widthOf(array, length) {
  let width = INT16;
  for (let i = 0; i < length; i++) {
    const value = array[i];
    if (typeof value !== 'number') return 0;
    if (width !== DOUBLE) {
      if ((value | 0) !== value || (value === 0 && 1 / value < 0)) width = DOUBLE;
      else if ((value << 16) >> 16 !== value) width = INT32;
    }
  }
  return width;
}

/** Writes an array as a block; -1 where it is too short for one, or no array of numbers. */
function writeNumbers(encoder, array, position) {
  const { length } = array;
  if (length < LEAST || typeof array[0] !== 'number' || typeof array[length - 1] !== 'number') return -1;
  const width = widthOf(array, length);
  if (width === 0) return -1;
  if (position + length * width + 32 > encoder.limit) encoder.grow(position, length * width + 32);
  encoder.bytes[position] = tags.NUMBERS;
  encoder.bytes[position + 1] = width;
  position = encoder.varint(length, position + 2);
  // A typed array wants its bytes aligned.
  const gap = length < MANY ? 0 : (width - ((position + 1) % width)) % width;
  encoder.bytes[position] = gap;
  position += 1 + gap;
  if (length >= MANY) viewOn(encoder.bytes.buffer, width, position, length).set(array);
  else if (width === DOUBLE) writeDoubles(encoder.view, array, position);
  else if (width === INT32) writeInt32s(encoder.view, array, position);
  else writeInt16s(encoder.view, array, position);
  return position + length * width;
}

function viewOn(buffer, width, position, length) {
  if (width === DOUBLE) return new Float64Array(buffer, position, length);
  return width === INT32 ? new Int32Array(buffer, position, length) : new Int16Array(buffer, position, length);
}

function writeDoubles(view, array, position) {
  for (let i = 0; i < array.length; i++) view.setFloat64(position + i * DOUBLE, array[i], true);
}

function writeInt32s(view, array, position) {
  for (let i = 0; i < array.length; i++) view.setInt32(position + i * INT32, array[i], true);
}

function writeInt16s(view, array, position) {
  for (let i = 0; i < array.length; i++) view.setInt16(position + i * INT16, array[i], true);
}

function readNumbers(decoder) {
  const start = decoder.skip(1);
  const width = decoder.bytes[start];
  const length = decoder.readVarint();
  decoder.skip(decoder.bytes[decoder.skip(1)]);
  const position = decoder.skip(length * width);
  const array = decoder.register([]);
  if (width === DOUBLE) readDoubles(decoder.view, array, position, length);
  else if (width === INT32) readInt32s(decoder.view, array, position, length);
  else if (width === INT16) readInt16s(decoder.view, array, position, length);
  else throw malformed('numbers', start);
  return array;
}

function readDoubles(view, array, position, length) {
  for (let i = 0; i < length; i++) array.push(view.getFloat64(position + i * DOUBLE, true));
}

function readInt32s(view, array, position, length) {
  for (let i = 0; i < length; i++) array.push(view.getInt32(position + i * INT32, true));
}

function readInt16s(view, array, position, length) {
  for (let i = 0; i < length; i++) array.push(view.getInt16(position + i * INT16, true));
}

module.exports = { readNumbers, writeNumbers };
