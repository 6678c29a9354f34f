'use strict';
// Items as bytes: encoded in grains, so that an isolate decodes only what falls to it.

const v8 = require('node:v8');

/**
 * Encodes `items` in grains of `unit` items. Gives the pieces, to be written one behind the other, and the offset of
 * each (of the end, last); `undefined` where an item needs more than bytes to cross.
 */
function encodeGrains(items, unit) {
  const pieces = [];
  const offsets = new Float64Array(Math.ceil(items.length / unit) + 1);
  let end = 0;
  try {
    for (let start = 0; start < items.length; start += unit) {
      const piece = v8.serialize(items.slice(start, start + unit));
      pieces.push(piece);
      offsets[pieces.length] = end += piece.length;
    }
  } catch {
    // The task that carries the items as arguments says what cannot cross, and where it stands.
    return undefined;
  }
  return { pieces, offsets };
}

/** The items of the grain that lies between two offsets. */
function decodeGrain(bytes, start, end) {
  return v8.deserialize(bytes.subarray(start, end));
}

module.exports = { decodeGrain, encodeGrains };
