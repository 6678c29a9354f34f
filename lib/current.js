'use strict';
// What a task can learn about itself: whether it runs in a worker, and as which task.

const { AsyncLocalStorage } = require('node:async_hooks');

const key = Symbol.for('tasklets.worker');

/**
 * @typedef {object} WorkerState shared by all copies of this package in a worker's isolate
 * @property {number} pool the native pool's number
 * @property {number} worker
 * @property {object | null} running the context of the task that runs
 * @property {import('node:async_hooks').AsyncLocalStorage<object> | null} contexts made when several
 *   tasks may run at a time
 * @property {number} nested callers of this isolate that have tasks outstanding
 * @property {(() => void) | null} onNested called when that number changes
 * @property {Map<object, number>} waits the contexts of tasks that wait for tasks of their own, and for how many
 * @property {() => void} onWaits called when there is another of them, or one less
 */

/** @returns {WorkerState | null} */
const state = () => globalThis[key] ?? null;

/** Called by the worker's entry, before any user code. */
function enter(pool, worker, onWaits) {
  const entered = { pool, worker, running: null, contexts: null, nested: 0, onNested: null, waits: new Map(), onWaits };
  Object.defineProperty(globalThis, key, { value: entered });
  return entered;
}

/**
 * Several tasks may run in this isolate at a time from now on: because its pool lets them, or because one that submits
 * tasks of its own may wait for them.
 */
function expectOthers() {
  const here = state();
  if (here === null || here.contexts !== null) return;
  here.contexts = new AsyncLocalStorage();
  if (here.running !== null) here.contexts.enterWith(here.running);
}

/** @returns {object | null} the running task's context */
function current() {
  const here = state();
  if (here === null) return null;
  return here.contexts?.getStore() ?? here.running;
}

module.exports = { current, enter, expectOthers, state };
