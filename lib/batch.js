'use strict';
// batch(): many named tasks, and a report on each of them, whether it succeeded or failed.

const { AbortError, CaptureError, InvalidArgumentError, NotSerializableError } = require('./errors.js');
const { Group, listOf } = require('./group.js');
const { start } = require('./handle.js');
const { batchOptions, entryOptions } = require('./options.js');
const { show, wrongType } = require('./options/refuse.js');

const notConfigs = (where, value) =>
  new InvalidArgumentError(`${where}: configs must be an array of { name, task }; got ${show(value)}`);

function entryOf(config, index) {
  const where = `batch(): configs[${index}]`;
  if (typeof config !== 'object' || config === null) {
    throw new InvalidArgumentError(`${where}: must be { name, task, args?, …task options }; got ${show(config)}`);
  }
  const entry = entryOptions(config, where);
  if (config.name === undefined) throw wrongType(where, 'name', undefined, 'a string that is not empty');
  return { ...entry, name: config.name };
}

/** What cannot be sent is the failure of that one entry, as it would be had it failed in the worker. */
function startEntry(pool, { task, options }) {
  try {
    return start(pool.run, task, options);
  } catch (error) {
    if (error instanceof CaptureError || error instanceof NotSerializableError) return error;
    throw error;
  }
}

/**
 * @param {import('./group.js').GroupPool} pool
 * @param {Iterable<any>} configs
 * @param {object} [options]
 * @returns {Promise<any[]>}
 */
function batch(pool, configs, options) {
  const { onProgress, signal } = batchOptions(options);
  const entries = listOf('batch()', configs, notConfigs).map(entryOf);
  const group = new Group(pool);
  const total = entries.length;
  let tell = onProgress;
  let completed = 0;

  const report = (result) => {
    completed++;
    try {
      tell?.({ completed, total, percentage: (completed / total) * 100, name: result.name });
    } catch (error) {
      // The batch rejects with it, and has nothing more to tell.
      tell = undefined;
      throw error;
    }
    return result;
  };

  const reports = [];
  try {
    for (const entry of entries) {
      const { name } = entry;
      const failed = (error) => report({ name, success: false, error });
      const started = signal?.aborted ? new AbortError(signal.reason) : startEntry(pool, entry);
      if (started instanceof Error) {
        // Told later, as every other outcome is: progress is never reported from inside the call.
        reports.push(Promise.resolve(started).then(failed));
      } else {
        group.add(started);
        reports.push(started.then((result) => report({ name, success: true, result }), failed));
      }
    }
  } catch (error) {
    group.withdraw(error);
    throw error;
  }
  if (signal !== undefined && !signal.aborted) group.follow(signal);
  const all = Promise.all(reports);
  // Only a throwing onProgress gets here.
  all.catch((error) => group.withdraw(error));
  return all;
}

module.exports = { batch };
