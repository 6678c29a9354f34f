'use strict';
// How a caller learns that something has arrived: it looks for it itself at each turn of the event loop, as long as that is
// worth it, and is woken otherwise.

// Not the globals, which tests replace by timers of their own.
const { setImmediate } = require('node:timers');

/** Turns of the event loop, each about a microsecond, that a caller waits for the next outcome before it sleeps. */
const PATIENCE = 32;

/** One that has lost its patience tries again after so many wake-ups: tasks may have become shorter. */
const RETRY_AFTER = 16;

class Attendance {
  #attend;
  #rest;
  #drain;
  #obey;
  #outstanding;
  /** Whether the next turns of the event loop look for what has arrived. */
  #attending = false;
  #turns = 0;
  #wakes = 0;
  /** How many turns in vain are worth it. */
  #patience = PATIENCE;

  /**
   * @param {{ attend: () => void, rest: () => boolean }} calls of the native caller: to be woken no longer, and again
   *   (false: something has arrived meanwhile)
   * @param {() => boolean} drain takes in what has arrived, if anything has
   * @param {() => void} obey does what the scheduler asks for
   * @param {import('./outstanding.js').Outstanding} outstanding
   */
  constructor({ attend, rest }, drain, obey, outstanding) {
    this.#attend = attend;
    this.#rest = rest;
    this.#drain = drain;
    this.#obey = obey;
    this.#outstanding = outstanding;
  }

  /** A task has been submitted. */
  expect() {
    if (this.#attending || this.#patience === 0) return;
    this.#attending = true;
    this.#turns = 0;
    this.#attend();
    setImmediate(this.#turn);
  }

  /** Something has arrived. Called by the addon, outside any JavaScript. */
  wake() {
    // While it looks for outcomes by itself, a wake-up can only be about commands.
    if (this.#attending) {
      this.#obey();
      return;
    }
    if (++this.#wakes % RETRY_AFTER === 0) this.#patience = PATIENCE;
    try {
      do this.#drain();
      while (!this.#rest());
      this.#obey();
    } catch (error) {
      this.#resume();
      throw error;
    }
  }

  #turn = () => {
    try {
      this.#look();
    } catch (error) {
      this.#resume();
      throw error;
    }
  };

  /**
   * Something of the user's has thrown (a listener, say), which the program may survive: what is left has to be looked at,
   * and nobody else would.
   */
  #resume() {
    this.#attending = true;
    this.#turns = 0;
    this.#attend();
    setImmediate(this.#turn);
  }

  #look() {
    if (this.#drain()) {
      this.#turns = 0;
      this.#patience = PATIENCE;
    } else if (++this.#turns >= this.#patience) {
      // What is under way takes longer than it is worth waiting for: wait less the next time.
      this.#patience >>= 1;
      this.#leave();
      return;
    }
    if (this.#outstanding.count === 0) this.#leave();
    else setImmediate(this.#turn);
  }

  #leave() {
    this.#attending = false;
    while (!this.#rest()) this.#drain();
    this.#obey();
  }
}

module.exports = { Attendance };
