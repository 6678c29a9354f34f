'use strict';

// workerpool with a script of its own, all of its workers started at once, and a queue that takes its head in constant
// time; its own shifts an array, which is slow once the array is long.

const path = require('node:path');

/** A first-in first-out queue with the methods that workerpool asks for. */
class LinkedQueue {
  #head = null;
  #tail = null;
  #size = 0;

  push(task) {
    const node = { task, next: null };
    if (this.#tail === null) this.#head = node;
    else this.#tail.next = node;
    this.#tail = node;
    this.#size++;
  }

  pop() {
    const node = this.#head;
    if (node === null) return undefined;
    this.#head = node.next;
    if (this.#head === null) this.#tail = null;
    this.#size--;
    return node.task;
  }

  size() {
    return this.#size;
  }

  contains(task) {
    for (let node = this.#head; node !== null; node = node.next) if (node.task === task) return true;
    return false;
  }

  clear() {
    this.#head = this.#tail = null;
    this.#size = 0;
  }
}

/** @param {number} workers */
function open(workers) {
  const workerpool = require('workerpool');
  const pool = workerpool.pool(path.join(__dirname, 'workers', 'workerpool.js'), {
    minWorkers: workers,
    maxWorkers: workers,
    workerType: 'thread',
    queueStrategy: new LinkedQueue(),
  });
  return {
    noop: (n) => pool.exec('noop', [n]),
    echo: (value) => pool.exec('echo', [value]),
    echoTransfer: (view) => pool.exec('echoTransfer', [view], { transfer: [view.buffer] }),
    factorial: (n) => pool.exec('factorial', [n]),
    block: (gate) => pool.exec('block', [gate]),
    chunk: (kernel, chunk) =>
      chunk instanceof Float64Array
        ? pool.exec('chunkTransfer', [{ kernel, chunk }], { transfer: [chunk.buffer] })
        : pool.exec('chunk', [{ kernel, chunk }]),
    // workerpool sends a function's source at each call and captures nothing: what it uses is handed over as arguments.
    closureNew: (n) => pool.exec((m, offset) => m + offset, [n, 1]),
    closureSame: (n) => pool.exec(same, [n, 1]),
  };
}

const same = (m, offset) => m + offset;

/** @type {import('../lib/contestant').Contestant} */
module.exports = { name: 'workerpool', package: 'workerpool', settings: 'queueStrategy: a linked queue', open };
