'use strict';
// Items as bytes: encoded in grains, so that an isolate decodes only what falls to it.

const { Decoder, Encoder } = require('../codec');

const decoder = new Decoder();
let encoder = new Encoder();
/** An encoder that grew beyond this, in bytes, is given back. */
const LARGE = 1 << 20;

/**
 * Encodes `items` in grains of `unit` items. Gives the bytes and where each grain begins (and the last one ends);
 * `undefined` where an item needs more than bytes to cross. The bytes are there until the next call.
 */
function encodeGrains(items, unit) {
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
  const bytes = encoder.bytes.subarray(0, encoder.position);
  if (encoder.bytes.length > LARGE) encoder = new Encoder();
  return { bytes, offsets };
}

/** The items of the grain that lies between two offsets. */
function decodeGrain(bytes, start, end) {
  return decoder.decode(bytes, start, end, null, null);
}

module.exports = { decodeGrain, encodeGrains };
