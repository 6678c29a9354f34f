'use strict';
// runAll(): many tasks, their results in order.

const { AbortError, InvalidArgumentError } = require('./errors.js');
const { Group, entriesOf, feedGroup, startEntry } = require('./group.js');
const { entryOptions, runAllOptions } = require('./options.js');
const { show } = require('./options/refuse.js');

const notTasks = (where, value) =>
  new InvalidArgumentError(`${where}: tasks must be an array or an iterable; got ${show(value)}`);

function aborted(count, settle, signal) {
  const error = new AbortError(signal.reason);
  if (!settle) return Promise.reject(error);
  return Promise.resolve(Array.from({ length: count }, () => ({ status: 'rejected', reason: error })));
}

/** Starts the tasks as fast as the pool takes them. */
async function runInTurn(pool, { list, source, entryAt }, { settle, signal }) {
  const results = [];
  let stopped;
  await feedGroup(pool, source, signal, {
    start(value, index) {
      const entry = entryAt(value, index);
      return pool.admit(() => startEntry(pool, entry));
    },
    ended(index, value) {
      results[index] = settle ? { status: 'fulfilled', value } : value;
    },
    failed(index, reason) {
      if (!settle) throw reason;
      results[index] = { status: 'rejected', reason };
    },
    stopped(feed, error) {
      stopped = error;
      if (settle) feed.close();
      else feed.fail(error);
    },
  });
  if (!settle || list === undefined) return results;
  // Those that an abort, or the end of the pool, has kept from starting.
  return Array.from(list, (_, index) => results[index] ?? { status: 'rejected', reason: stopped });
}

/**
 * @param {import('./group.js').GroupPool} pool
 * @param {Iterable<any> | AsyncIterable<any>} tasks functions, task handles, or `{ task, args, …options }`
 * @param {object} [options]
 * @returns {Promise<any[]>}
 */
function runAll(pool, tasks, options) {
  const { settle = false, signal } = runAllOptions(options);
  const entries = entriesOf(pool, 'runAll()', 'tasks', tasks, notTasks, entryOptions);
  const { list, source } = entries;
  if (signal?.aborted) return aborted(list?.length ?? 0, settle, signal);
  if (source !== undefined) return runInTurn(pool, entries, { settle, signal });

  const group = new Group(pool);
  try {
    for (const entry of list) group.add(startEntry(pool, entry));
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
