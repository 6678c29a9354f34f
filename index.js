'use strict';
// The table of contents of tasklets: the default pool's calls, the Pool class, and the errors.

const { current, state } = require('./lib/current.js');
const errors = require('./lib/errors.js');
const { Pool, defaultPool } = require('./lib/pool.js');

const pool = defaultPool();

module.exports = {
  addListener: pool.addListener,
  batch: pool.batch,
  cancel: pool.cancel,
  config: pool.config,
  filter: pool.filter,
  forEach: pool.forEach,
  getHealth: pool.getHealth,
  getMetrics: pool.getMetrics,
  listenerCount: pool.listenerCount,
  map: pool.map,
  metrics: pool.metrics,
  off: pool.off,
  on: pool.on,
  once: pool.once,
  reduce: pool.reduce,
  removeAllListeners: pool.removeAllListeners,
  removeListener: pool.removeListener,
  retry: pool.retry,
  run: pool.run,
  runAll: pool.runAll,
  shutdown: pool.shutdown,
  sort: pool.sort,
  task: pool.task,

  Pool,
  isWorker: state() !== null,
  get current() {
    return current();
  },
  get queueSize() {
    return pool.queueSize;
  },

  AbortError: errors.AbortError,
  CaptureError: errors.CaptureError,
  DeadlineError: errors.DeadlineError,
  DependencyError: errors.DependencyError,
  InvalidArgumentError: errors.InvalidArgumentError,
  InvalidOptionError: errors.InvalidOptionError,
  NoBinaryError: errors.NoBinaryError,
  NotSerializableError: errors.NotSerializableError,
  OptionRangeError: errors.OptionRangeError,
  OptionUnavailableError: errors.OptionUnavailableError,
  OutOfMemoryError: errors.OutOfMemoryError,
  PoolClosedError: errors.PoolClosedError,
  PoolDeathError: errors.PoolDeathError,
  RetryError: errors.RetryError,
  QueueFullError: errors.QueueFullError,
  TaskletsError: errors.TaskletsError,
  TimeoutError: errors.TimeoutError,
  WorkerExitedError: errors.WorkerExitedError,
};
