'use strict';
// A group: tasks that were started by one call, which end together when one fails or a signal aborts.

const { onAbort } = require('./abort.js');
const { AbortError } = require('./errors.js');
const { Names, linkNames } = require('./after.js');
const { Feed, inMemory, pulled } = require('./feed.js');
const { start } = require('./handle.js');

/**
 * @typedef {object} GroupPool what a group needs of a pool
 * @property {(fn: Function, options: any, attempt: number) => any} run starts a task
 * @property {(task: any, reason: unknown) => void} withdraw cancels a task that has not started; leaves others alone
 * @property {import('./room.js').Room} room
 * @property {() => { left: Promise<never>, leave: () => void }} enter more tasks will follow, also where the pool is
 *   closing, until `leave()`; `left` rejects where they are not to
 * @property {(start: () => any) => any} admit lets `start` start such a task
 */

class Group {
  #pool;
  #tasks = [];

  /** @param {GroupPool} pool */
  constructor(pool) {
    this.#pool = pool;
  }

  add(task) {
    this.#tasks.push(task);
    return task;
  }

  get tasks() {
    return this.#tasks;
  }

  /** Cancels what has not started. Nobody awaits those any more, so their rejections are nobody's surprise. */
  withdraw(reason) {
    for (const task of this.#tasks) {
      this.#pool.withdraw(task, reason);
      task.catch(() => {});
    }
  }

  /** Cancels everything, running or not, when the signal aborts. */
  follow(signal) {
    const abort = () => {
      // What waits comes first: it would start where what runs heeds its signal.
      for (const task of this.#tasks) this.#pool.withdraw(task, signal.reason);
      for (const task of this.#tasks) task.cancel(signal.reason);
    };
    const release = onAbort(signal, abort);
    Promise.allSettled(this.#tasks).then(release);
  }
}

/**
 * The same for tasks that are started as fast as the pool takes them; each settles alone.
 *
 * @param {Pick<GroupPool, 'withdraw' | 'room' | 'enter'>} pool
 * @param {{ iterator: any, asynchronous: boolean }} source
 * @param {AbortSignal | undefined} signal cancels what is under way, and nothing more is pulled
 * @param {import('./feed.js').Feeding & { stopped: (feed: Feed, error: Error) => void, failing?: Promise<never> }} feeding
 *   `stopped` is told where the signal has aborted, or the pool is to take no more, and ends the feed in one way or the
 *   other; `failing` ends it where it rejects
 */
async function feedGroup(pool, source, signal, feeding) {
  const feed = new Feed(source, pool.room, feeding);
  const { left, leave } = pool.enter();
  const stop = (error) => {
    const tasks = [...feed.tasks];
    feeding.stopped(feed, error);
    for (const task of tasks) task.cancel?.(error.cause);
  };
  left.catch(stop);
  feeding.failing?.catch((error) => feed.fail(error));
  const release = signal && onAbort(signal, () => stop(new AbortError(signal.reason)));
  try {
    await feed.run();
  } catch (error) {
    for (const task of feed.tasks) {
      pool.withdraw(task, error);
      task.catch(() => {});
    }
    throw error;
  } finally {
    release?.();
    leave();
  }
}

/** Starts the task of an entry, and tells those that come after it. */
function startEntry(pool, { task, options, started }) {
  try {
    const begun = start(pool.run, task, options);
    started?.(begun);
    return begun;
  } catch (error) {
    if (started) started(Promise.reject(error));
    throw error;
  }
}

/**
 * Reads a list of entries at the call: an array, where its entries are to be started at once, or what to pull them from.
 *
 * @param {GroupPool} pool
 * @param {string} where the call
 * @param {string} what what it calls the entries
 * @param {any} entries
 * @param {(where: string, value: unknown) => Error} refuse
 * @param {(entry: any, where: string) => any} check looks at one entry, and throws where it is none
 * @returns {{ list: any[] | undefined, source: { iterator: any, asynchronous: boolean } | undefined, entryAt: (pulled: any, index: number) => any }}
 *   `entryAt` gives the entry that was pulled
 */
function entriesOf(pool, where, what, entries, refuse, check) {
  const array = inMemory(entries);
  if (array !== undefined) {
    // All of them are looked at before the first one starts, so that wrong use leaves nothing running.
    const list = Array.from(array, (entry, index) => check(entry, `${where}: ${what}[${index}]`));
    linkNames(where, list, pool.room.isBounded);
    return { list, source: pool.room.isBounded ? pulled(list) : undefined, entryAt: (entry) => entry };
  }
  const source = pulled(entries);
  if (source === undefined) throw refuse(where, entries);
  const names = new Names();
  const entryAt = (pulled, index) => {
    const place = `${where}: ${what}[${index}]`;
    const entry = check(pulled, place);
    names.link(place, entry);
    return entry;
  };
  return { list: undefined, source, entryAt };
}

module.exports = { Group, entriesOf, feedGroup, startEntry };
