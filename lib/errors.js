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

/** The worker died under the task. */
class WorkerExitedError extends TaskletsError {
  constructor(message, { exitCode, cause } = {}) {
    super(message, cause === undefined ? undefined : { cause });
    this.exitCode = exitCode;
  }
}
own(WorkerExitedError, 'ERR_TASKLETS_WORKER_EXITED');

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
  constructor(message, { path, advice, cause } = {}) {
    super(message, cause === undefined ? undefined : { cause });
    this.path = path;
    this.advice = advice;
  }
}
own(CaptureError, 'ERR_TASKLETS_CAPTURE');

module.exports = {
  AbortError,
  CaptureError,
  NotSerializableError,
  OutOfMemoryError,
  PoolClosedError,
  PoolDeathError,
  TaskletsError,
  TimeoutError,
  WorkerExitedError,
};
