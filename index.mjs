// The ES module: the same functions by name, and everything as the default. `current` has no name of its own, since a
// named import would stay what it was when the module was loaded.

import tasklets from './index.js';

export default tasklets;
export const {
  addListener,
  batch,
  cancel,
  config,
  filter,
  forEach,
  isWorker,
  listenerCount,
  map,
  off,
  on,
  once,
  reduce,
  removeAllListeners,
  removeListener,
  retry,
  run,
  runAll,
  shutdown,
  sort,
  task,
  AbortError,
  CaptureError,
  InvalidArgumentError,
  InvalidOptionError,
  NoBinaryError,
  NotSerializableError,
  OptionRangeError,
  OptionUnavailableError,
  OutOfMemoryError,
  Pool,
  PoolClosedError,
  PoolDeathError,
  TaskletsError,
  TimeoutError,
  WorkerExitedError,
} = tasklets;
