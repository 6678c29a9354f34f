'use strict';
// Garbage that is collected at once, because what hangs on it outside of the heap is large.

const v8 = require('node:v8');
const vm = require('node:vm');

let collectNow;

/** The flag is the process's, and is taken back. Other runtimes have no such function, and do it in their own time. */
function collector() {
  v8.setFlagsFromString('--expose-gc');
  const gc = vm.runInNewContext("typeof gc === 'function' ? gc : undefined");
  v8.setFlagsFromString('--no-expose-gc');
  return gc ?? (() => {});
}

/** All of it. */
function collect() {
  collectNow ??= collector();
  // Memory outside of the heap is given back after the collection that finds it unused, and counted by the next.
  collectNow();
  collectNow();
}

/** What is young: a fraction of the work. */
function sweep() {
  collectNow ??= collector();
  collectNow({ type: 'minor' });
}

/** So much has to have come, in so many parts, before it is worth a sweep. */
const SWEPT_BYTES = 16 * 1024 * 1024;
const SWEPT_PARTS = 16;

/**
 * Memory that other threads have filled and that was moved here. V8 counts it, but not among what is young, though most of
 * it is let go of soon: every 64 MiB or so it would mark the whole heap for it, where a sweep of what is young finds it in
 * a fraction of a millisecond.
 */
class Influx {
  #bytes = 0;
  #parts = 0;

  /** @param {ArrayBuffer[]} parts that have come */
  add(parts) {
    for (const { byteLength } of parts) this.#bytes += byteLength;
    this.#parts += parts.length;
    if (this.#bytes < SWEPT_BYTES || this.#parts < SWEPT_PARTS) return;
    this.#bytes = 0;
    this.#parts = 0;
    sweep();
  }
}

module.exports = { Influx, collect, sweep };
