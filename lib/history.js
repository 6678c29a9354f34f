'use strict';
// The depth of the queue over time: looked at once a second, for as long as somebody asks for it.

const { clearInterval, setInterval } = require('node:timers');

/** Milliseconds between two looks, and how long it goes on after somebody has asked. */
const PAUSE = 1000;
const ATTENTION = 120_000;
/** How many looks are kept. */
const KEPT = 120;

class History {
  #look;
  #samples = [];
  #timer;
  #until = 0;

  /** @param {() => number} look */
  constructor(look) {
    this.#look = look;
  }

  /** What has been seen: `{ time, size }`, the oldest first. Where the pool `goesOn`, it is looked at for a while from now. */
  read(goesOn) {
    this.#until = Date.now() + ATTENTION;
    if (goesOn) this.#timer ??= setInterval(() => this.#sample(), PAUSE).unref();
    this.#sample();
    return this.#samples.slice();
  }

  end() {
    clearInterval(this.#timer);
    this.#timer = undefined;
  }

  #sample() {
    const time = Date.now();
    if (time > this.#until) this.end();
    this.#samples.push({ time, size: this.#look() });
    if (this.#samples.length > KEPT) this.#samples.shift();
  }
}

module.exports = { History };
