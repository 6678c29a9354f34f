'use strict';
// What marks a task handle (the function that task() gives), and how a function or a handle is started alike.

/** The property that every handle has: gives it for one attempt of a task, with these options. */
const handle = Symbol('tasklets.handle');

/**
 * @param {unknown} fn
 * @returns {boolean} whether it is what task() gave, rather than a function still to be captured
 */
function isHandle(fn) {
  return typeof fn === 'function' && fn[handle] !== undefined;
}

/**
 * Starts a function through `run`, and a handle through itself: a handle belongs to the pool that made it.
 *
 * @param {(fn: Function, options: object | undefined, attempt: number) => any} run
 * @param {any} fn a function or a handle
 * @param {any} options the task's options, validated
 * @param {number} [attempt] which attempt this is, from 1
 */
function start(run, fn, options, attempt = 1) {
  if (!isHandle(fn)) return run(fn, options, attempt);
  const { args = [], ...rest } = options ?? {};
  // As it is in nearly all lists of tasks.
  if (attempt === 1 && Object.keys(rest).length === 0) return fn(...args);
  return fn[handle](rest, attempt)(...args);
}

module.exports = { handle, isHandle, start };
