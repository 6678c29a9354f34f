'use strict';
// The decoder's hot path: numbers, strings, arrays and plain objects.

const tags = require('./tags');
const { malformed } = require('./malformed');
const { deferredReaders, readers } = require('./specials');
const { readCold, readShape } = require('./shape-reader');

const {
  SHORT_STRING,
  TEXT_STRING,
  TEXT_STRING_LONG,
  RECORD,
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
const { HOLES, OBJECT, NULL_OBJECT, ARRAY, SHORT_ARRAY } = tags;

// The encoder goes no deeper than 100.
const MAX_DEPTH = 128;
const fromCharCode = String.fromCharCode;
const indexed = [];

/** Reads any value. */
function read(decoder) {
  const { bytes, position } = decoder;
  if (position >= decoder.end) throw malformed('cut short', position);
  const tag = bytes[position];
  decoder.position = position + 1;
  if (tag < SHORT_STRING) return tag;
  if (tag < TEXT_STRING) return readShort(decoder, tag - SHORT_STRING);
  if (tag < TEXT_STRING_LONG) return decoder.text.take(bytes, tag - TEXT_STRING + 11);
  if (tag >= RECORD && tag < UNDEFINED) return readRecord(decoder, tag - RECORD);
  if (tag === TRUE) return true;
  if (tag === FALSE) return false;
  if (tag === NULL) return null;
  if (tag === UNDEFINED) return undefined;
  if (tag === DOUBLE) return decoder.view.getFloat64(decoder.skip(8), true);
  if (tag === INT16) return decoder.view.getInt16(decoder.skip(2), true);
  if (tag >= SHORT_ARRAY) return readShortArray(decoder, tag - SHORT_ARRAY);
  const reader = indexed[tag - TEXT_STRING_LONG];
  if (reader === undefined) throw malformed(`unknown tag ${tag}`, position);
  return reader(decoder);
}

function readInt32(decoder) {
  return decoder.view.getInt32(decoder.skip(4), true);
}

/** Short strings are made of their codes: that beats a native call. */
function readShort(decoder, length) {
  const b = decoder.bytes;
  const p = decoder.skip(length);
  switch (length) {
    case 0:
      return '';
    case 1:
      return fromCharCode(b[p]);
    case 2:
      return fromCharCode(b[p], b[p + 1]);
    case 3:
      return fromCharCode(b[p], b[p + 1], b[p + 2]);
    case 4:
      return fromCharCode(b[p], b[p + 1], b[p + 2], b[p + 3]);
    case 5:
      return fromCharCode(b[p], b[p + 1], b[p + 2], b[p + 3], b[p + 4]);
    case 6:
      return fromCharCode(b[p], b[p + 1], b[p + 2], b[p + 3], b[p + 4], b[p + 5]);
    case 7:
      return fromCharCode(b[p], b[p + 1], b[p + 2], b[p + 3], b[p + 4], b[p + 5], b[p + 6]);
    case 8:
      return fromCharCode(b[p], b[p + 1], b[p + 2], b[p + 3], b[p + 4], b[p + 5], b[p + 6], b[p + 7]);
    case 9:
      return fromCharCode(b[p], b[p + 1], b[p + 2], b[p + 3], b[p + 4], b[p + 5], b[p + 6], b[p + 7], b[p + 8]);
    default:
      return b.latin1Slice(p, p + length);
  }
}

function readLongTextString(decoder) {
  const position = decoder.skip(1);
  return decoder.text.take(decoder.bytes, decoder.bytes[position]);
}

function readLatin1(decoder) {
  const length = decoder.readVarint();
  const position = decoder.skip(length);
  return decoder.bytes.latin1Slice(position, position + length);
}

function readUtf16(decoder) {
  const length = decoder.readVarint() * 2;
  const position = decoder.skip(length);
  return decoder.bytes.ucs2Slice(position, position + length);
}

/** Reads a value that must be a string. */
function readString(decoder) {
  const { position } = decoder;
  const value = read(decoder);
  if (typeof value !== 'string') throw malformed('no string', position);
  return value;
}

function enter(decoder) {
  if (++decoder.depth > MAX_DEPTH) throw malformed('nested too deeply', decoder.position);
}

function readRecord(decoder, number) {
  if (number >= decoder.shapeCount) throw malformed('unknown shape', decoder.position);
  enter(decoder);
  const shape = decoder.shapes[number];
  const object = shape.reader !== null ? shape.reader(decoder) : readCold(decoder, shape, read);
  decoder.depth--;
  return object;
}

function readNewRecord(decoder) {
  const shape = readShape(decoder);
  decoder.shapes[decoder.shapeCount++] = shape;
  return readRecord(decoder, decoder.shapeCount - 1);
}

function readFarRecord(decoder) {
  return readRecord(decoder, decoder.readVarint());
}

function readReference(decoder) {
  const number = decoder.readVarint();
  const object = decoder.objects === null ? undefined : decoder.objects[number];
  if (object === undefined) throw malformed('reference to nothing', decoder.position);
  return object;
}

function readObject(decoder) {
  enter(decoder);
  const object = readEntries(decoder, decoder.register({}));
  decoder.depth--;
  return object;
}

function readNullObject(decoder) {
  enter(decoder);
  const object = readEntries(decoder, decoder.register(Object.create(null)));
  decoder.depth--;
  return object;
}

function readEntries(decoder, object) {
  const count = decoder.readVarint();
  for (let i = 0; i < count; i++) {
    const key = readString(decoder);
    const value = read(decoder);
    if (key === '__proto__') {
      Object.defineProperty(object, key, { value, writable: true, enumerable: true, configurable: true });
    } else object[key] = value;
  }
  return object;
}

function readArray(decoder) {
  enter(decoder);
  const array = readLongArray(decoder);
  decoder.depth--;
  return array;
}

/** Tuples are made in one piece: an array that grows starts with room for seventeen. */
function readShortArray(decoder, length) {
  enter(decoder);
  const array =
    length === 0 || length > 4 || decoder.objects !== null ? readDense(decoder, length) : readTuple(decoder, length);
  decoder.depth--;
  return array;
}

function readDense(decoder, length) {
  const array = decoder.register(new Array(length));
  for (let i = 0; i < length; i++) array[i] = read(decoder);
  return array;
}

function readTuple(decoder, length) {
  const a = read(decoder);
  if (length === 1) return [a];
  const b = read(decoder);
  if (length === 2) return [a, b];
  const c = read(decoder);
  return length === 3 ? [a, b, c] : [a, b, c, read(decoder)];
}

function readNamedArray(decoder) {
  enter(decoder);
  const array = readEntries(decoder, readLongArray(decoder));
  decoder.depth--;
  return array;
}

/** An array that has its length from the start, where its elements can be in the message at all. */
function readLongArray(decoder) {
  const length = decoder.readVarint();
  const array = decoder.register(length > decoder.end - decoder.position ? [] : new Array(length));
  return readElements(decoder, array, length);
}

function readElements(decoder, array, length) {
  for (let i = 0; i < length;) {
    if (decoder.position < decoder.end && decoder.bytes[decoder.position] === HOLES) {
      decoder.position++;
      const count = decoder.readVarint();
      if (count === 0 || count > length - i) throw malformed('holes', decoder.position);
      i += count;
      if (i === length) setLength(array, length);
    } else {
      array[i] = read(decoder);
      i++;
    }
  }
  return array;
}

/** A length beyond the last element takes no memory, however large. */
function setLength(array, length) {
  if (!(length < 2 ** 32)) throw malformed('length of an array', 0);
  if (length - array.length > 1024) {
    array[length - 1] = undefined;
    delete array[length - 1];
  } else array.length = length;
}

/** A container that is filled later; until then it stands empty where it belongs. */
function readDeferredHead(decoder) {
  const position = decoder.skip(1);
  const kind = decoder.bytes[position];
  let object;
  if (kind === OBJECT) object = decoder.register({});
  else if (kind === NULL_OBJECT) object = decoder.register(Object.create(null));
  else if (kind === ARRAY) object = decoder.register([]);
  else if (deferredReaders[kind] !== undefined) object = deferredReaders[kind].head(decoder);
  else throw malformed('unknown container', position);
  decoder.later.push({ kind, object });
  return object;
}

function readDeferred(decoder, { kind, object }) {
  if (kind === ARRAY) readEntries(decoder, readElements(decoder, object, decoder.readVarint()));
  else if (kind === OBJECT || kind === NULL_OBJECT) readEntries(decoder, object);
  else deferredReaders[kind].body(decoder, object);
}

const all = {
  ...readers,
  [INT32]: readInt32,
  [TEXT_STRING_LONG]: readLongTextString,
  [LATIN1]: readLatin1,
  [UTF16]: readUtf16,
  [tags.REF]: readReference,
  [tags.DEFERRED]: readDeferredHead,
  [tags.RECORD_NEW]: readNewRecord,
  [tags.RECORD_FAR]: readFarRecord,
  [OBJECT]: readObject,
  [NULL_OBJECT]: readNullObject,
  [ARRAY]: readArray,
  [tags.ARRAY_NAMED]: readNamedArray,
};
for (const [tag, reader] of Object.entries(all)) indexed[Number(tag) - TEXT_STRING_LONG] = reader;

module.exports = { read, readDeferred, readString };
