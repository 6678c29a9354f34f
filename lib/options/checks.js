'use strict';
// Checks of single option values. Each answers true or throws the error that tells the caller what is allowed.

const { isDate } = require('node:util/types');
const { PRIORITIES } = require('../control.js');
const { notOptions, outOfRange, show, wrongType } = require('./refuse.js');
const { InvalidArgumentError } = require('../errors.js');

/** What a timer of this platform can hold, a little under 25 days. */
const MAX_MILLISECONDS = 2 ** 31 - 1;

function boolean(where, name, value) {
  if (typeof value === 'boolean') return true;
  throw wrongType(where, name, value, 'true or false');
}

function callback(where, name, value) {
  if (typeof value === 'function') return true;
  throw wrongType(where, name, value, 'a function');
}

function text(where, name, value) {
  if (typeof value === 'string' && value !== '') return true;
  throw wrongType(where, name, value, 'a string that is not empty');
}

/** The names that are allowed, as a message tells them. */
const listed = (names) => `one of ${names.map((name) => `'${name}'`).join(', ')}`;

/** One of some names. */
function oneOf(where, name, value, names) {
  if (names.includes(value)) return true;
  throw (typeof value === 'string' ? outOfRange : wrongType)(where, name, value, listed(names));
}

/** A whole number between two bounds, both included; `endless`: what Infinity means, where it is allowed. */
function count(where, name, value, least, most, endless) {
  if (endless !== undefined && value === Infinity) return true;
  const allowed = `a whole number from ${least} to ${most}${endless === undefined ? '' : `, or Infinity ${endless}`}`;
  if (typeof value !== 'number') throw wrongType(where, name, value, allowed);
  if (Number.isInteger(value) && value >= least && value <= most) return true;
  throw outOfRange(where, name, value, allowed);
}

/** A limit in milliseconds, where Infinity means that there is none. Zero would forbid everything: it is refused. */
function limit(where, name, value) {
  if (typeof value === 'number' && value > 0 && (value <= MAX_MILLISECONDS || value === Infinity)) return true;
  const allowed = `milliseconds, more than 0 and at most ${MAX_MILLISECONDS}, or Infinity for no limit`;
  throw typeof value === 'number' ? outOfRange(where, name, value, allowed) : wrongType(where, name, value, allowed);
}

/** A moment: a date, or milliseconds from now. One that has passed is one, and so is none at all. */
function moment(where, name, value) {
  const allowed = 'a Date, or milliseconds from now, more than 0, or Infinity for none';
  if (typeof value === 'number') {
    if (value > 0) return true;
    throw outOfRange(where, name, value, allowed);
  }
  if (!isDate(value)) throw wrongType(where, name, value, allowed);
  if (Number.isNaN(value.getTime())) throw outOfRange(where, name, value, 'a valid Date');
  return true;
}

/** One of three names, or a number of points. */
function priority(where, name, value) {
  const allowed = "'high', 'normal', 'low', or a number (the higher the sooner; they stand for 60, 0 and -60)";
  if (typeof value === 'number') {
    if (Number.isFinite(value)) return true;
    throw outOfRange(where, name, value, allowed);
  }
  if (typeof value !== 'string') throw wrongType(where, name, value, allowed);
  if (Object.hasOwn(PRIORITIES, value)) return true;
  throw outOfRange(where, name, value, allowed);
}

/** What has to succeed before: tasks, or other promises, and the numbers of tasks. `names`: of other entries, too. */
function after(where, name, value, names) {
  list(where, name, value);
  const allowed = names ? 'a task, its id, or the name of another entry' : 'a task or its id';
  for (let index = 0; index < value.length; index++) {
    const one = value[index];
    if (typeof one === 'object' && one !== null && typeof one.then === 'function') continue;
    if (Number.isSafeInteger(one) && one > 0) continue;
    if (names && typeof one === 'string' && one !== '') continue;
    throw (typeof one === 'number' ? outOfRange : wrongType)(where, `${name}[${index}]`, one, allowed);
  }
  return true;
}

/** A pause in milliseconds, which may be none at all; `endless`: what Infinity means, where it is allowed. */
function pause(where, name, value, endless) {
  if (typeof value === 'number' && value >= 0 && value <= MAX_MILLISECONDS) return true;
  if (endless !== undefined && value === Infinity) return true;
  const allowed = `milliseconds, from 0 to ${MAX_MILLISECONDS}${endless === undefined ? '' : `, or Infinity ${endless}`}`;
  throw typeof value === 'number' ? outOfRange(where, name, value, allowed) : wrongType(where, name, value, allowed);
}

/** An AbortSignal, of this realm or of another (jsdom, vm), so it is known by what it can do. */
function signal(where, name, value) {
  if (
    value instanceof AbortSignal ||
    (typeof value === 'object' &&
      value !== null &&
      typeof value.aborted === 'boolean' &&
      typeof value.addEventListener === 'function' &&
      typeof value.removeEventListener === 'function')
  ) {
    return true;
  }
  throw wrongType(where, name, value, 'an AbortSignal');
}

function list(where, name, value) {
  if (Array.isArray(value)) return true;
  throw wrongType(where, name, value, 'an array');
}

/** What may be moved is always an object; which objects can be, the codec knows. */
function transfer(where, name, value) {
  const allowed = 'an array or another iterable of objects to move';
  if (typeof value !== 'object' || value === null || typeof value[Symbol.iterator] !== 'function') {
    throw wrongType(where, name, value, allowed);
  }
  if (Array.isArray(value)) {
    for (let index = 0; index < value.length; index++) {
      const item = value[index];
      if (typeof item !== 'object' || item === null) throw wrongType(where, `${name}[${index}]`, item, 'an object');
    }
  } else if (ArrayBuffer.isView(value)) {
    throw wrongType(where, name, value, `${allowed} (give [view.buffer])`);
  }
  return true;
}

/** The storages whose stores go along. */
function context(where, name, value) {
  if (!Array.isArray(value)) throw wrongType(where, name, value, 'an array of AsyncLocalStorage instances');
  // Loaded with the first call that carries any.
  const { isStorage } = require('../storages.js');
  for (let index = 0; index < value.length; index++) {
    if (isStorage(value[index])) continue;
    throw wrongType(where, `${name}[${index}]`, value[index], 'an AsyncLocalStorage, of no class derived from it');
  }
  return true;
}

/** Whether options can be read from it. One that inherits would be read in parts only, and others (a Map, a Date) are a slip. */
function isPlain(value) {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return false;
  const prototype = Object.getPrototypeOf(value);
  // That of another realm is as good. The namespace of a module has none.
  return prototype === null || Object.getPrototypeOf(prototype) === null;
}

/** An options object. */
function plain(where, value) {
  if (isPlain(value)) return true;
  throw notOptions(where, value);
}

/** An object used as a table of names. */
function record(where, name, value, allowed) {
  if (isPlain(value)) return true;
  throw wrongType(where, name, value, allowed);
}

/** What is given to be run. */
function callable(where, what, value) {
  if (typeof value === 'function') return true;
  throw new InvalidArgumentError(`${where}: ${what} must be a function; got ${show(value)}`);
}

module.exports = {
  MAX_MILLISECONDS,
  after,
  boolean,
  callable,
  callback,
  context,
  count,
  isPlain,
  limit,
  list,
  listed,
  moment,
  oneOf,
  pause,
  plain,
  priority,
  record,
  signal,
  text,
  transfer,
};
