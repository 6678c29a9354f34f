'use strict';
// The memory of a session as its caller lays it out: blocks of numbers that all isolates see.

const native = require('../native.js');
const { constructors } = require('./elements.js');

class Blocks {
  /** Lengths in bytes, as the native session wants them. */
  sizes = [];
  #fills = [];
  #streams = false;
  #stream = null;

  /** Reserves `length` elements; `fill` is called with the view when there is one. Gives what a worker needs to know. */
  add(kind, length, fill) {
    const memory = this.sizes.push(length * constructors[kind].BYTES_PER_ELEMENT) - 1;
    const block = { memory, kind };
    if (fill) this.#fills.push((session) => Blocks.take(Blocks.view(session, block), fill));
    return block;
  }

  /**
   * The same for the items themselves, which are written while the first workers are on their way: `stream` is called
   * with the view, with what it tells which elements it is about to write, and with what it tells how many units are
   * there.
   */
  addItems(kind, length, stream) {
    const block = this.add(kind, length);
    this.#streams = true;
    this.#fills.push((session) => {
      const view = Blocks.view(session, block);
      const prepare = (start, end) =>
        session.prepare(block.memory, start * view.BYTES_PER_ELEMENT, end * view.BYTES_PER_ELEMENT);
      const provide = (units) => session.provide(units);
      this.#stream = () => Blocks.take(view, () => stream(view, prepare, provide));
    });
    return block;
  }

  /** Whether the items are still to come when the session is open. */
  get streams() {
    return this.#streams;
  }

  /** Writes what was to be written into a session made with these sizes. */
  write(session) {
    for (const fill of this.#fills) fill(session);
  }

  /** Writes the items. */
  provide() {
    this.#stream?.();
  }

  /** What `use` makes of a view that is not needed any more after that: its memory is not to wait for a collection. */
  static take(view, use) {
    const result = use(view);
    native.letGo(view.buffer);
    return result;
  }

  static view(session, { memory, kind }) {
    return new constructors[kind](session.memory(memory));
  }
}

module.exports = { Blocks };
