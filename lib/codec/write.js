'use strict';
// The encoder's hot path: numbers, strings, arrays and plain objects. Each function takes the position and gives the
// next one; whoever writes little only looks that the margin is still whole.

const tags = require('./tags');
const { isWide } = require('./texts');
const { begin, findShape, warm } = require('./shape-writer');
const { deferSpecial, writeSpecial, writeDeferredSpecial } = require('./specials');
const { noteWhole } = require('./binary');
const { kindOf, kindOfAny, kindOfBare, PLAIN, NULL_PROTOTYPE } = require('./kinds');
const { writeFunction } = require('./functions');
const { writeNumbers } = require('./numbers');
const { writeSymbol, writeBigInt } = require('./primitives');

const {
  SHORT_STRING,
  TEXT_STRING,
  TEXT_STRING_LONG,
  UNDEFINED,
  NULL,
  FALSE,
  TRUE,
  DOUBLE,
  INT32,
  INT16,
  LATIN1,
  UTF16,
} = tags;
const { REF, DEFERRED, OBJECT, NULL_OBJECT, ARRAY, SHORT_ARRAY, ARRAY_NAMED, HOLES } = tags;

// Deeper containers are put off, so that neither side recurses far: no depth of nesting overflows the stack.
const MAX_DEPTH = 100;
// Up to so many characters a loop over them beats everything else.
const SHORT = 10;
// Up to so many, to append a string to the message's text beats a native call for it alone.
const MEDIUM = 128;
// A text is cut into pages, so that V8's rope of pieces stays small.
const MUCH_TEXT = 4096;
// So many holes in a row, and the array is walked by its keys.
const MANY_HOLES = 32;

const { getPrototypeOf, prototype: plainPrototype } = Object;

/** Writes any value. */
function write(encoder, value, position) {
  if (position > encoder.limit) encoder.grow(position, 0);
  switch (typeof value) {
    case 'number':
      return writeNumber(encoder, value, position);
    case 'string':
      return writeString(encoder, value, position);
    case 'object':
      if (value !== null) return writeObject(encoder, value, position);
      encoder.bytes[position] = NULL;
      return position + 1;
    case 'boolean':
      encoder.bytes[position] = value ? TRUE : FALSE;
      return position + 1;
    case 'undefined':
      encoder.bytes[position] = UNDEFINED;
      return position + 1;
    case 'function':
      return writeFunction(encoder, value, position);
    case 'bigint':
      return writeBigInt(encoder, value, position);
    default:
      return writeSymbol(encoder, value, position);
  }
}

function writeNumber(encoder, value, position) {
  const bytes = encoder.bytes;
  const int = value | 0;
  if (int === value && (int !== 0 || 1 / value > 0)) {
    if (int >= 0 && int < 0x80) {
      bytes[position] = int;
      return position + 1;
    }
    if (int >= -0x8000 && int < 0x8000) {
      bytes[position] = INT16;
      bytes[position + 1] = int;
      bytes[position + 2] = int >> 8;
      return position + 3;
    }
    bytes[position] = INT32;
    encoder.view.setInt32(position + 1, int, true);
    return position + 5;
  }
  bytes[position] = DOUBLE;
  encoder.view.setFloat64(position + 1, value, true);
  return position + 9;
}

function writeString(encoder, value, position) {
  const { length } = value;
  if (length > SHORT) return writeLongerString(encoder, value, position);
  const bytes = encoder.bytes;
  bytes[position] = SHORT_STRING + length;
  for (let i = 0; i < length; i++) {
    const code = value.charCodeAt(i);
    if (code > 0xff) return writeWideString(encoder, value, position);
    bytes[position + 1 + i] = code;
  }
  return position + 1 + length;
}

/** Strings of a medium length are gathered and written in one native call when the message ends. */
function writeLongerString(encoder, value, position) {
  const { length } = value;
  if (length > MEDIUM) return writeLongString(encoder, value, position);
  encoder.text = encoder.text.length > MUCH_TEXT ? encoder.turnPage(value) : encoder.text + value;
  const number = TEXT_STRING + length - (SHORT + 1);
  if (number < TEXT_STRING_LONG) {
    encoder.bytes[position] = number;
    return position + 1;
  }
  encoder.bytes[position] = TEXT_STRING_LONG;
  encoder.bytes[position + 1] = length;
  return position + 2;
}

