'use strict';
// Errors on the wire: the class (a builtin, one of ours, one that the other side knows by reference, or a stand-in of
// the same name), message and stack, then every other property of its own.

const { classOf } = require('../classes');
const ownErrors = require('../errors');
const tags = require('./tags');
const { malformed } = require('./malformed');

const MESSAGE = 1;
const STACK = 2;
const NAMED = 4; // a class that the other side stands in for
const REFERRED = 8; // a class that the other side knows by a reference

const END = 0;
const HIDDEN = 1; // a property that is not enumerable
const VISIBLE = 2;

// By position on the wire: both sides run the same version of this file.
const builtins = [
  'Error',
  'TypeError',
  'RangeError',
  'SyntaxError',
  'ReferenceError',
  'EvalError',
  'URIError',
  'AggregateError',
  'SuppressedError',
  'DOMException',
].map((name) => globalThis[name]);
const classes = [...builtins, ...Object.values(ownErrors).filter((value) => typeof value === 'function')];
const DOM = builtins.length - 1;

const numbers = new Map();
classes.forEach((Class, number) => Class !== undefined && numbers.set(Class.prototype, number));

/** The number of the nearest class that both sides have. */
function numberOf(error) {
  for (let above = Object.getPrototypeOf(error); above !== null; above = Object.getPrototypeOf(above)) {
    const number = numbers.get(above) ?? foreignNumber(above);
    if (number !== undefined) return number;
  }
  return 0;
}

/** A builtin of another realm is taken for ours of the same name. */
function foreignNumber(prototype) {
  const constructor = read(prototype, 'constructor');
  if (typeof constructor !== 'function' || constructor.prototype !== prototype) return undefined;
  const name = Object.getOwnPropertyDescriptor(constructor, 'name')?.value;
  const number = builtins.findIndex((Class) => Class?.name === name);
  if (number < 0) return undefined;
  return Function.prototype.toString.call(constructor).includes('[native code]') ? number : undefined;
}

/** A property that may be the user's own getter, which may throw: what is wrong with an error is not to hide it. */
function read(object, key) {
  try {
    return object[key];
  } catch {
    return undefined;
  }
}

function textOf(value) {
  try {
    return String(value);
  } catch {
    return '';
  }
}

function writeError(encoder, error, position) {
  encoder.bytes[position] = tags.ERROR;
  return writeErrorBody(encoder, error, writeErrorHead(encoder, error, position + 1));
}

/** What it takes to make the error. */
function writeErrorHead(encoder, error, position) {
  const number = numberOf(error);
  const prototype = Object.getPrototypeOf(error);
  const message = read(error, 'message');
  const stack = read(error, 'stack');
  let flags = 0;
  if (Object.hasOwn(error, 'message') || number === DOM) flags |= MESSAGE;
  if (typeof stack === 'string') flags |= STACK;
  const Class = classes[number];
  const name = constructorName(prototype);
  let reference;
  if (prototype !== Class.prototype && number !== DOM && name !== Class.name) {
    reference = encoder.hooks.classRef?.(read(prototype, 'constructor'), prototype);
    flags |= reference === undefined ? NAMED : REFERRED;
  } else if (prototype !== Class.prototype && number !== DOM && numbers.get(prototype) === undefined) {
    // Either the same builtin of another realm or a class of the user's that borrows its name.
    reference = encoder.hooks.classRef?.(read(prototype, 'constructor'), prototype);
    if (reference !== undefined) flags |= REFERRED;
  }
  if (position > encoder.limit) encoder.grow(position, 0);
  encoder.bytes[position] = number;
  encoder.bytes[position + 1] = flags;
  position += 2;
  if (number === DOM) position = encoder.value(textOf(error.name), position);
  if (flags & REFERRED) position = encoder.value(reference, position);
  if (flags & NAMED) {
    position = encoder.value(name, position);
    position = encoder.value(textOf(read(prototype, 'name')), position);
  }
  if (flags & MESSAGE) position = encoder.value(typeof message === 'string' ? message : textOf(message), position);
  if (flags & STACK) position = encoder.value(stack, position);
  return position;
}

function constructorName(prototype) {
  const constructor = read(prototype, 'constructor');
  return typeof constructor === 'function' && typeof constructor.name === 'string' ? constructor.name : 'Error';
}

