'use strict';
// The keys of carried values, which stand at the end of a payload: each of them, then how many.

function writeKeys(encoder, keys) {
  encoder.reserve(4 * (keys.length + 1));
  const view = new DataView(encoder.bytes.buffer, encoder.bytes.byteOffset);
  for (const key of keys) {
    view.setUint32(encoder.position, key, true);
    encoder.position += 4;
  }
  view.setUint32(encoder.position, keys.length, true);
  encoder.position += 4;
}

/** @returns {[number[], number]} the keys, and where the payload before them ends */
function readKeys(bytes, end) {
  const view = new DataView(bytes.buffer, bytes.byteOffset);
  const count = view.getUint32(end - 4, true);
  const start = end - 4 * (count + 1);
  const keys = [];
  for (let at = start; at < end - 4; at += 4) keys.push(view.getUint32(at, true));
  return [keys, start];
}

module.exports = { readKeys, writeKeys };
