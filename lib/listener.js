'use strict';
// A callback that the engine calls later, as the code which gave it would: in that code's asynchronous context.

const { AsyncResource } = require('node:async_hooks');

class Listener extends AsyncResource {
  #callback;

  /** @param {(...args: any[]) => void} callback */
  constructor(callback) {
    super('tasklets.listener');
    this.#callback = callback;
  }

  tell(...args) {
    this.runInAsyncScope(this.#callback, undefined, ...args);
  }
}

module.exports = { Listener };
