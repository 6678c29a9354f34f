'use strict';
// The option `workers`: its check, and what it comes to on this machine.

const { cpuCount } = require('../cores.js');
const check = require('./checks.js');
const { outOfRange, unknownOption, wrongType } = require('./refuse.js');

const RANGE = ['min', 'max', 'scaling', 'idleTimeout'];
const SCALING = ['adaptive', 'fixed'];
const MAX_WORKERS = 1024;
const IDLE_TIMEOUT = 30_000;
const EXPRESSION = "an expression such as 'cpu_count * 2' or 'max(1, cpu_count - 1)'";

/** A number of workers: what it is, or what its expression comes to, in whole workers. */
function count(where, name, value, least, others = '') {
  const allowed = `a whole number from ${least} to ${MAX_WORKERS}, or ${EXPRESSION}${others}`;
  if (typeof value === 'number') {
    if (Number.isInteger(value) && value >= least && value <= MAX_WORKERS) return value;
    throw outOfRange(where, name, value, allowed);
  }
  // A text that is only a number is more likely a mistake than an expression.
  if (typeof value !== 'string' || !value.includes('cpu_count')) throw wrongType(where, name, value, allowed);
  const { evaluate } = require('./expression.js');
  const found = evaluate(value, cpuCount());
  if (found === undefined) throw wrongType(where, name, value, allowed);
  // What is less than one worker on a small machine is one: the same options are to work on every machine.
  const workers = Math.max(least, Math.floor(found));
  if (workers <= MAX_WORKERS) return workers;
  throw outOfRange(where, name, value, `${allowed}; with ${cpuCount()} cores it is ${found}`);
}

/**
 * What the option comes to.
 *
 * @param {any} value
 * @param {string} [where] what was called, for the message
 * @returns {{ min: number, max: number, scaling: 'adaptive' | 'fixed', idleTimeout: number }}
 */
function workersOf(value = 'auto', where = 'new Pool()') {
  if (value === 'auto') return fixed(cpuCount());
  if (!check.isPlain(value)) {
    return fixed(count(where, 'workers', value, 1, `, or 'auto', or a plain object of ${RANGE.join(', ')}`));
  }
  for (const name in value) {
    if (!RANGE.includes(name)) throw unknownOption(`${where}: workers`, name, RANGE);
  }
  const { scaling = 'adaptive', idleTimeout = IDLE_TIMEOUT } = value;
  const max = value.max === undefined ? cpuCount() : count(where, 'workers.max', value.max, 1);
  const min = value.min === undefined ? Math.min(1, max) : count(where, 'workers.min', value.min, 0);
  if (min > max) throw outOfRange(where, 'workers.min', value.min ?? min, `at most 'workers.max', which is ${max}`);
  check.oneOf(where, 'workers.scaling', scaling, SCALING);
  check.limit(where, 'workers.idleTimeout', idleTimeout);
  return { min, max, scaling, idleTimeout };
}

const fixed = (max) => ({ min: 0, max, scaling: /** @type {const} */ ('fixed'), idleTimeout: Infinity });

module.exports = { workersOf };
