'use strict';

// workerpool with a queue that takes its head in constant time; its own shifts an array, which is slow once the array
// is long.

const workerpool = require('./workerpool');

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

/** @type {import('../lib/contestant').Contestant} */
module.exports = {
  name: 'workerpool, best',
  package: 'workerpool',
  settings: 'queueStrategy: a linked queue',
  open: (workers) => workerpool.open(workers, { queueStrategy: new LinkedQueue() }),
};
