'use strict';
// The keys of carried values, which stand at the end of a payload: each of them, then how many.

const KEY = 4;

function writeWord(bytes, at, word) {
  bytes[at] = word;
  bytes[at + 1] = word >>> 8;
  bytes[at + 2] = word >>> 16;
  bytes[at + 3] = word >>> 24;
}

function readWord(bytes, at) {
  return (bytes[at] | (bytes[at + 1] << 8) | (bytes[at + 2] << 16) | (bytes[at + 3] << 24)) >>> 0;
}

function writeKeys(encoder, keys) {
  encoder.reserve(KEY * (keys.length + 1));
  const { bytes } = encoder;
  let at = encoder.position;
  for (const key of keys) {
    writeWord(bytes, at, key);
    at += KEY;
  }
  writeWord(bytes, at, keys.length);
  encoder.position = at + KEY;
}

/** @returns {[number[], number]} the keys, and where the payload before them ends */
function readKeys(bytes, end) {
  const count = readWord(bytes, end - KEY);
  const start = end - KEY * (count + 1);
  const keys = [];
  for (let at = start; at < end - KEY; at += KEY) keys.push(readWord(bytes, at));
  return [keys, start];
}

module.exports = { readKeys, readWord, writeKeys, writeWord };
