'use strict';
// batch(): many named tasks, and a report on each of them, whether it succeeded or failed.

const { AbortError, CaptureError, InvalidArgumentError, NotSerializableError } = require('./errors.js');
const { Group, entriesOf, feedGroup, startEntry } = require('./group.js');
const { Teller } = require('./listener.js');
const { batchOptions, entryOptions } = require('./options.js');
const { show, wrongType } = require('./options/refuse.js');

const notConfigs = (where, value) =>
  new InvalidArgumentError(`${where}: configs must be an array or an iterable of { name, task }; got ${show(value)}`);

function entryOf(config, where) {
  if (typeof config !== 'object' || config === null) {
    throw new InvalidArgumentError(`${where}: must be { name, task, args?, …task options }; got ${show(config)}`);
  }
  const entry = entryOptions(config, where);
  if (config.name === undefined) throw wrongType(where, 'name', undefined, 'a string that is not empty');
  return { ...entry, name: config.name };
}

/** What cannot be sent is the failure of that one entry, as it would be had it failed in the worker. */
function tryEntry(pool, entry) {
  try {
    return startEntry(pool, entry);
  } catch (error) {
    if (error instanceof CaptureError || error instanceof NotSerializableError) return error;
    throw error;
  }
}

/** Counts what has ended, and tells it. */
class Progress {
  #completed = 0;
  /** Infinity as long as nobody knows. */
  total = Infinity;

  constructor(onProgress) {
    this.teller = new Teller(onProgress);
  }

  report(result) {
    const { total } = this;
    const completed = ++this.#completed;
    this.teller.tell({ completed, total, percentage: (completed / total) * 100, name: result.name });
    return result;
  }
}

/** Starts the tasks as fast as the pool takes them. */
async function batchInTurn(pool, { list, source, entryAt }, signal, progress) {
  const names = [];
  const reports = [];
  let stopped;
  await feedGroup(pool, source, signal, {
    start(value, index) {
      const entry = entryAt(value, index);
      names[index] = entry.name;
      const started = pool.admit(() => tryEntry(pool, entry));
      return started instanceof Error ? Promise.reject(started) : started;
    },
    ended(index, result) {
      reports[index] = progress.report({ name: names[index], success: true, result });
    },
    failed(index, error) {
      reports[index] = progress.report({ name: names[index], success: false, error });
    },
    counted(total) {
      if (list === undefined) progress.total = total;
    },
    stopped(feed, error) {
      stopped = error;
      feed.close();
    },
    failing: progress.teller.failed,
  });
  // Those that an abort, or the end of the pool, has kept from starting.
  for (let index = reports.length; index < (list?.length ?? 0); index++) {
    reports[index] = progress.report({ name: list[index].name, success: false, error: stopped });
  }
  progress.teller.end();
  return reports;
}

/**
 * @param {import('./group.js').GroupPool} pool
 * @param {Iterable<any> | AsyncIterable<any>} configs
 * @param {object} [options]
 * @returns {Promise<any[]>}
 */
function batch(pool, configs, options) {
  const { onProgress, signal } = batchOptions(options);
  const entries = entriesOf(pool, 'batch()', 'configs', configs, notConfigs, entryOf);
  const { list, source } = entries;
  const progress = new Progress(onProgress);
  if (list !== undefined) progress.total = list.length;
  if (source !== undefined && !signal?.aborted) return batchInTurn(pool, entries, signal, progress);

  const group = new Group(pool);
  const reports = [];
  try {
    for (const entry of list ?? []) {
      const { name } = entry;
      const failed = (error) => progress.report({ name, success: false, error });
      const started = signal?.aborted ? new AbortError(signal.reason) : tryEntry(pool, entry);
      if (started instanceof Error) {
        // Told later, as every other outcome is: progress is never reported from inside the call.
        reports.push(Promise.resolve(started).then(failed));
      } else {
        group.add(started);
        reports.push(started.then((result) => progress.report({ name, success: true, result }), failed));
      }
    }
  } catch (error) {
    group.withdraw(error);
    throw error;
  }
  if (signal !== undefined && !signal.aborted) group.follow(signal);
  const all = Promise.race([progress.teller.failed, Promise.all(reports)]);
  // Only an onProgress that fails gets to the second.
  all.then(
    () => progress.teller.end(),
    (error) => group.withdraw(error),
  );
  return all;
}

module.exports = { batch };
