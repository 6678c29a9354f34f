'use strict';
// The options of a pool, for new Pool() and for config().

const path = require('node:path');
const { SHARE_ENV } = require('node:worker_threads');
const check = require('./checks.js');
const { memoryOf } = require('./memory.js');
const { workersOf } = require('./workers.js');
const { outOfRange, unknownOption, wrongType } = require('./refuse.js');

const POOL = [
  'workers',
  'concurrency',
  'maxQueue',
  'overflow',
  'timeout',
  'memory',
  'maxMemory',
  'scheduling',
  'logging',
  'resourceLimits',
  'env',
  'preload',
  'name',
];
/** What later versions take. It is refused by name, since an option that is silently ignored is a trap. */
const PLANNED = ['isolation'];
/**
 * The limits of a worker, and what each may be. With a smaller heap or stack, and with a code range for which there are no
 * addresses, V8 ends the whole process, not the worker; what it would make of the range by itself is smaller. For a stack
 * that the system does not grant there is no thread.
 */
const BOUNDS = {
  maxOldGenerationSizeMb: { least: 8, most: Infinity },
  maxYoungGenerationSizeMb: { least: 0, most: Infinity },
  codeRangeSizeMb: { least: 0, most: 512 },
  stackSizeMb: { least: 0.5, most: 1024 },
};
const MAX_CONCURRENCY = 65_536;
const LIMITS = Object.keys(BOUNDS);
const OVERFLOW = ['reject', 'wait'];
const SCHEDULING = ['fifo', 'hrrn'];
const TIMEOUT = ['default', 'perTask'];

/** For every task, or for those of some names and for the others. */
function timeout(where, value) {
  if (typeof value !== 'object' || value === null) {
    check.limit(where, 'timeout', value);
    return;
  }
  check.record(where, 'timeout', value, 'milliseconds, or a plain object { default, perTask: { name: milliseconds } }');
  for (const name in value) {
    if (!TIMEOUT.includes(name)) throw unknownOption(`${where}: timeout`, name, TIMEOUT);
  }
  const { default: general, perTask } = value;
  if (general !== undefined) check.limit(where, 'timeout.default', general);
  if (perTask === undefined) return;
  check.record(where, 'timeout.perTask', perTask, 'a plain object that gives milliseconds by the name of the task');
  for (const name in perTask) {
    if (perTask[name] !== undefined) check.limit(where, `timeout.perTask.${name}`, perTask[name]);
  }
}

function maxQueue(where, value) {
  const allowed = 'a whole number of at least 0, or Infinity for no limit';
  if (typeof value !== 'number') throw wrongType(where, 'maxQueue', value, allowed);
  if (value === Infinity || (Number.isSafeInteger(value) && value >= 0)) return;
  throw outOfRange(where, 'maxQueue', value, allowed);
}

function resourceLimits(where, value) {
  check.record(where, 'resourceLimits', value, `a plain object of ${LIMITS.join(', ')}`);
  for (const name in value) {
    if (!LIMITS.includes(name)) throw unknownOption(`${where}: resourceLimits`, name, LIMITS);
    const limit = value[name];
    if (limit === undefined) continue;
    const path = `resourceLimits.${name}`;
    if (typeof limit !== 'number') throw wrongType(where, path, limit, 'a number of megabytes');
    const { least, most } = BOUNDS[name];
    if (limit > 0 && limit >= least && limit <= most && limit < Infinity) continue;
    const low = least > 0 ? `at least ${least}` : 'more than 0';
    throw outOfRange(where, path, limit, `megabytes, ${low}${most === Infinity ? '' : `, and at most ${most}`}`);
  }
}

function env(where, value) {
  if (value === SHARE_ENV) return;
  // What the runtime gives as process.env has a prototype of its own.
  if (Object.getPrototypeOf(value ?? 0) !== Object.getPrototypeOf(process.env)) {
    check.record(where, 'env', value, 'a plain object of strings, or SHARE_ENV of node:worker_threads');
  }
  for (const name in value) {
    const entry = value[name];
    if (entry !== undefined && typeof entry !== 'string') throw wrongType(where, `env.${name}`, entry, 'a string');
  }
}

function preload(where, value) {
  check.list(where, 'preload', value);
  for (let index = 0; index < value.length; index++) check.text(where, `preload[${index}]`, value[index]);
}

/** The files of the modules, as they are found from the working directory: a worker would look from where this package is. */
function resolved(where, modules) {
  const { resolve } = require('node:module').createRequire(path.join(process.cwd(), 'preload'));
  return modules.map((name, index) => {
    try {
      return resolve(name);
    } catch {
      const allowed = `the path of a module from ${process.cwd()}, or a package that is found from there`;
      throw outOfRange(where, `preload[${index}]`, name, allowed);
    }
  });
}

/**
 * The options of a pool.
 *
 * @param {object} [options]
 * @param {string} [where] what was called, for the message
 * @returns {import('../../index.js').PoolOptions} the same object, where nothing had to be changed
 */
function poolOptions(options, where = 'new Pool()') {
  if (options === undefined) return {};
  check.plain(where, options);
  /** What stands for the same after a change of the working directory. */
  const found = {};
  for (const name in options) {
    const value = options[name];
    switch (name) {
      case 'workers':
        if (value !== undefined) workersOf(value, where);
        break;
      case 'logging':
        if (value !== undefined) found.logging = require('./logging.js').logging(value, where);
        break;
      case 'maxQueue':
        if (value !== undefined) maxQueue(where, value);
        break;
      case 'overflow':
        if (value !== undefined) check.oneOf(where, name, value, OVERFLOW);
        break;
      case 'timeout':
        if (value !== undefined) timeout(where, value);
        break;
      case 'resourceLimits':
        if (value !== undefined) resourceLimits(where, value);
        break;
      case 'scheduling':
        if (value !== undefined) check.oneOf(where, name, value, SCHEDULING);
        break;
      case 'env':
        if (value !== undefined) env(where, value);
        break;
      case 'preload':
        if (value !== undefined) {
          preload(where, value);
          found.preload = resolved(where, value);
        }
        break;
      case 'concurrency':
        if (value !== undefined) check.count(where, name, value, 1, MAX_CONCURRENCY);
        break;
      case 'memory':
      case 'maxMemory':
        // Both at once, below.
        break;
      case 'name':
        if (value !== undefined) check.text(where, name, value);
        break;
      default:
        throw unknownOption(where, name, POOL, PLANNED);
    }
  }
  memoryOf(options, where);
  return Object.keys(found).length === 0 ? options : { ...options, ...found };
}

module.exports = { poolOptions };
