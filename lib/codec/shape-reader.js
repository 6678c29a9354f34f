'use strict';
// The decoder's side of shapes: from a definition on the wire to the function that reads objects of that shape.

const { HOT, MAX_SHAPES, Specialiser, isOrdinary, list } = require('./shapes');
const { malformed } = require('./malformed');

/**
 * All values are read before the object is made, so that it is made in one piece; where the message refers to objects
 * by number, the object must have its number before the values have theirs.
 */
const readers = new Specialiser(
  (count) => `'use strict';
(function (read${list(count, (i) => `, k${i}`, '')}) {
  function readShared(decoder) {
    const object = {};
    decoder.objects.push(object);
    ${list(count, (i) => `object[k${i}] = read(decoder);`, '\n    ')}
    return object;
  }
  return function readRecord(decoder) {
    if (decoder.objects !== null) return readShared(decoder);
    ${list(count, (i) => `const v${i} = read(decoder);`, '\n    ')}
    return { ${list(count, (i) => `[k${i}]: v${i}`, ', ')} };
  };
})`,
);

let shapes = new Map();

/** Reads a definition; those met before are found by their hash and compared byte by byte. */
function readShape(decoder) {
  const start = decoder.skip(7);
  const { bytes, view } = decoder;
  const length = view.getUint16(start + 1, true);
  const hash = view.getUint32(start + 3, true);
  decoder.skip(length);
  const known = shapes.get(hash);
  if (known !== undefined && isSame(known.definition, bytes, start, 7 + length)) return known;
  return addShape(decoder, start, length, hash);
}

function isSame(definition, bytes, start, length) {
  if (definition.length !== length) return false;
  for (let i = 0; i < length; i++) if (definition[i] !== bytes[start + i]) return false;
  return true;
}

function addShape(decoder, start, length, hash) {
  const { bytes } = decoder;
  const end = start + 7 + length;
  const text = bytes[start] === 1 ? bytes.ucs2Slice(start + 7, end) : bytes.latin1Slice(start + 7, end);
  const template = Object.create(null);
  let count = 0;
  for (let i = 0; i < text.length; count++) {
    const size = text.charCodeAt(i);
    template[text.slice(i + 1, i + 1 + size)] = undefined;
    i += 1 + size;
    if (i > text.length) throw malformed('shape', start);
  }
  // As property names the keys are the strings that V8 compares by address, which the generated functions live by.
  const keys = Object.keys(template);
  if (keys.length !== count || !keys.every(isOrdinary)) throw malformed('shape', start);
  const shape = { keys, definition: Uint8Array.prototype.slice.call(bytes, start, end), uses: 0, reader: null };
  if (shapes.size >= MAX_SHAPES) shapes = new Map();
  shapes.set(hash, shape);
  return shape;
}

/** Reads an object of a shape that has no function of its own yet. */
function readCold(decoder, shape, read) {
  if (++shape.uses >= HOT) {
    shape.reader = readers.make(shape.keys, read);
    return shape.reader(decoder);
  }
  const object = decoder.register({});
  const { keys } = shape;
  for (let i = 0; i < keys.length; i++) object[keys[i]] = read(decoder);
  return object;
}

module.exports = { readCold, readShape };
