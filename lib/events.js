'use strict';
// The events of a pool: who listens to them, and how they are told.

const EventEmitter = require('node:events');
const { InvalidArgumentError } = require('./errors.js');

/** As it was before a test could replace it. */
const { nextTick } = process;

/** What is told, and the emitter's own two. */
const EVENTS = ['drain', 'error', 'memory', 'workerStart', 'workerExit', 'newListener', 'removeListener'];

/** What adds a listener: nobody would ever call one for an event that there is not. */
const ADDING = ['on', 'once', 'addListener'];

/** What a pool has of an EventEmitter; only the pool itself emits. */
const METHODS = ['on', 'once', 'off', 'addListener', 'removeListener', 'removeAllListeners'];

function unknownEvent(where, event) {
  const { nearest, show } = require('./options/refuse.js');
  const meant = typeof event === 'string' ? nearest(event, EVENTS) : undefined;
  const hint = meant === undefined ? '' : ` (did you mean '${meant}'?)`;
  return new InvalidArgumentError(
    `${where}(): there is no event ${show(event)}${hint}. There are: ${EVENTS.join(', ')}`,
  );
}

class Events {
  #emitter = new EventEmitter();
  #followers = [];
  /** @type {((event: string, value: any) => void) | null} */
  #observe = null;

  /** Gives `pool` the methods of an emitter, bound; they return what they were called on, for the next call. */
  give(pool) {
    const emitter = this.#emitter;
    const changed = () => this.#changed();
    for (const name of METHODS) {
      pool[name] = function (...args) {
        if (ADDING.includes(name) && !EVENTS.includes(args[0])) throw unknownEvent(name, args[0]);
        emitter[name](...args);
        changed();
        return this;
      };
    }
    pool.listenerCount = (event) => emitter.listenerCount(event);
  }

  has(event) {
    return this.#emitter.listenerCount(event) > 0;
  }

  /**
   * Tells whoever listens. Nobody has to, not even to 'error'. A listener that throws throws here: whoever tells has
   * done everything else before.
   */
  tell(event, value) {
    this.#observe?.(event, value);
    if (!this.has(event)) return;
    // Those that listen once have been told.
    nextTick(() => this.#changed());
    this.#emitter.emit(event, value);
  }

  /** Calls `observe` at every event, before those who listen; null ends it. */
  observe(observe) {
    this.#observe = observe;
  }

  /** Calls `look`, with whether anybody listens to `event`, whenever that may have changed. */
  follow(event, look) {
    this.#followers.push(() => look(this.has(event)));
  }

  #changed() {
    for (const look of this.#followers) look();
  }
}

module.exports = { Events };
