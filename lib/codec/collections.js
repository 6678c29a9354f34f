'use strict';
// Map, Set, and the other objects of the language that are neither plain nor binary: Date, RegExp, URL.

const tags = require('./tags');
const { Step } = require('./paths');
const { malformed } = require('./malformed');

const { entries: mapEntries } = Map.prototype;
const { values: setValues } = Set.prototype;
const { get: regExpSource } = Object.getOwnPropertyDescriptor(RegExp.prototype, 'source');
const { get: regExpFlags } = Object.getOwnPropertyDescriptor(RegExp.prototype, 'flags');
const { getTime } = Date.prototype;

function writeMap(encoder, map, position) {
  encoder.bytes[position] = tags.MAP;
  return writeMapEntries(encoder, map, position + 1);
}

function writeMapEntries(encoder, map, position) {
  // No count stands before the entries: a getter among the values may change the map.
  let i = 0;
  for (const { 0: key, 1: value } of mapEntries.call(map)) {
    position = encoder.property(isPrimitive(key) ? undefined : new Step(`.keys()[${i}]`), key, position);
    position = encoder.property(isPrimitive(value) ? undefined : new Step('.get', key), value, position);
    i++;
  }
  return writeEnd(encoder, position);
}

function writeEnd(encoder, position) {
  if (position > encoder.limit) encoder.grow(position, 0);
  encoder.bytes[position] = tags.END;
  return position + 1;
}

function readsEnd(decoder) {
  const { position } = decoder;
  if (position >= decoder.end || decoder.bytes[position] !== tags.END) return false;
  decoder.position++;
  return true;
}

function readMap(decoder) {
  return readMapEntries(decoder, decoder.register(new Map()));
}

function readMapEntries(decoder, map) {
  while (!readsEnd(decoder)) {
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
  let i = 0;
  for (const value of setValues.call(set)) {
    position = encoder.property(isPrimitive(value) ? undefined : new Step(`.values()[${i}]`), value, position);
    i++;
  }
  return writeEnd(encoder, position);
}

function isPrimitive(value) {
  return value === null || (typeof value !== 'object' && typeof value !== 'function' && typeof value !== 'symbol');
}

function readSet(decoder) {
  return readSetEntries(decoder, decoder.register(new Set()));
}

function readSetEntries(decoder, set) {
  while (!readsEnd(decoder)) set.add(decoder.read());
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
  // A program may have put anything there; the next match makes a number of it.
  const { lastIndex } = expression;
  const number = typeof lastIndex === 'string' ? Number(lastIndex) : lastIndex;
  return encoder.value(typeof number === 'number' ? number : 0, position);
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
  if (!encoder.carries) encoder.refuseObject('what only the thread that started the workers can be sent');
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
