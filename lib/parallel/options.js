'use strict';
// The options of map and the others: what is allowed, and what is said where something else was given.

const known = ['chunk', 'onProgress', 'signal'];

function show(value) {
  if (typeof value === 'string') return `'${value}'`;
  if (typeof value === 'function') return 'a function';
  if (typeof value === 'object' && value !== null) return Array.isArray(value) ? 'an array' : 'an object';
  return typeof value === 'bigint' ? `${value}n` : String(value);
}

function checkFunction(name, fn) {
  if (typeof fn !== 'function') throw new TypeError(`${name}: the second argument must be a function, not ${show(fn)}`);
}

/** Gives the options, or throws and says which of them is wrong, what was given and what is allowed. */
function checkOptions(name, options = {}) {
  if (typeof options !== 'object' || options === null || Array.isArray(options)) {
    throw new TypeError(`${name}: options must be an object, not ${show(options)}`);
  }
  for (const key of Object.keys(options)) {
    if (!known.includes(key)) {
      throw new TypeError(`${name}: there is no option '${key}'; there are ${known.join(', ')}`);
    }
  }
  const { chunk, onProgress, signal } = options;
  if (chunk !== undefined && typeof chunk !== 'number') {
    throw new TypeError(`${name}: option 'chunk' must be a number, not ${show(chunk)}`);
  }
  if (chunk !== undefined && !(Number.isSafeInteger(chunk) && chunk > 0)) {
    throw new RangeError(`${name}: option 'chunk' must be a whole number above 0, not ${show(chunk)}`);
  }
  if (onProgress !== undefined && typeof onProgress !== 'function') {
    throw new TypeError(`${name}: option 'onProgress' must be a function, not ${show(onProgress)}`);
  }
  if (signal !== undefined && !(typeof signal === 'object' && signal !== null && 'aborted' in signal)) {
    throw new TypeError(`${name}: option 'signal' must be an AbortSignal, not ${show(signal)}`);
  }
  return { chunk, onProgress, signal };
}

module.exports = { checkFunction, checkOptions, show };
