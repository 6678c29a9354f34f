'use strict';
// What a caller and its workers send each other beside the queue, because only V8 can carry it.

const { Sender, isShareable } = require('./carrier.js');
const { InvalidOptionError, NotSerializableError } = require('./errors.js');
const { Beside } = require('./frame.js');
const { Influx } = require('./garbage.js');
const { readKeys, readWord, writeKeys } = require('./keys.js');
const { LaneReceiver } = require('./lanes.js');
const { show } = require('./options/refuse.js');

/** What is to be moved and stands nowhere in the arguments would stay, without a word. */
function refuseUnused(transfer, carried) {
  for (const object of transfer) {
    if (carried !== null && carried.includes(object)) continue;
    throw new InvalidOptionError(
      `option 'transfer' names an object that is not among the arguments, ${show(object)}: only those are moved, and no captured variables`,
      'transfer',
    );
  }
}

class Freight {
  #host;
  #served;
  #leastBusy;
  #sender;
  /** By worker. */
  #receivers = new Map();
  #influx = new Influx();

  /**
   * @param {{ served: () => boolean, leastBusy: () => number }} calls of the native caller
   * @param {import('./host.js').Host} host
   */
  constructor({ served, leastBusy }, host) {
    this.#served = served;
    this.#leastBusy = leastBusy;
    this.#host = host;
    this.#sender = new Sender(0, (message) => host.post(message));
  }

  /** Whether all workers that there are were started by this isolate, so that V8 carries values to them. */
  isServed() {
    return this.#served();
  }

  /** What a worker that has just been started has to know. */
  get known() {
    return this.#sender.known();
  }

  /** A worker's port, for what its results carry. */
  listen(worker, port) {
    this.#receivers.set(worker, new LaneReceiver(port));
  }

  unlisten(worker) {
    this.#receivers.get(worker)?.close();
    this.#receivers.delete(worker);
  }

  /**
   * Sends what a function holds to all workers, whichever will build it, and writes its keys. None of it is moved, and what
   * V8 copies does not change.
   */
  share(carried, encoder, path) {
    this.#refuseUnserved(path);
    writeKeys(
      encoder,
      carried.map((value) => this.#sender.share(value, path)),
    );
  }

  #refuseUnserved(path) {
    if (this.#served()) return;
    throw new NotSerializableError(
      path,
      'shared memory and what is transferred can be sent only by the thread that started the workers',
    );
  }

  /** Sends what an encoded value mentions, and writes its keys; what is moved binds the task to one worker. */
  send(carried, encoder, transfer = []) {
    this.#refuseUnserved('args');
    const keys = [];
    const sent = { to: 0, keys: [] };
    for (const value of carried) {
      if (isShareable(value)) {
        keys.push(this.#sender.share(value, 'args'));
        continue;
      }
      sent.to ||= this.#addressee();
      const list = transfer.includes(value) ? [value] : [];
      try {
        sent.keys.push(
          this.#sender.send(value, 'args', list, (message, move) => this.#host.post(message, move, sent.to)),
        );
      } catch (error) {
        this.takeBack(sent);
        throw error;
      }
      keys.push(sent.keys.at(-1));
    }
    writeKeys(encoder, keys);
    return sent;
  }

  /** What was sent ahead for a task that never takes it. */
  takeBack(sent) {
    if (!sent) return;
    for (const drop of sent.keys) this.#host.post({ drop }, undefined, sent.to);
  }

  /**
   * What came beside a result.
   *
   * @param {number} beside what there is, as its last byte says
   * @param {Uint8Array} bytes
   * @param {number} end where the keys end, before that byte
   * @param {number} worker
   * @returns {{ end: number, carried: any[] | null, copies: any[] | null }} where the value itself ends, what V8 carries of
   *   it, and copies of its large buffers
   */
  take(beside, bytes, end, worker) {
    const receiver = this.#receivers.get(worker);
    if (receiver === undefined) throw new NotSerializableError('result', 'came from a worker that has ended');
    let key = 0;
    let carried = null;
    if ((beside & Beside.BUFFERS) !== 0) key = readWord(bytes, (end -= 4));
    if ((beside & Beside.CARRIED) !== 0) {
      const [keys, start] = readKeys(bytes, end);
      carried = keys.map((each) =>
        this.#sender.owns(each) ? this.#sender.shared(each, 'result') : receiver.take(each),
      );
      end = start;
    }
    if (key === 0) return { end, carried, copies: null };
    // They were sent after what is carried, and are taken after it.
    const copies = receiver.take(key);
    this.#influx.add(copies);
    return { end, carried, copies };
  }

  /** A worker to address a task to: one of those that serve and will go on serving, else one that starts now. */
  #addressee() {
    const worker = this.#leastBusy();
    if (worker !== 0) return worker;
    this.#host.staff(true);
    return this.#leastBusy();
  }
}

module.exports = { Freight, refuseUnused };