/**
 * All other own properties, cause and errors among them. One that cannot be read or cannot cross (the socket of a failed
 * request, say) is left out: better the error without it than another error in its place.
 */
function writeErrorBody(encoder, error, position) {
  const keys = Object.getOwnPropertyNames(error);
  for (let i = 0; i < keys.length; i++) {
    const key = keys[i];
    if (key === 'message' || key === 'stack') continue;
    let value;
    try {
      value = error[key];
    } catch {
      continue;
    }
    if (typeof value === 'function') continue;
    if (position > encoder.limit) encoder.grow(position, 0);
    const how = Object.prototype.propertyIsEnumerable.call(error, key) ? VISIBLE : HIDDEN;
    if (typeof value !== 'object' && typeof value !== 'symbol') {
      position = writeProperty(encoder, how, key, value, position);
      continue;
    }
    const mark = encoder.mark();
    try {
      position = writeProperty(encoder, how, key, value, position);
    } catch {
      encoder.rewind(mark);
    }
  }
  if (position > encoder.limit) encoder.grow(position, 0);
  encoder.bytes[position] = END;
  return position + 1;
}

function writeProperty(encoder, how, key, value, position) {
  encoder.bytes[position] = how;
  position = encoder.value(key, position + 1);
  return encoder.property(key, value, position);
}

function readError(decoder) {
  return readErrorBody(decoder, readErrorHead(decoder));
}

function readErrorHead(decoder) {
  const position = decoder.skip(2);
  const number = decoder.bytes[position];
  const flags = decoder.bytes[position + 1];
  let Class = classes[number];
  if (Class === undefined) throw malformed('unknown error class', position);
  const domName = number === DOM ? decoder.readString() : '';
  if (flags & REFERRED) Class = classOf(decoder.read()) ?? Class;
  if (flags & NAMED) Class = standIn(Class, decoder.readString(), decoder.readString());
  const message = flags & MESSAGE ? decoder.readString() : undefined;
  const error = make(Class, number, message, domName);
  if (flags & STACK) hide(error, 'stack', decoder.readString());
  else delete error.stack;
  return decoder.register(error);
}

/** An error of a class without running the class's own constructor, whose arguments nobody knows, and no stack. */
function make(Class, number, message, domName) {
  if (number === DOM) return new DOMException(message, domName);
  const { stackTraceLimit } = Error;
  Error.stackTraceLimit = 0;
  try {
    const builtin = builtinOf(Class.prototype);
    if (builtin === AggregateError) return Reflect.construct(builtin, [[], message], Class);
    if (builtin.name === 'SuppressedError') return Reflect.construct(builtin, [undefined, undefined, message], Class);
    return Reflect.construct(builtin, [message], Class);
  } finally {
    Error.stackTraceLimit = stackTraceLimit;
  }
}

function builtinOf(prototype) {
  for (let above = prototype; above !== null; above = Object.getPrototypeOf(above)) {
    const number = numbers.get(above);
    if (number !== undefined && number < DOM) return classes[number];
  }
  return Error;
}

function readErrorBody(decoder, error) {
  for (;;) {
    const position = decoder.skip(1);
    const how = decoder.bytes[position];
    if (how === END) return error;
    if (how > VISIBLE) throw malformed('property of an error', position);
    const key = decoder.readString();
    const value = decoder.read();
    Object.defineProperty(error, key, { value, writable: true, enumerable: how === VISIBLE, configurable: true });
  }
}

function hide(error, key, value) {
  Object.defineProperty(error, key, { value, writable: true, enumerable: false, configurable: true });
}

const standIns = new Map();
const MAX_STAND_INS = 1000;

/** A class of the same name, base and `name` as one that this side does not have; the same one each time. */
function standIn(Base, name, shownName) {
  const key = `${classes.indexOf(Base)}\n${name}\n${shownName}`;
  let Class = standIns.get(key);
  if (Class !== undefined) return Class;
  Class = class extends Base {};
  Object.defineProperty(Class, 'name', { value: name, configurable: true });
  if (Base.prototype.name !== shownName) hide(Class.prototype, 'name', shownName);
  if (standIns.size >= MAX_STAND_INS) standIns.clear();
  standIns.set(key, Class);
  return Class;
}

module.exports = { readError, readErrorBody, readErrorHead, writeError, writeErrorBody, writeErrorHead };