function writeLongString(encoder, value, position) {
  // Where V8 keeps the string with one byte a character the expression is decided at once.
  if (isWide.test(value)) return writeWideString(encoder, value, position);
  const { length } = value;
  if (position + length > encoder.limit) encoder.grow(position, length);
  encoder.bytes[position] = LATIN1;
  position = encoder.varint(length, position + 1);
  encoder.bytes.latin1Write(value, position, length);
  return position + length;
}

/** As UTF-16, which is what V8 holds then, so it is a plain copy and lone surrogates stay what they are. */
function writeWideString(encoder, value, position) {
  const { length } = value;
  if (position + length * 2 > encoder.limit) encoder.grow(position, length * 2);
  encoder.bytes[position] = UTF16;
  position = encoder.varint(length, position + 1);
  encoder.bytes.ucs2Write(value, position, length * 2);
  return position + length * 2;
}

function writeObject(encoder, object, position) {
  const number = encoder.identify(object);
  if (number >= 0) {
    if (encoder.spans !== null) noteWhole(encoder, object);
    return writeReference(encoder, number, position);
  }
  const depth = encoder.depth;
  if (depth >= MAX_DEPTH) return deferObject(encoder, object, position);
  encoder.trail[depth] = encoder.key;
  encoder.depth = depth + 1;
  if (Array.isArray(object)) position = writeArray(encoder, object, position);
  else {
    // Objects come in runs of one shape, or in the order in which they came the last time.
    const { recent } = encoder;
    let end = recent.writer(encoder, object, position);
    if (end < 0) {
      if (recent.next !== recent) end = recent.next.writer(encoder, object, position);
      if (end < 0) end = writeAnyObject(encoder, object, position);
    }
    position = end;
  }
  encoder.depth = depth;
  return position;
}

function writeReference(encoder, number, position) {
  if (encoder.building !== null) encoder.building.check(encoder, number);
  encoder.shared = true;
  encoder.bytes[position] = REF;
  return encoder.varint(number, position + 1);
}

function writeAnyObject(encoder, object, position) {
  const prototype = getPrototypeOf(object);
  if (prototype === plainPrototype) return writePlain(encoder, object, position);
  const kind = prototype === null ? kindOfBare(object) : kindOf(encoder, object, prototype);
  if (kind === PLAIN) return writePlain(encoder, object, position);
  if (kind !== NULL_PROTOTYPE) return writeSpecial(encoder, object, kind, position);
  encoder.bytes[position] = NULL_OBJECT;
  return writeEntries(encoder, object, Object.keys(object), position + 1);
}

/** Writes the own enumerable properties of an object as those of a plain one. */
function writePlain(encoder, object, position) {
  const keys = Object.keys(object);
  const shape = findShape(keys);
  if (shape === null) {
    encoder.bytes[position] = OBJECT;
    return writeEntries(encoder, object, keys, position + 1);
  }
  encoder.recent.next = shape;
  encoder.recent = shape;
  warm(shape, write, writeString, writeNumber);
  position = begin(encoder, shape, position);
  for (let i = 0; i < keys.length; i++) {
    encoder.key = keys[i];
    position = write(encoder, object[keys[i]], position);
  }
  return position;
}

function writeEntries(encoder, object, keys, position) {
  position = encoder.varint(keys.length, position);
  for (let i = 0; i < keys.length; i++) {
    const key = keys[i];
    if (position > encoder.limit) encoder.grow(position, 0);
    position = writeString(encoder, key, position);
    encoder.key = key;
    position = write(encoder, object[key], position);
  }
  return position;
}

function writeArray(encoder, array, position) {
  const { length } = array;
  // What a regular expression matched is the one array that has names as a matter of course; to look for them in
  // every array would cost more than to write it.
  if ('groups' in array) return writeNamedArray(encoder, array, position);
  const end = writeNumbers(encoder, array, position);
  if (end >= 0) return end;
  if (length < 16 && isDense(array, length)) {
    encoder.bytes[position] = SHORT_ARRAY + length;
    return writeElements(encoder, array, position + 1);
  }
  encoder.bytes[position] = ARRAY;
  return writeElements(encoder, array, encoder.varint(length, position + 1));
}

