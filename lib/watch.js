'use strict';
// The watch over an elastic pool: when it is looked at, and the workers that are started in consequence. What follows
// from a look, the scheduler decides.

const { clearTimeout, setTimeout } = require('node:timers');
const { MAX_MILLISECONDS } = require('./options/checks.js');

/** How long after somebody has found all workers busy the pool is looked at, in ms. */
const SOON = 10;

class Watch {
  #pool;
  #start;
  #timer;
  /** How long the timer was set for; none is under way at Infinity, and none is set any more at 0. */
  #pause = Infinity;

  /**
   * @param {any} pool the native pool
   * @param {() => void} start starts a worker, where the pool wants one
   */
  constructor(pool, start) {
    this.#pool = pool;
    this.#start = start;
  }

  /** All workers are busy, and more might help. */
  soon() {
    this.within(SOON);
  }

  /** Looks after so many milliseconds at the latest. */
  within(pause) {
    // Longer pauses than a timer can hold are none.
    if (pause >= this.#pause || pause > MAX_MILLISECONDS) return;
    clearTimeout(this.#timer);
    this.#pause = pause;
    // The tasks that wait keep the process alive, not the watch.
    this.#timer = setTimeout(this.#look, pause).unref();
  }

  /** For good: a timer would keep the pool. */
  end() {
    clearTimeout(this.#timer);
    this.#pause = 0;
  }

  #look = () => {
    this.#pause = Infinity;
    const { user, system } = process.cpuUsage();
    const before = this.#pool.size;
    const next = this.#pool.look((user + system) / 1000);
    for (let more = this.#pool.size - before; more > 0; more--) this.#start();
    if (next >= 0) this.within(next);
  };
}

module.exports = { Watch };
