'use strict';
// The way home of what a worker's results carry beside the queue: a few message ports that take turns. A port is locked
// by the side that posts as by the side that looks, and a caller looks just while its worker posts the next value: with
// one port for all of them they would wait for each other at every other result.

const { MessageChannel, receiveMessageOnPort } = require('node:worker_threads');
const { NotSerializableError } = require('./errors.js');

/** More of them gained nothing; with two a third of the gain is left. */
const LANES = 4;

/** Which of the ports a key's value goes through: keys of one side go up by two. */
const laneOf = (key) => (key >>> 1) % LANES;

/** In a worker. Most workers never need them, so they are made for the first value and sent ahead of it. */
class LaneSender {
  #port;
  /** @type {import('node:worker_threads').MessagePort[] | null} */
  #lanes = null;

  /** @param {import('node:worker_threads').MessagePort} port leads to the caller */
  constructor(port) {
    this.#port = port;
  }

  /** @param {[number, any]} pair a key and its value @param {any[]} transfer */
  post(pair, transfer) {
    this.#lanes ??= this.#open();
    this.#lanes[laneOf(pair[0])].postMessage(pair, transfer);
  }

  #open() {
    const channels = Array.from({ length: LANES }, () => new MessageChannel());
    const theirs = channels.map(({ port1 }) => port1);
    this.#port.postMessage(theirs, theirs);
    return channels.map(({ port2 }) => port2);
  }
}

/** On a caller, one for each worker. */
class LaneReceiver {
  #port;
  /** @type {import('node:worker_threads').MessagePort[] | null} */
  #lanes = null;

  /** @param {import('node:worker_threads').MessagePort} port leads to the worker */
  constructor(port) {
    this.#port = port;
  }

  /**
   * What was sent under a key. Values are taken in the order in which they were sent: one that is passed over was for a
   * task that had ended, and is not kept.
   *
   * @param {number} key
   */
  take(key) {
    this.#lanes ??= receiveMessageOnPort(this.#port)?.message ?? null;
    const lane = this.#lanes?.[laneOf(key)];
    for (let received = lane && receiveMessageOnPort(lane); received; received = receiveMessageOnPort(lane)) {
      const [theirs, value] = received.message;
      if (theirs === key) return value;
    }
    throw new NotSerializableError('a value', 'did not arrive with its task');
  }

  close() {
    for (const lane of this.#lanes ?? []) lane.close();
  }
}

module.exports = { LaneReceiver, LaneSender };
