'use strict';
// Map, Set, and the other objects of the language that are neither plain nor binary: Date, RegExp, URL.

const tags = require('./tags');
const { Step } = require('./paths');
const { malformed } = require('./malformed');

const mapForEach = Map.prototype.forEach;
const setForEach = Set.prototype.forEach;
const { get: mapSize } = Object.getOwnPropertyDescriptor(Map.prototype, 'size');
const { get: setSize } = Object.getOwnPropertyDescriptor(Set.prototype, 'size');
const { get: regExpSource } = Object.getOwnPropertyDescriptor(RegExp.prototype, 'source');
const { get: regExpFlags } = Object.getOwnPropertyDescriptor(RegExp.prototype, 'flags');
const { getTime } = Date.prototype;

function writeMap(encoder, map, position) {
  encoder.bytes[position] = tags.MAP;
  return writeMapEntries(encoder, map, position + 1);
}

function writeMapEntries(encoder, map, position) {
  // A copy first, as structured clone takes one: a getter among the values may change the map.
  const entries = [];
  mapForEach.call(map, (value, key) => entries.push(key, value));
  position = encoder.varint(mapSize.call(map), position);
  for (let i = 0; i < entries.length; i += 2) {
    const key = entries[i];
    position = encoder.property(isPrimitive(key) ? undefined : new Step(`.keys()[${i / 2}]`), key, position);
    const value = entries[i + 1];
    position = encoder.property(isPrimitive(value) ? undefined : new Step('.get', key), value, position);
  }
  return position;
}

function readMap(decoder) {
  return readMapEntries(decoder, decoder.register(new Map()));
}

function readMapEntries(decoder, map) {
  const count = decoder.readVarint();
  for (let i = 0; i < count; i++) {
    const key = decoder.read();
    map.set(key, decoder.read());
  }
  return map;
}

function writeSet(encoder, set, position) {
  encoder.bytes[position] = tags.SET;
  return writeSetEntries(encoder, set, position + 1);
}

function writeSetEntries(encoder, set, position) {
  const entries = [];
  setForEach.call(set, (value) => entries.push(value));
  position = encoder.varint(setSize.call(set), position);
  for (let i = 0; i < entries.length; i++) {
    const value = entries[i];
    position = encoder.property(isPrimitive(value) ? undefined : new Step(`.values()[${i}]`), value, position);
  }
  return position;
}

function isPrimitive(value) {
  return value === null || (typeof value !== 'object' && typeof value !== 'function' && typeof value !== 'symbol');
}

function readSet(decoder) {
  return readSetEntries(decoder, decoder.register(new Set()));
}

function readSetEntries(decoder, set) {
  const count = decoder.readVarint();
  for (let i = 0; i < count; i++) set.add(decoder.read());
  return set;
}

function writeDate(encoder, date, position) {
  encoder.bytes[position] = tags.DATE;
  encoder.view.setFloat64(position + 1, getTime.call(date), true);
  return position + 9;
}

function readDate(decoder) {
  const position = decoder.skip(8);
  return decoder.register(new Date(decoder.view.getFloat64(position, true)));
}

function writeRegExp(encoder, expression, position) {
  encoder.bytes[position] = tags.REGEXP;
  position = encoder.value(regExpSource.call(expression), position + 1);
  position = encoder.value(regExpFlags.call(expression), position);
  return encoder.value(expression.lastIndex, position);
}

function readRegExp(decoder) {
  const slot = decoder.reserve();
  const expression = new RegExp(decoder.readString(), decoder.readString());
  expression.lastIndex = decoder.readNumber();
  return decoder.fill(slot, expression);
}

function writeUrl(encoder, url, position) {
  encoder.bytes[position] = tags.URL;
  return encoder.value(url.href, position + 1);
}

function readUrl(decoder) {
  return decoder.register(new URL(decoder.readString()));
}

function writeUrlSearchParams(encoder, params, position) {
  encoder.bytes[position] = tags.URL_SEARCH_PARAMS;
  return encoder.value(params.toString(), position + 1);
}

function readUrlSearchParams(decoder) {
  return decoder.register(new URLSearchParams(decoder.readString()));
}

function writeCarried(encoder, object, position) {
  encoder.carried ??= [];
  encoder.bytes[position] = tags.CARRIED;
  return encoder.varint(encoder.carried.push(object) - 1, position + 1);
}

function readCarried(decoder) {
  const index = decoder.readVarint();
  if (decoder.carried === null || index >= decoder.carried.length) throw malformed('missing value', decoder.position);
  return decoder.register(decoder.carried[index]);
}

module.exports = {
  readCarried,
  readDate,
  readMap,
  readMapEntries,
  readRegExp,
  readSet,
  readSetEntries,
  readUrl,
  readUrlSearchParams,
  writeCarried,
  writeDate,
  writeMap,
  writeMapEntries,
  writeRegExp,
  writeSet,
  writeSetEntries,
  writeUrl,
  writeUrlSearchParams,
};
