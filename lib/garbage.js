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

module.exports = { collect, sweep };
