'use strict';
// runAll(): many tasks, their results in order.

const { AbortError, InvalidArgumentError } = require('./errors.js');
const { Group, listOf } = require('./group.js');
const { start } = require('./handle.js');
const { entryOptions, runAllOptions } = require('./options.js');
const { show } = require('./options/refuse.js');

const notTasks = (where, value) => new InvalidArgumentError(`${where}: tasks must be an array; got ${show(value)}`);

function aborted(count, settle, signal) {
  const error = new AbortError(signal.reason);
  if (!settle) return Promise.reject(error);
  return Promise.resolve(Array.from({ length: count }, () => ({ status: 'rejected', reason: error })));
}

/**
 * @param {import('./group.js').GroupPool} pool
 * @param {Iterable<any>} tasks functions, task handles, or `{ task, args, …options }`
 * @param {object} [options]
 * @returns {Promise<any[]>}
 */
function runAll(pool, tasks, options) {
  const { settle = false, signal } = runAllOptions(options);
  // All entries are looked at before the first one starts, so that wrong use leaves nothing running.
  const entries = listOf('runAll()', tasks, notTasks).map((entry, index) =>
    entryOptions(entry, `runAll(): tasks[${index}]`),
  );
  if (signal?.aborted) return aborted(entries.length, settle, signal);

  const group = new Group(pool);
  try {
    for (const entry of entries) group.add(start(pool.run, entry.task, entry.options));
  } catch (error) {
    group.withdraw(error);
    throw error;
  }
  if (signal !== undefined) group.follow(signal);
  if (settle) return Promise.allSettled(group.tasks);
  const all = Promise.all(group.tasks);
  all.catch((error) => group.withdraw(error));
  return all;
}

module.exports = { runAll };
