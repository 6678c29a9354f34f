'use strict';
// What arrives for a caller: results and errors, each of which settles its task, and what tasks report on their way.

const { buffersOf } = require('./buffers.js');
const { HEADER, Outcome, REPORT, aligned } = require('./frame.js');
const { errorOf } = require('./settle.js');

const BOX = 64 * 1024;
/** An inbox that grew beyond this for one large result is given back after it. */
const LARGE_BOX = 1024 * 1024;

/** What draining gave where there are commands to obey first. */
const COMMANDS = -1;

class Arrivals {
  #native;
  #drain;
  #outstanding;
  #freight;
  #trace;
  #endings;
  #decoder;
  #inbox;
  #inboxWords;
  #inboxFloats;

  /**
   * @param {any} native the native caller
   * @param {() => number} drain brings what has arrived to the inbox
   * @param {import('./outstanding.js').Outstanding} outstanding
   * @param {import('./freight.js').Freight} freight
   * @param {import('./trace.js').Trace} trace
   * @param {object} endings what is to be done beside taking things in
   * @param {(slot: number, end: object, build: () => any) => void} endings.reject
   * @param {(slot: number, outcome: number, end: object, error: any) => void} endings.lose what a task has ended with cannot
   *   be taken in
   * @param {(slot: number, error: any) => boolean} endings.failListening a task's callback has thrown; false: there is
   *   nobody to tell any more
   * @param {() => void} endings.obey does what the scheduler asks for
   * @param {() => unknown} endings.deathCause why the pool was killed
   */
  constructor(native, drain, outstanding, freight, trace, endings) {
    this.#native = native;
    this.#drain = drain;
    this.#outstanding = outstanding;
    this.#freight = freight;
    this.#trace = trace;
    this.#endings = endings;
    this.#useInbox(BOX);
  }

  /** Before the first task. */
  open() {
    const { Decoder } = require('./codec');
    this.#decoder = new Decoder();
  }

  /** @returns {boolean} whether there was anything */
  drain() {
    let any = false;
    for (let size = this.#drain(); size !== 0; size = this.#drain()) {
      if (size > 0) {
        any = true;
        this.#takeIn(size);
      } else if (size === COMMANDS) this.#endings.obey();
      else this.#enlarge(-size);
    }
    if (this.#inbox.length > LARGE_BOX) this.#useInbox(BOX);
    this.#outstanding.lookAtAwaited();
    return any;
  }

  /** Takes in the frames in the inbox. */
  #takeIn(size) {
    const words = this.#inboxWords;
    const outstanding = this.#outstanding;
    const { resolves } = outstanding;
    const traced = this.#trace.wantsEnd;
    let received = null;
    let used = 0;
    for (let at = 0; at < size;) {
      const word = at >> 2;
      const slot = words[word];
      const outcome = words[word + 1];
      const start = at + HEADER;
      const end = start + words[word + 2];
      const count = words[word + 3];
      at = aligned(end);
      const resolve = resolves[slot];
      let buffers = null;
      try {
        if (count > 0) {
          received ??= buffersOf((allocate) => this.#native.received(allocate));
          buffers = received.slice(used, (used += count));
        }
        if (resolve === undefined) continue;
        if (outcome === Outcome.VALUE) {
          const value = this.#decodeResult(start, end, buffers, words[word + 4]);
          if (traced) this.#trace.end(this.#endOf(slot, word), value);
          resolve(value);
        } else if (outcome !== REPORT) this.#fail(slot, outcome, word, start, end, buffers);
        else {
          this.#tell(slot, word, start, end, buffers);
          continue;
        }
      } catch (error) {
        // A result that cannot be taken in (there is no memory for it, say) is the failure of its task alone.
        if (resolve === undefined) continue;
        if (outcome === REPORT) {
          this.#endings.failListening(slot, error);
          continue;
        }
        this.#endings.lose(slot, outcome, this.#endOf(slot, word), error);
      }
      outstanding.free(slot);
    }
  }

  /** For the next frame, which is larger than the inbox. Where there is no memory for it, its task fails, and no other. */
  #enlarge(size) {
    try {
      this.#useInbox(Math.ceil(size / 8) * 8);
    } catch (error) {
      const discarded = this.#native.discard();
      if (discarded === null) throw error;
      const { slot, outcome } = discarded;
      if (outcome === null) this.#endings.failListening(slot, error);
      else if (this.#outstanding.resolves[slot] !== undefined) {
        this.#endings.lose(slot, outcome, this.#outstanding.endOf(slot, 0, 0), error);
        this.#outstanding.free(slot);
      }
    }
  }

  /** The last byte tells whether something of the value came beside it. */
  #decodeResult(start, end, buffers, worker) {
    const bytes = this.#inbox;
    const last = end - 1;
    const beside = bytes[last];
    if (beside === 0) return this.#decoder.decode(bytes, start, last, buffers, null);
    const { end: payloadEnd, carried, copies } = this.#freight.take(beside, bytes, last, worker);
    return this.#decoder.decode(bytes, start, payloadEnd, copies ?? buffers, carried);
  }

  #fail(slot, outcome, word, start, end, buffers) {
    const known = this.#endOf(slot, word);
    let carried = null;
    if (outcome === Outcome.ERROR) {
      const beside = this.#inbox[--end];
      if (beside !== 0) ({ end, carried } = this.#freight.take(beside, this.#inbox, end, known.worker));
    }
    // The inbox is used again before the error is built.
    const bytes = this.#inbox.slice(start, end);
    const read = () => this.#decoder.decode(bytes, 0, bytes.length, buffers, carried);
    this.#endings.reject(slot, known, () => {
      if (outcome !== Outcome.ERROR) {
        if (outcome === Outcome.POOL_DIED) return errorOf(outcome, known, this.#endings.deathCause());
        return errorOf(outcome, known, bytes.length > 0 ? read() : undefined);
      }
      const error = read();
      if (error instanceof Error && typeof error.stack === 'string') {
        const stack = require('./capture/stack.js').remapStack(error.stack);
        Reflect.defineProperty(error, 'stack', { value: stack, writable: true, configurable: true });
      }
      return error;
    });
  }

  /** Hands on what a task has reported. */
  #tell(slot, word, start, end, buffers) {
    // The slot may have another task by now, for one that was cancelled.
    if (this.#inboxFloats[(word + 6) >> 1] !== this.#outstanding.ids[slot]) return;
    const listener = this.#outstanding.extras[slot]?.listener;
    const [percent, data] = this.#decoder.decode(this.#inbox, start, end, buffers, null);
    try {
      const { ids } = this.#outstanding;
      const id = ids[slot];
      listener?.tell([percent, data], (error) => ids[slot] === id && this.#endings.failListening(slot, error));
    } catch (error) {
      this.#endings.failListening(slot, error);
    }
  }

  /** What is known of the task whose frame begins at a word. */
  #endOf(slot, word) {
    return this.#outstanding.endOf(slot, this.#inboxWords[word + 4], this.#inboxFloats[(word + 6) >> 1]);
  }

  #useInbox(size) {
    this.#inbox = new Uint8Array(size);
    this.#inboxWords = new Int32Array(this.#inbox.buffer);
    this.#inboxFloats = new Float64Array(this.#inbox.buffer);
    this.#native.setInbox(this.#inbox);
  }
}

module.exports = { Arrivals };
