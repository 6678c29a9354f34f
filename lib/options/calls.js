'use strict';
// The options of the calls that start many tasks, or one task many times: retry, map and its kin, runAll, batch; and of
// shutdown.

const { InvalidOptionError } = require('../errors.js');
const check = require('./checks.js');
const { TASK, isTaskOption, withTransferList } = require('./task.js');
const { outOfRange, unknownOption, wrongType } = require('./refuse.js');

const RETRY = ['attempts', 'delay', 'backoff', 'maxDelay', 'jitter', 'retryIf'];
const MAP = ['chunk', 'signal', 'onProgress', 'captures', 'context'];
const RUN_ALL = ['settle', 'signal'];
const BATCH = ['onProgress', 'signal'];
const SHUTDOWN = ['timeout'];

const none = Object.freeze({});

/** @returns {any} the options to read from: an empty object where none were given */
function given(where, options) {
  if (options === undefined) return none;
  check.plain(where, options);
  return options;
}

function isRetryOption(where, name, value) {
  switch (name) {
    case 'attempts':
      return value === undefined || check.count(where, name, value, 1, Number.MAX_SAFE_INTEGER, 'for no limit');
    case 'delay':
      return value === undefined || check.pause(where, name, value);
    case 'backoff':
      if (value === undefined || (typeof value === 'number' && value >= 1 && value < Infinity)) return true;
      throw (typeof value === 'number' ? outOfRange : wrongType)(where, name, value, 'a factor of at least 1');
    case 'maxDelay':
      return value === undefined || check.pause(where, name, value, 'for no limit');
    case 'jitter':
      if (value === undefined || typeof value === 'boolean') return true;
      if (typeof value === 'number' && value >= 0 && value <= 1) return true;
      throw (typeof value === 'number' ? outOfRange : wrongType)(
        where,
        name,
        value,
        'a share from 0 to 1, or a boolean',
      );
    case 'retryIf':
      return value === undefined || check.callback(where, name, value);
    default:
      return false;
  }
}

/**
 * The options of retry(): its own with their defaults, and the task's apart.
 *
 * @param {object} [options]
 * @param {string} [where]
 */
function retryOptions(options, where = 'retry()') {
  const source = given(where, options);
  const task = {};
  for (const name in source) {
    const value = source[name];
    if (isRetryOption(where, name, value)) continue;
    if (!isTaskOption(where, name, value)) throw unknownOption(where, name, [...RETRY, ...TASK]);
    task[name] = value;
  }
  const { attempts = 3, delay = 100, backoff = 2, maxDelay = Infinity, jitter = 0, retryIf } = source;
  const checked = withTransferList(where, task);
  if (attempts > 1 && checked.transfer?.length > 0) {
    const why = 'what is moved is gone after the first: let it be copied';
    const message = `${where}: option 'transfer' cannot be combined with more than one attempt, as ${why}`;
    throw new InvalidOptionError(message, 'transfer');
  }
  return { attempts, delay, backoff, maxDelay, jitter: Number(jitter), retryIf, task: checked };
}

/**
 * The options of map(), filter(), forEach(), reduce() and sort().
 *
 * @param {object} [options]
 * @param {string} [where]
 * @returns {import('../../index.js').MapOptions}
 */
function mapOptions(options, where = 'map()') {
  const source = given(where, options);
  for (const name in source) {
    const value = source[name];
    switch (name) {
      case 'chunk':
        if (value !== undefined) check.count(where, name, value, 1, 2 ** 32 - 1);
        break;
      case 'signal':
        if (value !== undefined) check.signal(where, name, value);
        break;
      case 'onProgress':
        if (value !== undefined) check.callback(where, name, value);
        break;
      case 'captures':
        if (value !== undefined) check.record(where, name, value, 'a plain object that gives the variables by name');
        break;
      case 'context':
        if (value !== undefined) check.context(where, name, value);
        break;
      default:
        throw unknownOption(where, name, MAP);
    }
  }
  return source;
}

/**
 * The options of runAll().
 *
 * @param {object} [options]
 * @param {string} [where]
 * @returns {import('../../index.js').RunAllOptions}
 */
function runAllOptions(options, where = 'runAll()') {
  const source = given(where, options);
  for (const name in source) {
    const value = source[name];
    if (name === 'settle') {
      if (value !== undefined) check.boolean(where, name, value);
    } else if (name === 'signal') {
      if (value !== undefined) check.signal(where, name, value);
    } else {
      throw unknownOption(where, name, RUN_ALL);
    }
  }
  return source;
}

/**
 * The options of batch().
 *
 * @param {object} [options]
 * @param {string} [where]
 * @returns {import('../../index.js').BatchOptions}
 */
function batchOptions(options, where = 'batch()') {
  const source = given(where, options);
  for (const name in source) {
    const value = source[name];
    if (name === 'onProgress') {
      if (value !== undefined) check.callback(where, name, value);
    } else if (name === 'signal') {
      if (value !== undefined) check.signal(where, name, value);
    } else {
      throw unknownOption(where, name, BATCH);
    }
  }
  return source;
}

/**
 * The options of shutdown().
 *
 * @param {object} [options]
 * @param {string} [where]
 * @returns {import('../../index.js').ShutdownOptions}
 */
function shutdownOptions(options, where = 'shutdown()') {
  const source = given(where, options);
  for (const name in source) {
    if (name !== 'timeout') throw unknownOption(where, name, SHUTDOWN);
    if (source.timeout !== undefined) check.pause(where, name, source.timeout, 'to wait for all');
  }
  return source;
}

/**
 * One entry of runAll() or batch(): the function (or task handle), and the options of its task without it.
 *
 * @param {any} entry
 * @param {string} where which entry: 'runAll(): tasks[3]'
 * @returns {{ task: Function, options: object | undefined }}
 */
function entryOptions(entry, where) {
  if (typeof entry === 'function') return { task: entry, options: undefined };
  if (typeof entry !== 'object' || entry === null) check.callable(where, 'it', entry);
  const options = {};
  for (const name in entry) {
    if (name === 'task') continue;
    if (name === 'after' && entry.after !== undefined) {
      check.after(where, name, entry.after, true);
      options.after = entry.after;
      continue;
    }
    if (!isTaskOption(where, name, entry[name])) throw unknownOption(where, name, ['task', ...TASK]);
    options[name] = entry[name];
  }
  check.callable(where, "'task'", entry.task);
  return { task: entry.task, options: withTransferList(where, options) };
}

module.exports = { batchOptions, entryOptions, mapOptions, retryOptions, runAllOptions, shutdownOptions };
