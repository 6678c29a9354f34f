'use strict';
// A feed: starts a task for each thing that an iterable gives, and pulls only as fast as the pool takes them.

const { AsyncResource } = require('node:async_hooks');
const { types } = require('node:util');

/**
 * @typedef {object} Feeding
 * @property {number} [window] how many may be under way, where that is less than the pool takes
 * @property {(value: any, index: number) => any} start gives the task, or a promise
 * @property {(index: number, result: any) => void} ended
 * @property {(index: number, error: unknown) => void} failed where it throws, that ends the feed
 * @property {(total: number) => void} [counted] told how many there are, once that is known
 */

/**
 * What can be pulled from; undefined where it is no iterable.
 *
 * @returns {{ iterator: any, asynchronous: boolean } | undefined}
 */
function pulled(items) {
  if (typeof items !== 'object' || items === null) return undefined;
  if (typeof items[Symbol.asyncIterator] === 'function') {
    return { iterator: items[Symbol.asyncIterator](), asynchronous: true };
  }
  if (typeof items[Symbol.iterator] !== 'function') return undefined;
  return { iterator: items[Symbol.iterator](), asynchronous: false };
}

/** What holds all its items already, as an array: nothing is gained by pulling them one by one. */
function inMemory(items) {
  if (Array.isArray(items)) return items;
  return types.isSet(items) || types.isMap(items) ? [...items] : undefined;
}

class Feed {
  #iterator;
  #asynchronous;
  #room;
  #feeding;
  #tasks = new Set();
  #pulling = false;
  #exhausted = false;
  #over = false;
  #unwatch = null;
  #index = 0;
  #resolve;
  #reject;

  /**
   * @param {{ iterator: any, asynchronous: boolean }} source
   * @param {import('./room.js').Room} room
   * @param {Feeding} feeding
   */
  constructor({ iterator, asynchronous }, room, feeding) {
    this.#iterator = iterator;
    this.#asynchronous = asynchronous;
    this.#room = room;
    this.#feeding = feeding;
  }

  /** What is under way. */
  get tasks() {
    return this.#tasks;
  }

  /** Resolves when all that there was to pull has ended; rejects with the first error. */
  run() {
    return new Promise((resolve, reject) => {
      this.#resolve = resolve;
      this.#reject = reject;
      void this.#pull();
    });
  }

  /** Pulls no more, and ends when what is under way has ended. */
  close() {
    if (this.#exhausted) return;
    this.#exhaust();
    this.#return();
    this.#finishIfDone();
  }

  /** Ends at once, with an error. */
  fail(error) {
    if (this.#over) return;
    this.#end();
    if (!this.#exhausted) this.#return();
    this.#exhausted = true;
    this.#reject(error);
  }

  #exhaust() {
    this.#exhausted = true;
    this.#feeding.counted?.(this.#index);
  }

  async #pull() {
    if (this.#pulling) return;
    this.#pulling = true;
    try {
      while (!this.#exhausted && this.#hasRoom()) {
        const pulled = this.#iterator.next();
        const { done, value } = this.#asynchronous ? await pulled : pulled;
        // What arrives after the end is nobody's.
        if (this.#exhausted) break;
        if (done) this.#exhaust();
        else this.#start(value);
      }
    } catch (error) {
      // The iterable failed by itself: it is not told that nobody pulls any more.
      this.#exhausted = true;
      this.fail(error);
    }
    this.#pulling = false;
    this.#finishIfDone();
  }

  #hasRoom() {
    const { size } = this.#tasks;
    if (size >= (this.#feeding.window ?? Infinity)) return false;
    if (this.#room.takes(size)) return true;
    // An end of our own resumes it, or of somebody else's task, who may have taken all the room.
    if (this.#room.isBounded) {
      // Told of by whoever's task has ended, it goes on as the call that it belongs to.
      const resume = () => {
        this.#unwatch = null;
        void this.#pull();
      };
      this.#unwatch ??= this.#room.wait(AsyncResource.bind(resume, 'tasklets.feed'));
    }
    return false;
  }

  #start(value) {
    const index = this.#index++;
    let task;
    try {
      task = this.#feeding.start(value, index);
    } catch (error) {
      this.fail(error);
      return;
    }
    this.#tasks.add(task);
    task.then(
      (result) => this.#settled(task, () => this.#feeding.ended(index, result)),
      (error) => this.#settled(task, () => this.#feeding.failed(index, error)),
    );
  }

  #settled(task, tell) {
    this.#tasks.delete(task);
    if (this.#over) return;
    try {
      tell();
    } catch (error) {
      this.fail(error);
      return;
    }
    void this.#pull();
    this.#finishIfDone();
  }

  #finishIfDone() {
    if (this.#over || !this.#exhausted || this.#tasks.size > 0) return;
    this.#end();
    this.#resolve();
  }

  #end() {
    this.#over = true;
    this.#unwatch?.();
  }

  /** Tells the iterable that nobody pulls any more. What it says to that is nobody's either. */
  #return() {
    try {
      const returned = this.#iterator.return?.();
      if (this.#asynchronous) Promise.resolve(returned).catch(() => {});
    } catch {
      // As with a loop that is left by an error: that error stands.
    }
  }
}

module.exports = { Feed, inMemory, pulled };
