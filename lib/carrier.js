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

  /** A key for a value that stays with the sender, sent to everybody on first sight. */
  share(value, path) {
    const known = this.#keys.get(value);
    if (known !== undefined) return known;
    const key = this.#send({ value }, path, [], this.#post);
    this.#keys.set(value, key);
    this.#live.set(key, new WeakRef(value));
    this.#gone.register(value, key);
    return key;
  }

  /** Whether a key is one of this side's own. */
  owns(key) {
    return (key & 1) === this.#prefix;
  }

  /** The value that this side has shared under a key. */
  shared(key, path) {
    const value = this.#live.get(key)?.deref();
    if (value === undefined) throw new NotSerializableError(path, 'shared memory that its owner has let go of');
    return value;
  }

  /** A key for a value that is moved, or that is copied for one task: sent to one side alone. */
  send(value, path, transfer, post) {
    return this.#send({ value, once: true }, path, transfer, post);
  }

  #send(message, path, transfer, post) {
    const key = (this.#next++ << 1) | this.#prefix;
    try {
      post({ key, ...message }, transfer);
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
  /** @type {WeakMap<object, number>} what the other side knows by a key */
  #keys = new WeakMap();
  #once = new Map();

  /** @param {import('node:worker_threads').MessagePort} port */
  constructor(port) {
    this.#port = port;
  }

  /** What the other side told of before there was a port. */
  know(key, value) {
    this.#values.set(key, value);
    this.#keys.set(value, key);
  }

  /** By what key the other side knows a value, if it does. */
  keyOf(value) {
    return this.#keys.get(value);
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
    if (drop !== undefined) {
      this.#keys.delete(this.#values.get(drop));
      this.#values.delete(drop);
      this.#once.delete(drop);
    } else if (once) this.#once.set(key, value);
    else this.know(key, value);
    return true;
  }
}

module.exports = { Receiver, Sender, isShareable };
