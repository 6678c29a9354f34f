'use strict';
// What a worker's isolate holds, where its pool's memory is limited: reported after its tasks, and given back where it is
// too much.

const { performance } = require('node:perf_hooks');
const { clearTimeout, setTimeout } = require('node:timers');
const v8 = require('node:v8');
const { collect } = require('./garbage.js');

const now = performance.now.bind(performance);

/** Milliseconds: in less time no task fills so much that it matters. */
const OFTEN = 1;
/** How many times as long as a collection of garbage took there is none. */
const PAUSES = 4;

/** Bytes of the heap and of what hangs on it outside. */
function held() {
  const { total_heap_size: heap, malloced_memory: malloced, external_memory: external } = v8.getHeapStatistics();
  return heap + malloced + external;
}

class Gauge {
  #native;
  #again;
  #looked = 0;
  /** When garbage may be collected again. */
  #due = 0;
  #timer;

  /**
   * @param {any} native the native worker
   * @param {() => void} again is called when `isOver()` should be asked again, whether or not a task has ended
   */
  constructor(native, again) {
    this.#native = native;
    this.#again = again;
  }

  /** Where no task runs: whether the worker has left its pool because of what it holds, and is to end. */
  isOver() {
    const started = now();
    if (started - this.#looked < OFTEN) return false;
    this.#looked = started;
    if (!this.#native.weighs(held())) return false;
    // Only what remains counts. But collecting is to take a small share of the time, however often tasks end.
    if (started < this.#due) {
      clearTimeout(this.#timer);
      this.#timer = setTimeout(this.#again, this.#due - started + OFTEN).unref();
      return false;
    }
    collect();
    this.#looked = now();
    this.#due = this.#looked + (this.#looked - started) * PAUSES;
    return this.#native.weighs(held()) && this.#native.resign();
  }
}

module.exports = { Gauge };
