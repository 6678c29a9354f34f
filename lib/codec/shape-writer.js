'use strict';
// The encoder's side of shapes: which shape an object has, and the function that writes objects of that shape.

const tags = require('./tags');
const { isWide } = require('./texts');
const { HOT, MAX_KEYS, MAX_SHAPES, Specialiser, isOrdinary, list } = require('./shapes');

/**
 * How a writer asks for the prototype. Where the object's map is known V8 makes a constant of `__proto__`, and a call of
 * `Object.getPrototypeOf`; node can be told to do without `__proto__`.
 */
const prototypeOfObject = hasProto() ? 'object.__proto__' : 'Object.getPrototypeOf(object)';

function hasProto() {
  try {
    return {}.__proto__ === Object.prototype;
  } catch {
    return false; // --disable-proto=throw
  }
}

/**
 * A writer checks that the object is of its shape (a plain prototype and exactly these keys, in order), and answers -1
 * if not; nothing has been written and no getter has been called then. The prototype comes first: to enumerate a large
 * typed array takes milliseconds.
 */
const writers = new Specialiser(
  (count) => `'use strict';
(function (write, writeString, writeNumber, begin, plain, shape, keys${count > 0 ? ', ' : ''}${list(count, (i) => `k${i}`, ', ')}) {
  return function writeRecord(encoder, object, position) {
    if (${prototypeOfObject} !== plain) return -1;
    let i = 0;
    for (const key in object) {
      if (key !== keys[i]) return -1;
      i++;
    }
    if (i !== ${count}) return -1;
    encoder.recent = shape;
    position = begin(encoder, shape, position);
    let v;
    ${list(
      count,
      (i) => `v = object[k${i}];
    if (position > encoder.limit) encoder.grow(position, 0);
    if (typeof v === 'string') position = writeString(encoder, v, position);
    else if (typeof v === 'number') position = writeNumber(encoder, v, position);
    else if (typeof v === 'boolean') encoder.bytes[position++] = v ? 0xc3 : 0xc2;
    else { encoder.key = k${i}; position = write(encoder, v, position); }`,
      '\n    ',
    )}
    return position;
  };
})`,
);

const never = () => -1;

/** The keys of some objects, and what follows from them. */
function makeShape(keys) {
  const shape = {
    keys,
    number: -1, // in the current message
    uses: 0,
    writer: never,
    next: null, // the shape that came after this one the last time
    definition: define(keys),
  };
  shape.next = shape;
  return shape;
}

const noShape = makeShape([]);

/** A node of the tree of keys in which this isolate finds its shapes. */
function makeNode() {
  return { branches: new Map(), shape: null };
}

let root = makeNode();
let shapeCount = 0;

/** The shape with these keys; null where they make none. */
function findShape(keys) {
  const count = keys.length;
  if (count > MAX_KEYS) return null;
  let node = root;
  for (let i = 0; i < count; i++) {
    const next = node.branches.get(keys[i]);
    if (next === undefined) return addShape(keys);
    node = next;
  }
  return node.shape ?? addShape(keys);
}

function addShape(keys) {
  if (!keys.every(isOrdinary)) return null;
  if (++shapeCount > MAX_SHAPES) {
    root = makeNode();
    shapeCount = 1;
    noShape.next = noShape;
  }
  let node = root;
  for (const key of keys) {
    let next = node.branches.get(key);
    if (next === undefined) node.branches.set(key, (next = makeNode()));
    node = next;
  }
  node.shape = makeShape(keys);
  return node.shape;
}

/** How a message spells a shape: the length in bytes, a hash, then for each key its length and UTF-16 code units. */
function define(keys) {
  let text = '';
  for (const key of keys) text += String.fromCharCode(key.length) + key;
  const wide = isWide.test(text);
  const body = Buffer.from(text, wide ? 'utf16le' : 'latin1');
  const bytes = Buffer.alloc(7 + body.length);
  let hash = keys.length;
  for (const byte of body) hash = (Math.imul(hash, 0x01000193) ^ byte) >>> 0;
  bytes[0] = wide ? 1 : 0;
  bytes.writeUInt16LE(body.length, 1);
  bytes.writeUInt32LE(hash, 3);
  body.copy(bytes, 7);
  return bytes;
}

/** Announces a record of a shape, with the shape's definition if the message has not had it yet. */
function begin(encoder, shape, position) {
  const number = shape.number;
  if (position > encoder.limit) encoder.grow(position, 0);
  if (number >= 0 && number < 16) {
    encoder.bytes[position] = tags.RECORD + number;
    return position + 1;
  }
  if (number >= 0) {
    encoder.bytes[position] = tags.RECORD_FAR;
    return encoder.varint(number, position + 1);
  }
  shape.number = encoder.shapeCount;
  encoder.shapes[encoder.shapeCount++] = shape;
  const { definition } = shape;
  if (position + definition.length > encoder.limit) encoder.grow(position, definition.length);
  const bytes = encoder.bytes;
  bytes[position++] = tags.RECORD_NEW;
  if (definition.length > 100) {
    bytes.set(definition, position);
    return position + definition.length;
  }
  for (let i = 0; i < definition.length; i++) bytes[position++] = definition[i];
  return position;
}

/** Gives a shape that is met often its own function. */
function warm(shape, write, writeString, writeNumber) {
  if (++shape.uses === HOT)
    shape.writer = writers.make(
      shape.keys,
      write,
      writeString,
      writeNumber,
      begin,
      Object.prototype,
      shape,
      shape.keys,
    );
}

module.exports = { begin, findShape, noShape, warm };
