'use strict';
// The rarer primitives, bigint and symbol, and the objects that box a primitive.

const tags = require('./tags');
const { malformed } = require('./malformed');

// By position on the wire: append only.
const wellKnown = [
  'asyncIterator',
  'hasInstance',
  'isConcatSpreadable',
  'iterator',
  'match',
  'matchAll',
  'replace',
  'search',
  'species',
  'split',
  'toPrimitive',
  'toStringTag',
  'unscopables',
  'dispose',
  'asyncDispose',
].map((name) => Symbol[name]);

function writeBigInt(encoder, value, position) {
  if (BigInt.asIntN(64, value) === value) {
    encoder.bytes[position] = tags.BIGINT64;
    encoder.view.setBigInt64(position + 1, value, true);
    return position + 9;
  }
  encoder.bytes[position] = tags.BIGINT;
  return encoder.value(value.toString(16), position + 1);
}

function readBigInt64(decoder) {
  const position = decoder.skip(8);
  return decoder.view.getBigInt64(position, true);
}

function readBigInt(decoder) {
  const text = decoder.readString();
  return text.startsWith('-') ? -BigInt('0x' + text.slice(1)) : BigInt('0x' + text);
}

function writeSymbol(encoder, value, position) {
  const key = Symbol.keyFor(value);
  if (key !== undefined) {
    encoder.bytes[position] = tags.SYMBOL_FOR;
    return encoder.value(key, position + 1);
  }
  const number = wellKnown.indexOf(value);
  if (number < 0) {
    const name = value.description === undefined ? '' : ` ${String(value)}`;
    return encoder.refuseValue(`the unregistered symbol${name} (Symbol.for makes a registered one)`);
  }
  encoder.bytes[position] = tags.SYMBOL_WELL_KNOWN;
  encoder.bytes[position + 1] = number;
  return position + 2;
}

function readSymbolFor(decoder) {
  return Symbol.for(decoder.readString());
}

function readWellKnownSymbol(decoder) {
  const position = decoder.skip(1);
  const symbol = wellKnown[decoder.bytes[position]];
  if (symbol === undefined) throw malformed('unknown symbol', position);
  return symbol;
}

function writeBoxed(encoder, object, position) {
  encoder.bytes[position] = tags.BOXED;
  return encoder.property(undefined, unbox(object), position + 1);
}

/** The primitive inside, whatever valueOf the object has of its own. */
function unbox(object) {
  for (const { prototype } of [Number, String, Boolean, BigInt, Symbol]) {
    try {
      return /** @type {Function} */ (prototype.valueOf).call(object);
    } catch {
      continue; // another primitive
    }
  }
  return undefined;
}

function readBoxed(decoder) {
  const slot = decoder.reserve();
  const value = decoder.read();
  if (value === null || typeof value === 'object' || typeof value === 'function' || value === undefined) {
    throw malformed('boxed object', decoder.position);
  }
  return decoder.fill(slot, Object(value));
}

module.exports = {
  readBigInt,
  readBigInt64,
  readBoxed,
  readSymbolFor,
  readWellKnownSymbol,
  writeBigInt,
  writeBoxed,
  writeSymbol,
};
