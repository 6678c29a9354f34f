'use strict';
// The errors that tasklets itself raises: one class for each, each with a stable code.

const brand = Symbol.for('tasklets.error');

/** Marks a class as one of ours, whatever builtin it extends. */
function own(Class, code, name = Class.name) {
  Object.defineProperty(Class.prototype, brand, { value: true });
  Object.defineProperty(Class.prototype, 'code', { value: code, writable: true, configurable: true });
  Object.defineProperty(Class.prototype, 'name', { value: name, writable: true, configurable: true });
  return Class;
}

/**
 * What all of them have in common. Some extend a builtin that users test for (a `NotSerializableError` is a
 * `TypeError`), so `instanceof TaskletsError` asks for the mark and not for the prototype chain.
 */
class TaskletsError extends Error {
  static [Symbol.hasInstance](value) {
    if (this !== TaskletsError) return Function.prototype[Symbol.hasInstance].call(this, value);
    return typeof value === 'object' && value !== null && value[brand] === true;
  }
}
own(TaskletsError, 'ERR_TASKLETS');

/** The task was cancelled; `cause` is the reason that was given. */
class AbortError extends TaskletsError {
  constructor(reason, message = 'The task was cancelled') {
    super(message, { cause: reason });
  }
}
own(AbortError, 'ERR_TASKLETS_ABORTED');

/** The task ran longer than its `timeout`. */
class TimeoutError extends TaskletsError {}
own(TimeoutError, 'ERR_TASKLETS_TIMEOUT');

/** As many tasks wait as the pool's `maxQueue` allows. */
class QueueFullError extends TaskletsError {}
own(QueueFullError, 'ERR_TASKLETS_QUEUE_FULL');

/** The task had not started by its `deadline`. */
class DeadlineError extends TaskletsError {}
own(DeadlineError, 'ERR_TASKLETS_DEADLINE');

/** A task that this one came `after` failed; `cause` is its error. */
class DependencyError extends TaskletsError {
  /** @param {string} [message] @param {unknown} [cause] */
  constructor(message, cause) {
    super(message, { cause });
  }
}
own(DependencyError, 'ERR_TASKLETS_DEPENDENCY');

/** The worker died under the task. */
class WorkerExitedError extends TaskletsError {
  /** @param {string} [message] @param {{ exitCode?: number, cause?: unknown }} [details] */
  constructor(message, { exitCode, cause } = {}) {
    super(message, cause === undefined ? undefined : { cause });
    this.exitCode = exitCode;
  }
}
own(WorkerExitedError, 'ERR_TASKLETS_WORKER_EXITED');

/** The worker died under the task through the fault of another one; `cause` is how. To run it again may well succeed. */
class RetryError extends TaskletsError {
  /** @param {string} [message] @param {{ cause?: unknown }} [details] */
  constructor(message, details) {
    super(message, details);
    this.retryable = true;
  }
}
own(RetryError, 'ERR_TASKLETS_RETRY');

/** The worker ran out of heap under the task. */
class OutOfMemoryError extends TaskletsError {}
own(OutOfMemoryError, 'ERR_TASKLETS_OUT_OF_MEMORY');

/** The pool has been shut down; nothing can be added to it. */
class PoolClosedError extends ReferenceError {}
own(PoolClosedError, 'ERR_TASKLETS_POOL_CLOSED');

/** The pool was killed while the task was outstanding. */
class PoolDeathError extends TaskletsError {}
own(PoolDeathError, 'ERR_TASKLETS_POOL_DEATH');

/** A value that cannot cross between isolates; `path` says where it stands. */
class NotSerializableError extends TypeError {
  constructor(path, what) {
    super(`${path}: ${what}`);
    this.path = path;
  }
}
own(NotSerializableError, 'ERR_TASKLETS_NOT_SERIALIZABLE');

/** The function uses something that cannot be captured; `path` leads to it from the function. */
class CaptureError extends TaskletsError {
  /** @param {string} [message] @param {{ path?: string, advice?: string, cause?: unknown }} [details] */
  constructor(message, { path, advice, cause } = {}) {
    super(message, cause === undefined ? undefined : { cause });
    // The message tells them already: whoever prints the error is not to read them twice.
    Object.defineProperty(this, 'path', { value: path, writable: true, configurable: true });
    Object.defineProperty(this, 'advice', { value: advice, writable: true, configurable: true });
  }
}
own(CaptureError, 'ERR_TASKLETS_CAPTURE');

/** An argument that is not what the function takes (a task that is no function, items that cannot be iterated). */
class InvalidArgumentError extends TypeError {}
own(InvalidArgumentError, 'ERR_TASKLETS_INVALID_ARGUMENT');

/** An option that does not exist, or whose value has the wrong type; `option` is its name. */
class InvalidOptionError extends TypeError {
  constructor(message, option) {
    super(message);
    this.option = option;
  }
}
own(InvalidOptionError, 'ERR_TASKLETS_INVALID_OPTION');

/** An option whose value has the right type and is impossible; `option` is its name. */
class OptionRangeError extends RangeError {
  constructor(message, option) {
    super(message);
    this.option = option;
  }
}
own(OptionRangeError, 'ERR_TASKLETS_OPTION_RANGE');

/** An option that is planned and that this version does not have; `option` is its name. */
class OptionUnavailableError extends TypeError {
  constructor(message, option) {
    super(message);
    this.option = option;
  }
}
own(OptionUnavailableError, 'ERR_TASKLETS_OPTION_UNAVAILABLE');

/** There is no compiled addon for this platform, or the one that is there cannot be loaded; `cause` says why. */
class NoBinaryError extends TaskletsError {}
own(NoBinaryError, 'ERR_TASKLETS_NO_BINARY');

module.exports = {
  AbortError,
  CaptureError,
  DeadlineError,
  DependencyError,
  InvalidArgumentError,
  InvalidOptionError,
  NoBinaryError,
  NotSerializableError,
  OptionRangeError,
  OptionUnavailableError,
  OutOfMemoryError,
  PoolClosedError,
  PoolDeathError,
  RetryError,
  QueueFullError,
  TaskletsError,
  TimeoutError,
  WorkerExitedError,
};
