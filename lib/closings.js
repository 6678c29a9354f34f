'use strict';
// The ends of a pool that are under way: each waits for the work that is outstanding, then for the workers, and may be
// hurried.

class Closings {
  #caller;
  #native;
  #host;
  #goesOn;
  #ended;
  /** @type {Map<Promise<void>, { late: boolean, hurry: () => void }>} */
  #underWay = new Map();

  /**
   * @param {object} pool
   * @param {import('./caller.js').Caller} pool.caller
   * @param {any} pool.native
   * @param {import('./host.js').Host} pool.host
   * @param {boolean} pool.goesOn whether tasks that come later are taken all the same: the pool only rests in between
   * @param {() => void} pool.ended called at the end
   */
  constructor({ caller, native, host, goesOn, ended }) {
    this.#caller = caller;
    this.#native = native;
    this.#host = host;
    this.#goesOn = goesOn;
    this.#ended = ended;
  }

  /** Lets what is outstanding come to its end, and the workers leave. */
  begin() {
    const outstanding = this.#caller.outstanding.present();
    let leaving = null;
    // Those that came later need their workers still.
    const isNeeded = () => this.#goesOn && this.#caller.pending > 0;
    const haste = {
      late: false,
      hurry: () => {
        haste.late = true;
        const reason = new Error('The pool was shut down');
        if (this.#goesOn) outstanding.cancel(reason);
        else this.#caller.cancelAll(reason);
        if (!isNeeded()) leaving?.force();
      },
    };
    const drain = async () => {
      await (this.#goesOn ? outstanding.settled : this.#caller.outstanding.idle());
      if (!this.#goesOn) this.#native.close();
      // No worker is to be started for what was cancelled.
      this.#native.sweep();
      leaving = this.#host.dismiss();
      if (haste.late && isNeeded()) return;
      if (haste.late) leaving.force();
      await leaving.ended;
    };
    const closing = drain()
      .then(this.#ended)
      .finally(() => this.#underWay.delete(closing));
    this.#underWay.set(closing, haste);
    return closing;
  }

  /** After so many milliseconds, cancels what is left and waits for no worker any more. */
  hurry(closing, timeout) {
    const haste = this.#underWay.get(closing);
    if (haste === undefined) return;
    const timer = setTimeout(haste.hurry, timeout);
    const stop = () => clearTimeout(timer);
    closing.then(stop, stop);
  }
}

module.exports = { Closings };
