'use strict';
// How an outcome that is not a value becomes the error that the caller sees.

const path = require('node:path');
const { capital, poolCalled, taskCalled } = require('./called.js');
const {
  DeadlineError,
  OutOfMemoryError,
  PoolDeathError,
  RetryError,
  TimeoutError,
  WorkerExitedError,
} = require('./errors.js');
const { Outcome } = require('./frame.js');
const { show } = require('./options/refuse.js');

/**
 * @typedef {object} End what is known of a task that has ended
 * @property {number} id
 * @property {string} name
 * @property {string} pool what its pool is called
 * @property {number} attempt
 * @property {number} worker 0: none ran it
 * @property {number} duration ms
 * @property {number} timeout ms
 */

/** What has been thrown, in a message: it may be anything. */
function textOf(error) {
  if (typeof error === 'string') return error;
  return typeof error?.message === 'string' ? error.message : show(error);
}

/** @param {End} end @param {{ exitCode?: number, error?: any }} [report] */
function workerExited(end, { exitCode, error } = {}) {
  if (error?.code === 'ERR_WORKER_OUT_OF_MEMORY') {
    return Object.assign(new OutOfMemoryError(`The worker of ${taskCalled(end)} ran out of memory: ${error.message}`), {
      cause: error,
    });
  }
  const how = error === undefined ? `exited with code ${exitCode ?? 'unknown'}` : `ended by an error: ${textOf(error)}`;
  return new WorkerExitedError(`The worker of ${taskCalled(end)} ${how}`, { exitCode, cause: error });
}

/** @param {End} end @param {{ exitCode?: number, error?: any }} [report] */
function undelivered(end, { exitCode, error } = {}) {
  const why = error === undefined ? '' : `: ${textOf(error)}`;
  const message = `The worker that ${taskCalled(end)} was sent to ended before it could start${why}`;
  return new WorkerExitedError(message, { exitCode, cause: error });
}

/**
 * An error of ours, which is made in the engine: its own stack would tell nothing, and costs more than all the rest.
 *
 * @template T
 * @param {() => T} make
 * @returns {T}
 */
function withoutStack(make) {
  const { stackTraceLimit } = Error;
  Error.stackTraceLimit = 0;
  try {
    return make();
  } finally {
    Error.stackTraceLimit = stackTraceLimit;
  }
}

/**
 * @param {number} outcome
 * @param {End} end
 * @param {any} report what the worker's host knows of the worker's end
 */
function errorOf(outcome, end, report) {
  switch (outcome) {
    case Outcome.TIMED_OUT:
      return new TimeoutError(`${taskCalled(end)} ran longer than its timeout of ${end.timeout} ms`);
    case Outcome.EXPIRED:
      return new DeadlineError(`${taskCalled(end)} had not started by its deadline`);
    case Outcome.WORKER_EXITED:
      return workerExited(end, report);
    case Outcome.TAKEN_DOWN: {
      const message = `Another task took down the worker that ${taskCalled(end)} was running on`;
      return new RetryError(message, report && { cause: workerExited(end, report) });
    }
    case Outcome.POOL_DIED:
      return new PoolDeathError(
        `${capital(poolCalled(end.pool))} was killed before ${taskCalled({ ...end, pool: '' })} had ended`,
        { cause: report },
      );
    default:
      return undelivered(end, report);
  }
}

/** Adds what is known of the task, without getting in the way of what the error is. */
function describe(error, end, frames) {
  if (typeof error !== 'object' || error === null) return;
  hideEngine(error);
  const own = typeof error.stack === 'string' ? error.stack : '';
  const add = (name, value) =>
    Reflect.defineProperty(error, name, { value, writable: true, configurable: true, enumerable: false });
  add('taskId', end.id);
  add('taskName', end.name);
  add('workerThread', end.worker);
  add('duration', end.duration);
  add('attempt', end.attempt);
  add('stackTrace', own);
  if (frames === '' || !(error instanceof Error)) return;
  add('stack', `${own}\n${frames}`);
}

const OWN_FRAME = __dirname + path.sep;
/** A chain of causes may be a ring. */
const MAX_CAUSES = 16;

/** Ends the stacks of an error and its causes where the engine's own frames begin: whatever is below called the task. */
function hideEngine(error) {
  for (let depth = 0, each = error; each instanceof Error && depth < MAX_CAUSES; each = each.cause, depth++) {
    const { stack } = each;
    if (typeof stack !== 'string' || !stack.includes(OWN_FRAME)) continue;
    const lines = stack.split('\n');
    const end = lines.findIndex((line) => line.startsWith('    at ') && line.includes(OWN_FRAME));
    if (end === -1) continue;
    const value = lines.slice(0, end).join('\n');
    Reflect.defineProperty(each, 'stack', { value, writable: true, configurable: true, enumerable: false });
  }
}

/** The frames of those who await the promise, which V8 knows inside a reaction of it. */
function awaitingFrames() {
  const site = { stack: '' };
  Error.captureStackTrace(site, awaitingFrames);
  // A program may have its own idea of what a stack is (Error.prepareStackTrace).
  if (typeof site.stack !== 'string') return '';
  return site.stack
    .split('\n')
    .filter((line) => line.startsWith('    at async ') && !line.includes(OWN_FRAME))
    .join('\n');
}

/**
 * Rejects a task's promise. A promise's reaction sees the stack of those who await it, at no cost to tasks that
 * succeed: so the task's promise follows another one, which rejects in its own reaction, one turn of the microtask
 * queue after the two were tied together.
 *
 * @param {(value: any) => void} resolve the task's
 * @param {End} end
 * @param {() => any} build makes the error
 */
function reject(resolve, end, build) {
  resolve(
    Promise.resolve()
      .then(() => {})
      .then(() => {
        const error = withoutStack(build);
        describe(error, end, awaitingFrames());
        throw error;
      }),
  );
}

module.exports = { errorOf, reject, textOf };
