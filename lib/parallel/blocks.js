'use strict';
// The memory of a session as its caller lays it out: blocks of numbers that all isolates see.

const { constructors } = require('./elements.js');

class Blocks {
  /** Lengths in bytes, as the native session wants them. */
  sizes = [];
  #fills = [];

  /** Reserves `length` elements; `fill` is called with the view when there is one. Gives what a worker needs to know. */
  add(kind, length, fill) {
    const memory = this.sizes.push(length * constructors[kind].BYTES_PER_ELEMENT) - 1;
    if (fill) this.#fills.push((session) => fill(Blocks.view(session, { memory, kind })));
    return { memory, kind };
  }

  /** Writes what was to be written into a session made with these sizes. */
  fill(session) {
    for (const fill of this.#fills) fill(session);
  }

  static view(session, { memory, kind }) {
    return new constructors[kind](session.memory(memory));
  }
}

module.exports = { Blocks };
