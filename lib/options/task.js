'use strict';
// The options of one task, wherever they are given: to run(), to task(), to a handle's with(), to an entry of a list.

const check = require('./checks.js');
const { unknownOption, wrongType } = require('./refuse.js');

/** What every call takes. */
const CALL = [
  'name',
  'priority',
  'timeout',
  'deadline',
  'after',
  'signal',
  'cancellable',
  'transfer',
  'grace',
  'onProgress',
  'context',
  'noRetry',
  'exclusive',
];
const HANDLE = [...CALL, 'captures'];
const TASK = ['args', ...HANDLE];

/**
 * Checks one option that every call has. A switch over the names, without tables or copies: this runs once for each
 * task that is given options.
 *
 * @returns {boolean} whether there is such an option
 */
function isCallOption(where, name, value) {
  switch (name) {
    case 'name':
      return value === undefined || check.text(where, name, value);
    case 'timeout':
      return value === undefined || check.limit(where, name, value);
    case 'priority':
      return value === undefined || check.priority(where, name, value);
    case 'after':
      return value === undefined || check.after(where, name, value, false);
    case 'deadline':
      return value === undefined || check.moment(where, name, value);
    case 'signal':
      return value === undefined || check.signal(where, name, value);
    case 'cancellable':
      return value === undefined || check.boolean(where, name, value);
    case 'transfer':
      return value === undefined || check.transfer(where, name, value);
    case 'grace':
      return value === undefined || check.pause(where, name, value);
    case 'noRetry':
    case 'exclusive':
      return value === undefined || check.boolean(where, name, value);
    case 'onProgress':
      return value === undefined || check.callback(where, name, value);
    case 'context':
      return value === undefined || check.context(where, name, value);
    default:
      return false;
  }
}

/** The same for what belongs to the function rather than to the call. */
function isHandleOption(where, name, value) {
  if (name !== 'captures') return isCallOption(where, name, value);
  return value === undefined || check.record(where, name, value, 'a plain object that gives the variables by name');
}

function isTaskOption(where, name, value) {
  if (name !== 'args') return isHandleOption(where, name, value);
  return value === undefined || check.list(where, name, value);
}

/** An iterable of things to move is read once, here; everything after it sees an array. */
function withTransferList(where, options) {
  const { transfer } = options;
  if (transfer === undefined || Array.isArray(transfer)) return options;
  const list = [...transfer];
  check.transfer(where, 'transfer', list);
  return { ...options, transfer: list };
}

/**
 * The options of run().
 *
 * @param {object} [options]
 * @param {string} [where] what was called, for the message
 * @returns {import('../../index.js').RunOptions | undefined} the same object, where nothing had to be changed
 */
function taskOptions(options, where = 'run()') {
  if (options === undefined) return undefined;
  check.plain(where, options);
  for (const name in options) {
    if (!isTaskOption(where, name, options[name])) throw unknownOption(where, name, TASK);
  }
  return withTransferList(where, options);
}

/**
 * The options of task(), which captures a function once: arguments come with each call.
 *
 * @param {object} [options]
 * @param {string} [where]
 * @returns {import('../../index.js').TaskOptions | undefined}
 */
function handleOptions(options, where = 'task()') {
  if (options === undefined) return undefined;
  check.plain(where, options);
  for (const name in options) {
    if (isHandleOption(where, name, options[name])) continue;
    if (name === 'args') throw wrongType(where, name, options[name], 'left out: give the arguments with each call');
    throw unknownOption(where, name, HANDLE);
  }
  return withTransferList(where, options);
}

/**
 * The options of a handle's with(): those of the call alone, since its function has been captured already.
 *
 * @param {object} options
 * @param {string} [where]
 * @returns {import('../../index.js').CallOptions}
 */
function callOptions(options, where = 'with()') {
  check.plain(where, options);
  for (const name in options) {
    if (isCallOption(where, name, options[name])) continue;
    if (name === 'args') throw wrongType(where, name, options[name], 'left out: give the arguments with each call');
    if (name === 'captures') throw wrongType(where, name, options[name], 'left out: give it to task()');
    throw unknownOption(where, name, CALL);
  }
  return withTransferList(where, options);
}

module.exports = { TASK, callOptions, handleOptions, isTaskOption, taskOptions, withTransferList };
