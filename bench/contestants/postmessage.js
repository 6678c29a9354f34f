'use strict';

// What one writes by hand over worker_threads: a message per task, workers in turn, a map from id to promise.

const path = require('node:path');
const { Worker } = require('node:worker_threads');

/** @type {import('../lib/contestant').Contestant} */
module.exports = {
  name: 'postMessage',
  settings: 'hand-written: workers in turn, one message each way per task',
  open(size) {
    const waiting = new Map();
    let lastId = 0;

    /** @param {{ id: number, result: unknown, error: unknown }} message */
    const settle = ({ id, result, error }) => {
      const { resolve, reject } = waiting.get(id);
      waiting.delete(id);
      if (error) reject(error);
      else resolve(result);
    };

    const workers = Array.from({ length: size }, () => {
      const worker = new Worker(path.join(__dirname, 'workers', 'postmessage.js'));
      worker.on('message', settle);
      return worker;
    });

    /** @param {string} name @param {unknown} value @param {ArrayBuffer[]} [transfer] */
    const call = (name, value, transfer) =>
      new Promise((resolve, reject) => {
        const id = ++lastId;
        waiting.set(id, { resolve, reject });
        workers[id % size].postMessage({ id, name, value }, transfer);
      });

    return {
      noop: (n) => call('noop', n),
      echo: (value) => call('echo', value),
      echoTransfer: (view) => call('echoTransfer', view, [view.buffer]),
      factorial: (n) => call('factorial', n),
      block: (gate) => call('block', gate),
      chunk: (kernel, chunk) =>
        chunk instanceof Float64Array
          ? call('chunkTransfer', { kernel, chunk }, [chunk.buffer])
          : call('chunk', { kernel, chunk }),
    };
  },
};
