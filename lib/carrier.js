'use strict';
// What only V8 can carry between isolates (shared memory, message ports, modules): it goes over a message port beside
// the queue, under a key that the payload mentions.

const { receiveMessageOnPort } = require('node:worker_threads');
const { NotSerializableError } = require('./errors.js');

/** Values that any number of isolates may hold: sent to each of them once, mentioned by key from then on. */
function isShareable(value) {
  return (
    value instanceof SharedArrayBuffer ||
    (typeof WebAssembly === 'object' && (value instanceof WebAssembly.Module || value instanceof WebAssembly.Memory))
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
    const key = this.#nextKey();
    this.#send(key, { key, value }, path, [], this.#post);
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

  /** A key for a value that is moved, or that is copied for one task: sent to one side alone, as a pair. */
  send(value, path, transfer, post) {
    const key = this.#nextKey();
    return this.#send(key, [key, value], path, transfer, post);
  }

  #nextKey() {
    return ((this.#next++ << 1) | this.#prefix) >>> 0;
  }

  #send(key, message, path, transfer, post) {
    try {
      post(message, transfer);
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

/** The receiving half, in a worker: looks into the port only when a payload mentions a key that it does not know. */
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
    if (this.#once.has(key)) {
      const value = this.#once.get(key);
      this.#once.delete(key);
      return value;
    }
    while (!this.#values.has(key)) {
      const received = receiveMessageOnPort(this.#port);
      if (received === undefined) throw new NotSerializableError('a value', 'did not arrive with its task');
      const { message } = received;
      if (Array.isArray(message) && message[0] === key) return message[1];
      this.#keep(message);
    }
    return this.#values.get(key);
  }

  /** Takes in what waits, so that what was dropped does not stay here. */
  catchUp() {
    for (let received = receiveMessageOnPort(this.#port); received; received = receiveMessageOnPort(this.#port)) {
      this.#keep(received.message);
    }
  }

  #keep(message) {
    if (Array.isArray(message)) {
      this.#once.set(message[0], message[1]);
      return;
    }
    const { key, value, drop } = message;
    if (drop === undefined) {
      this.know(key, value);
      return;
    }
    this.#keys.delete(this.#values.get(drop));
    this.#values.delete(drop);
    this.#once.delete(drop);
  }
}

module.exports = { Receiver, Sender, isShareable };