function isDense(array, length) {
  for (let i = 0; i < length; i++) if (array[i] === undefined && !(i in array)) return false;
  return true;
}

function writeElements(encoder, array, position) {
  const { length } = array;
  for (let i = 0; i < length; i++) {
    const value = array[i];
    if (value === undefined && !(i in array)) {
      const next = afterHoles(array, i, length);
      if (next < 0) return writeSparse(encoder, array, i, position);
      position = writeHoles(encoder, next - i, position);
      i = next - 1;
      continue;
    }
    if (typeof value === 'number') {
      if (position > encoder.limit) encoder.grow(position, 0);
      position = writeNumber(encoder, value, position);
      continue;
    }
    encoder.key = i;
    position = write(encoder, value, position);
  }
  return position;
}

/** The index of the first element after the hole at `from`; -1 where it is far away. */
function afterHoles(array, from, length) {
  const near = Math.min(length, from + MANY_HOLES);
  for (let i = from + 1; i < near; i++) if (i in array) return i;
  return near === length ? length : -1;
}

function writeHoles(encoder, count, position) {
  if (position > encoder.limit) encoder.grow(position, 0);
  encoder.bytes[position] = HOLES;
  return encoder.varint(count, position + 1);
}

/** The rest of an array by its keys, so that the time it takes does not depend on its length. */
function writeSparse(encoder, array, from, position) {
  const { length } = array;
  const keys = Object.keys(array);
  let next = from;
  for (let i = 0; i < keys.length && next < length; i++) {
    if (!isIndex(keys[i])) break;
    const index = Number(keys[i]);
    if (index < next) continue;
    if (index > next) position = writeHoles(encoder, index - next, position);
    encoder.key = index;
    position = write(encoder, array[index], position);
    next = index + 1;
  }
  return next < length ? writeHoles(encoder, length - next, position) : position;
}

function writeNamedArray(encoder, array, position) {
  const names = Object.keys(array).filter((key) => !isIndex(key));
  encoder.bytes[position] = ARRAY_NAMED;
  position = writeElements(encoder, array, encoder.varint(array.length, position + 1));
  return writeEntries(encoder, array, names, position);
}

function isIndex(key) {
  const index = Number(key);
  return index >= 0 && index < 2 ** 32 - 1 && String(index) === key;
}

/** Announces a container that is written later; a kind that cannot nest deeply is written where it stands. */
function deferObject(encoder, object, position) {
  encoder.trail[encoder.depth] = encoder.key;
  encoder.depth++;
  encoder.bytes[position] = DEFERRED;
  if (Array.isArray(object)) {
    encoder.bytes[position + 1] = ARRAY;
    encoder.defer(object);
    position += 2;
  } else {
    const kind = kindOfAny(encoder, object);
    if (kind === PLAIN || kind === NULL_PROTOTYPE) {
      encoder.bytes[position + 1] = kind === PLAIN ? OBJECT : NULL_OBJECT;
      encoder.defer(object);
      position += 2;
    } else position = deferSpecial(encoder, object, kind, position);
  }
  encoder.depth--;
  return position;
}

/** Writes what a container that was put off holds. */
function writeDeferred(encoder, object, position) {
  if (position > encoder.limit) encoder.grow(position, 0);
  if (Array.isArray(object)) {
    position = writeElements(encoder, object, encoder.varint(object.length, position));
    return writeEntries(
      encoder,
      object,
      'groups' in object ? Object.keys(object).filter((key) => !isIndex(key)) : [],
      position,
    );
  }
  const kind = kindOfAny(encoder, object);
  if (kind === PLAIN || kind === NULL_PROTOTYPE) return writeEntries(encoder, object, Object.keys(object), position);
  return writeDeferredSpecial(encoder, object, kind, position);
}

module.exports = { write, writeDeferred, writeReference };
