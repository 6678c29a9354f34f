'use strict';
// What a worker gives back: the results of its tasks, encoded into a box that the scheduler reads, and what goes beside it.

const { isArrayBuffer } = require('node:util/types');
const { copiesOf } = require('./buffers.js');
const { classRef } = require('./capture/rebuild.js');
const { Sender } = require('./carrier.js');
const { Encoder } = require('./codec');
const { NotSerializableError } = require('./errors.js');
const { Beside, HEADER, NO_LEASE, Outcome } = require('./frame.js');
const { writeKeys, writeWord } = require('./keys.js');
const { LaneSender } = require('./lanes.js');

const BOX = 64 * 1024;
/** A box that grew beyond this for one large value is given back after it. */
const LARGE_BOX = 1024 * 1024;

/** Bytes: from here on moving a copy costs less than copying twice. */
const MOVED = 128 * 1024;
/** Bytes: what a result of this size leaves behind is not to wait until there is more of it. */
const LITTER = 16 * 1024 * 1024;

class Outbox {
  #native;
  #receiver;
  #host;
  #lanes;
  #sender;
  #encoder = new Encoder(BOX, { classRef });
  #words;
  /** Whether a large result has left garbage. */
  #littered = false;
  #postHome = (pair, transfer) => this.#lanes.post(pair, transfer);

  /**
   * @param {any} native the native worker
   * @param {import('./carrier.js').Receiver} receiver what the caller at home has sent
   * @param {import('node:worker_threads').MessagePort} port leads there
   * @param {number} host that caller's number
   */
  constructor(native, receiver, port, host) {
    this.#native = native;
    this.#receiver = receiver;
    this.#host = host;
    this.#lanes = new LaneSender(port);
    this.#sender = new Sender(1, (message) => port.postMessage(message));
    this.#encoder.onGrow = (bytes) => this.#use(bytes);
    this.#use(this.#encoder.bytes);
  }

  /** Whether there is something in it that has not been read. */
  get isFull() {
    return this.#words[0] !== NO_LEASE;
  }

  /** What was in it has been read. */
  empty() {
    this.#words[0] = NO_LEASE;
  }

  /** There is time: gives back what large results have taken. */
  tidy() {
    if (this.#encoder.bytes.length > LARGE_BOX) {
      this.#encoder.setBytes(Buffer.from(new ArrayBuffer(BOX)));
      this.#use(this.#encoder.bytes);
      this.#littered = true;
    }
    if (!this.#littered) return;
    this.#littered = false;
    require('./garbage.js').sweep();
  }

  /** Puts a result into the outbox. What cannot cross is the task's error. */
  write(lease, outcome, value, flags, taken) {
    const encoder = this.#encoder;
    let beside = 0;
    let keys = null;
    let copies = 0;
    try {
      if (outcome === Outcome.VALUE) this.#encode(value, 'result', movedOf(taken));
      else this.#encode(value, 'error', movedOf(taken), flags >>> 16 === this.#host);
      if (encoder.carried !== null && encoder.carried.length > 0)
        keys = this.#carry(lease, encoder.carried, flags, taken);
      if (encoder.buffers !== null && outcome === Outcome.VALUE && this.#movesCopies(lease, encoder.buffers, flags)) {
        copies = this.#moveCopies(encoder);
      }
    } catch (error) {
      outcome = Outcome.ERROR;
      keys = null;
      this.#encodeError(error, value);
    }
    if (keys !== null) {
      beside |= Beside.CARRIED;
      writeKeys(encoder, keys);
    }
    if (copies !== 0) {
      beside |= Beside.BUFFERS;
      encoder.reserve(4);
      writeWord(encoder.bytes, encoder.position, copies);
      encoder.position += 4;
    }
    encoder.reserve(1);
    encoder.bytes[encoder.position++] = beside;
    const words = this.#words;
    words[0] = lease;
    words[1] = outcome;
    words[2] = encoder.position - HEADER;
    words[3] = flags;
    const { buffers } = encoder;
    if (buffers !== null && buffers.length > 0) {
      try {
        this.#native.finishWith(buffers);
      } catch (error) {
        // There is no memory for them.
        encoder.buffers = null;
        return this.write(lease, Outcome.ERROR, new NotSerializableError('result', error.message), flags, null);
      }
      words[0] = NO_LEASE;
      // They are the task's own, and may be garbage from here on.
      encoder.buffers = null;
    }
  }

  /** There is no memory for a copy of what is in it, which becomes the task's error. */
  refuse() {
    const [lease, , , flags] = this.#words;
    const error = new NotSerializableError('result', 'there is no memory for a copy of it');
    this.write(lease, Outcome.ERROR, error, flags, null);
  }

  /** Whether the large parts of a result are copied once, here, and moved, rather than copied into and out of the engine. */
  #movesCopies(lease, buffers, flags) {
    if (flags >>> 16 !== this.#host) return false;
    let size = 0;
    for (const { length } of buffers) size += length;
    if (size >= LITTER) this.#littered = true;
    // What nobody would ever take must not go to the port.
    return size >= MOVED && !this.#native.isSettled(lease);
  }

  #moveCopies(encoder) {
    const copies = copiesOf(encoder.buffers);
    encoder.buffers = null;
    return this.#sender.send(copies, 'result', copies, this.#postHome);
  }

  /** Where nothing is carried, an error is without what would have to be. */
  #encode(value, path, moved = null, carries = true) {
    this.#encoder.reset();
    this.#encoder.carries = carries;
    this.#encoder.transfer = moved;
    this.#encoder.position = HEADER;
    this.#encoder.encode(value, path);
  }

  /** The value could not be encoded. Should even the reason be beyond encoding, its message is not. */
  #encodeError(error, value) {
    try {
      this.#encode(error, 'error');
    } catch {
      this.#encode(new NotSerializableError('error', describe(value, error)), 'error');
    }
  }

  #carry(lease, values, flags, taken) {
    if (flags >>> 16 !== this.#host) {
      throw new NotSerializableError('result', 'shared memory can be sent only to the thread that started the workers');
    }
    // Nobody would ever take it.
    if (this.#native.isSettled(lease)) return null;
    return values.map((value) => {
      const came = taken !== null && taken.includes(value);
      // The caller holds on to what came with the task; of what came with others it may have let go meanwhile, and then
      // knows it by its key no longer.
      if (!came) this.#receiver.catchUp();
      const list = came && isArrayBuffer(value) ? [value] : [];
      return this.#receiver.keyOf(value) ?? this.#sender.send(value, 'result', list, this.#postHome);
    });
  }

  #use(bytes) {
    this.#native.setOutbox(bytes);
    this.#words = this.#encoder.i32;
    this.empty();
  }
}

/** What has been thrown, or why it cannot cross; either may throw where it is looked at. */
function describe(value, error) {
  try {
    return value instanceof Error ? `${value.name}: ${value.message}` : String(error);
  } catch {
    return 'what was thrown cannot be described';
  }
}

/** The memory among the values that came with a task: it was moved here. */
function movedOf(taken) {
  const moved = taken === null ? null : taken.filter(isArrayBuffer);
  return moved === null || moved.length === 0 ? null : new Set(moved);
}

module.exports = { Outbox };
