'use strict';
// What only V8 can carry between isolates (shared memory, message ports, modules): it goes over a message port beside
// the queue, under a key that the payload mentions.

const { receiveMessageOnPort } = require('node:worker_threads');
const { NotSerializableError } = require('./errors.js');

/** Values that any number of isolates may hold: sent to each of them once, mentioned by key from then on. */
function isShareable(value) {
  return (
    value instanceof SharedArrayBuffer ||
    (typeof WebAssembly === 'object' && (value instanceof WebAssembly.Module || value instanceof WebAssembly.Memory)) ||
    false
  );
}

/** The sending half: on a caller for arguments, in a worker for results. */
class Sender {
  #prefix;
  #next = 1;
  /** @type {WeakMap<object, number>} */
  #keys = new WeakMap();
  /** @type {Map<number, WeakRef<object>>} */
  #live = new Map();
  #post;
  #gone;

  /**
   * @param {number} prefix 0 or 1, so that the two directions use different keys
   * @param {(message: object, transfer?: any[]) => void} post sends to every other side
   */
  constructor(prefix, post) {
    this.#prefix = prefix;
    this.#post = post;
    this.#gone = new FinalizationRegistry((key) => {
      this.#live.delete(key);
      this.#post({ drop: key });
    });
  }

  #key() {
    return (this.#next++ << 1) | this.#prefix;
  }

  /** A key for a value that stays with the sender, sent to everybody on first sight. */
  share(value) {
    const known = this.#keys.get(value);
    if (known !== undefined) return known;
    const key = this.#key();
    this.#post({ key, value });
    this.adopt(key, value);
    return key;
  }

  /** The value that this side has shared under a key. */
  shared(key) {
    return this.#live.get(key)?.deref();
  }

  /** Whether a key is one of this side's own. */
  owns(key) {
    return (key & 1) === this.#prefix;
  }

  /** Both sides know this value by this key. */
  adopt(key, value) {
    this.#keys.set(value, key);
    this.#live.set(key, new WeakRef(value));
    this.#gone.register(value, key);
  }

  /** A key for a value that is moved, or that is copied for one task: sent to one side alone. */
  send(value, path, transfer, post) {
    const key = this.#key();
    try {
      post({ key, value, once: true }, transfer);
    } catch (error) {
      throw new NotSerializableError(path, error instanceof Error ? error.message : String(error));
    }
    return key;
  }

  /** Everything that a side which has just been opened has to know. */
  *known() {
    for (const [key, reference] of this.#live) {
      const value = reference.deref();
      if (value !== undefined) yield { key, value };
    }
  }
}

/** The receiving half: looks into the port only when a payload mentions a key that it does not know. */
class Receiver {
  #port;
  #values = new Map();
  #once = new Map();
  #onShared;

  /**
   * @param {import('node:worker_threads').MessagePort} port
   * @param {(key: number, value: any) => void} [onShared] told of every shared value that arrives
   */
  constructor(port, onShared = () => {}) {
    this.#port = port;
    this.#onShared = onShared;
  }

  /** What the other side told of before there was a port. */
  know(key, value) {
    this.#values.set(key, value);
    this.#onShared(key, value);
  }

  take(key) {
    for (;;) {
      if (this.#once.has(key)) {
        const value = this.#once.get(key);
        this.#once.delete(key);
        return value;
      }
      if (this.#values.has(key)) return this.#values.get(key);
      if (!this.#receive()) throw new NotSerializableError('a value', 'did not arrive with its task');
    }
  }

  /** Takes in what waits, so that what was dropped does not stay here. */
  catchUp() {
    while (this.#receive());
  }

  #receive() {
    const received = receiveMessageOnPort(this.#port);
    if (received === undefined) return false;
    const { key, value, once, drop } = received.message;
    if (drop !== undefined) this.#values.delete(drop);
    else if (once) this.#once.set(key, value);
    else this.know(key, value);
    return true;
  }
}

module.exports = { Receiver, Sender, isShareable };
