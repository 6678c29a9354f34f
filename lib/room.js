'use strict';
// The room in a pool: how many tasks its workers take at once, how many may wait beyond those, and who waits for less.

const { poolCalled } = require('./called.js');
const { QueueFullError } = require('./errors.js');

/** How many tasks of an iterable may wait beyond those that the workers take, so that no worker waits for the next. */
const AHEAD = 64;

class Room {
  /** How many tasks the workers take at once. */
  #places = 1;
  #maxQueue = Infinity;
  #rejects = true;
  /** What the pool is called. */
  #name = '';
  /** @type {import('./caller.js').Caller | null} */
  #caller = null;
  #drained;
  #unwatch = null;
  #watched = false;
  /** How many calls have been refused. */
  refused = 0;
  /** The number of outstanding tasks from which on a call is refused. */
  limit = Infinity;

  /** @param {() => void} drained called when nothing waits any more, while that is watched */
  constructor(drained) {
    this.#drained = drained;
  }

  /** @param {{ places: number, maxQueue?: number, overflow?: 'reject' | 'wait', name?: string }} options */
  set({ places, maxQueue = Infinity, overflow = 'reject', name = '' }) {
    this.#places = places;
    this.#maxQueue = maxQueue;
    this.#rejects = overflow === 'reject';
    this.#name = name;
    this.limit = this.#rejects ? this.#most : Infinity;
    this.#watch();
  }

  /** The pool has a caller from now on, or another one. */
  serve(caller) {
    this.#caller = caller;
    this.#watch();
  }

  /** Whether somebody wants to be told when nothing waits any more. */
  set watched(watched) {
    if (watched === this.#watched) return;
    this.#watched = watched;
    this.#watch();
  }

  /** How many tasks wait. What is held back beyond `maxQueue` has no place among them. */
  get size() {
    return Math.min(this.#waiting, this.#maxQueue);
  }

  get maxQueue() {
    return this.#maxQueue;
  }

  /** How many tasks wait for a place. */
  get heldBack() {
    return this.#waiting - this.size;
  }

  /** Whether the next task would have to wait for a place, or be refused. */
  get isFull() {
    return this.#caller !== null && this.#caller.pending >= this.#most;
  }

  /** Whether there is a limit to what may wait. */
  get isBounded() {
    return this.#maxQueue !== Infinity;
  }

  /** What is said of a call that finds no place. */
  refusal() {
    this.refused++;
    const waiting = `${this.size} task${this.size === 1 ? '' : 's'} wait`;
    const queue = this.#name === '' ? 'The queue' : `The queue of ${poolCalled(this.#name)}`;
    return new QueueFullError(
      `${queue} is full: ${waiting}, and maxQueue is ${this.#maxQueue}. Try again after 'drain', or set overflow: 'wait'`,
    );
  }

  /** Whether whoever has so many tasks under way may start another. */
  takes(underWay) {
    if (underWay >= this.#places + Math.min(this.#maxQueue, AHEAD)) return false;
    return this.#caller === null || this.#caller.pending < this.#most;
  }

  /** Calls `tell` once when there is room where there was none. Gives what ends the waiting. */
  wait(tell) {
    return this.#caller.outstanding.levels.watch(this.#most - 1, tell, true);
  }

  get #waiting() {
    return this.#caller === null ? 0 : Math.max(0, this.#caller.pending - this.#places);
  }

  /** How many may be outstanding. */
  get #most() {
    return this.#places + this.#maxQueue;
  }

  #watch() {
    this.#unwatch?.();
    this.#unwatch = null;
    if (!this.#watched || this.#caller === null) return;
    // Where nothing may wait, what one waits for is a place at a worker.
    const level = this.#maxQueue === 0 ? this.#places - 1 : this.#places;
    this.#unwatch = this.#caller.outstanding.levels.watch(level, this.#drained);
  }
}

module.exports = { Room };
