'use strict';
// The memory of a worker's isolate: written by the worker when it runs out of tasks, read by its host.

// As it was before any task could replace it. Unlike `performance` it needs no module to be loaded.
const uptime = process.uptime.bind(process);

/** What stands where in the shared memory. */
const FIELDS = ['heapUsed', 'heapTotal', 'heapLimit', 'external'];
/** Seconds between two looks: each takes some microseconds. */
const PAUSE = 0.1;

/** The worker's side. */
class HeapWriter {
  #shared;
  #due = 0;

  /** @param {Float64Array} shared */
  constructor(shared) {
    this.#shared = shared;
  }

  /** Where some time has passed since the last time. */
  write() {
    if (uptime() < this.#due) return;
    const heap = require('node:v8').getHeapStatistics();
    const shared = this.#shared;
    shared[0] = heap.used_heap_size;
    shared[1] = heap.total_heap_size;
    shared[2] = heap.heap_size_limit;
    shared[3] = heap.external_memory;
    this.#due = uptime() + PAUSE;
  }
}

const shareHeap = () => new Float64Array(new SharedArrayBuffer(FIELDS.length * 8));

/** What the worker has written last. */
const readHeap = (shared) => Object.fromEntries(FIELDS.map((name, index) => [name, shared[index]]));

module.exports = { HeapWriter, readHeap, shareHeap };
