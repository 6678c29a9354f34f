'use strict';
// Items as bytes: encoded in grains, so that an isolate decodes only what falls to it.

const { Decoder, Encoder } = require('../codec');

const decoder = new Decoder();

/**
 * Encodes `items` in grains of `unit` items. Gives the bytes and where each grain begins (and the last one ends);
 * `undefined` where an item needs more than bytes to cross.
 */
function encodeGrains(items, unit) {
  const encoder = new Encoder();
  const offsets = new Float64Array(Math.ceil(items.length / unit) + 1);
  encoder.reset();
  encoder.position = 0;
  try {
    for (let start = 0, grain = 0; start < items.length; start += unit) {
      encoder.encode(items.slice(start, start + unit), 'items');
      offsets[++grain] = encoder.position;
      if (encoder.buffers?.length > 0 || encoder.carried?.length > 0) return undefined;
    }
  } catch {
    // The tasks that take the items as arguments can carry more, or say what cannot cross and where it stands.
    return undefined;
  }
  return { bytes: encoder.bytes.subarray(0, encoder.position), offsets };
}

/** The items of the grain that lies between two offsets. */
function decodeGrain(bytes, start, end) {
  return decoder.decode(bytes, start, end, null, null);
}

module.exports = { decodeGrain, encodeGrains };
