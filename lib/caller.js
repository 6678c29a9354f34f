'use strict';
// The caller's side of the engine: encodes a call, submits it, and settles its promise when the outcome arrives.

// Not the globals, which tests replace by timers of their own.
const { setImmediate } = require('node:timers');
const { buffersOf } = require('./buffers.js');
const { Sender, isShareable } = require('./carrier.js');
const { comesAfter, needsControl, writeControl } = require('./control.js');
const {
  AbortError,
  DependencyError,
  InvalidOptionError,
  NotSerializableError,
  PoolClosedError,
} = require('./errors.js');
const { Failures } = require('./failures.js');
const { Beside, Flag, HEADER, Outcome, REPORT, aligned } = require('./frame.js');
const { Functions, capture } = require('./functions.js');
const { LaneReceiver } = require('./lanes.js');
const { Levels } = require('./levels.js');
const { readKeys, readWord, writeKeys, writeWord } = require('./keys.js');
const native = require('./native.js');
const { show } = require('./options/refuse.js');
const { Listener } = require('./listener.js');
const { encodeReason } = require('./reason.js');
const { errorOf, reject } = require('./settle.js');
const { Signals } = require('./signals.js');
const { Tally } = require('./tally.js');
const { Trace } = require('./trace.js');

const BOX = 64 * 1024;
/** An inbox that grew beyond this for one large result is given back after it. */
const LARGE_BOX = 1024 * 1024;

/** How many slots there are at first, and again when a burst is over. */
const SLOTS = 1024;
/** A table of more slots than this is made small again when a burst is over. */
const LARGE_TABLE = 2 ** 17;
/** A slot is looked for under so many ids in a row before there are made more of them. */
const PROBES = 8;

/** Turns of the event loop, each about a microsecond, that a caller waits for the next outcome before it sleeps. */
const PATIENCE = 32;

/** One that has lost its patience tries again after so many wake-ups: tasks may have become shorter. */
const RETRY_AFTER = 16;

/** Until the codec is loaded. */
const noOutbox = new Uint8Array(0);

const COMMANDS = -1;
/** A command: the pool's memory has become scarce. */
const SCARCE = -2;

const WANTS_WORKERS = 1;
const CLOSED = 2;
const NO_SUCH_WORKER = 3;

/** A promise whose rejection is told by what follows it. */
function handled(promise) {
  promise.catch(() => {});
  return promise;
}

/** A task that waits for others is bound to no worker: that one may be gone by the time. */
function refuseToBind(carried) {
  const moved = carried.find((value) => !isShareable(value));
  if (moved === undefined) return;
  throw new InvalidOptionError(
    `option 'after' cannot be combined with an argument that goes to one worker alone, a ${moved.constructor?.name}: let the task make or load it`,
    'after',
  );
}

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

/** What new Promise() hands to its executor, for the one line after it. */
let resolveNow;
const executor = (resolve) => {
  resolveNow = resolve;
};

/**
 * @typedef {object} Extras what only some tasks have
 * @property {AbortSignal} [signal]
 * @property {boolean} [cancellable]
 * @property {string} [name]
 * @property {number} [timeout]
 * @property {number} [attempt]
 * @property {import('./listener.js').Listener} [listener] of the task's progress
 * @property {{ to: number, keys: number[] } | null} [sent] what went to a worker ahead of the task, for it alone
 * @property {any} [keep] what must not be collected before the worker has seen it
 */

class Caller {
  #native;
  #submitNow;
  #drainNow;
  #attendNow;
  #restNow;
  #servedNow;
  #leastBusyNow;
  #encoder;
  #decoder;
  #inbox = new Uint8Array(BOX);
  #inboxWords = new Int32Array(this.#inbox.buffer);
  #inboxFloats = new Float64Array(this.#inbox.buffer);
  #outboxWords;
  #outboxFloats;

  // By slot. A task's slot is the low bits of its id, so that ids go up one by one and are found without a table.
  #mask = SLOTS - 1;
  #lastId = 0;
  #resolves = new Array(SLOTS).fill(undefined);
  #ids = new Array(SLOTS).fill(0);
  #shipped = new Array(SLOTS).fill(undefined);
  /** @type {(Extras | undefined)[]} */
  #extras = new Array(SLOTS).fill(undefined);

  #failures = new Failures();
  /** What the addon holds of this one, which would hold it for ever: nothing any more once it is closed. */
  #woken = { caller: /** @type {Caller | null} */ (this) };
  /** How many tasks are outstanding. */
  #pending = 0;
  /** The errors that its tasks ended with. */
  tally = new Tally();
  /** Who wants to know of single tasks. */
  trace = new Trace();
  /** Who wants to know when less is outstanding. */
  levels = new Levels();
  /** Whether the next turns of the event loop look for what has arrived. */
  #attending = false;
  #turns = 0;
  #wakes = 0;
  /** How many turns in vain are worth it. */
  #patience = PATIENCE;
  #whenIdle = [];
  /** What is under way beside single tasks: how each is ended from outside, and the promise of its end. */
  #activities = new Set();
  /** Who waits until all that was outstanding at some moment has settled. */
  #awaited = [];
  #signals = new Signals((slots, reason) => this.#cancelSlots(slots, reason));
  #cancel;
  #host;
  #sender;
  #receivers = new Map();
  #stamp;
  #deathCause;
  /** The classes that the function whose error is being decoded has captured. */
  #classes = null;
  /** @type {Functions} */
  functions;

  /**
   * @param {any} pool the native pool
   * @param {import('./host.js').Host} host starts and ends worker threads
   * @param {() => unknown} deathCause why the pool was killed
   */
  constructor(pool, host, deathCause) {
    this.#host = host;
    this.#deathCause = deathCause;
    this.#native = new native.Caller(pool, noOutbox, this.#inbox, Caller.#waking(this.#woken), host.mayStart);
    const { submit, drain, attend, rest, served, leastBusy } = this.#native.calls();
    this.#submitNow = submit;
    this.#drainNow = drain;
    this.#attendNow = attend;
    this.#restNow = rest;
    this.#servedNow = served;
    this.#leastBusyNow = leastBusy;
    this.#sender = new Sender(0, (message) => host.post(message));
    this.#stamp = this.#native.id << 16;
    this.functions = new Functions(this.#native, (plan, path) => this.#encodePlan(plan, path));
    const caller = this;
    /** @this {import('../index.js').Task<any>} */
    this.#cancel = function cancel(reason) {
      return caller.cancel(this.id, reason);
    };
  }

  /** Before the first task. Apart from the constructor, because the first worker can start before the codec is loaded. */
  open() {
    const { Decoder, Encoder } = require('./codec');
    this.#encoder = new Encoder(BOX, { function: (fn, path) => this.#nested(fn, path) });
    this.#decoder = new Decoder({ errorClass: (reference) => this.#classes?.get(reference) });
    this.#encoder.onGrow = (bytes) => this.#useOutbox(bytes);
    this.#useOutbox(this.#encoder.bytes);
  }

  /** Made where there is nothing else that it could hold. */
  static #waking(woken) {
    return () => {
      if (woken.caller !== null) woken.caller.#wake();
    };
  }

  get native() {
    return this.#native;
  }

  /** Whether all workers that there are were started by this isolate, so that V8 carries values to them. */
  isServed() {
    return this.#servedNow();
  }

  /** How many tasks are outstanding. */
  get pending() {
    return this.#pending;
  }

  /** How many tasks it has submitted, and how many have ended in each way, in the order of `Outcome`. */
  counts() {
    return this.#native.counts();
  }

  /** What a worker that has just been started has to know. */
  get carried() {
    return this.#sender.known();
  }

  /** A worker's port, for what its results carry. */
  listen(worker, port) {
    this.#receivers.set(worker, new LaneReceiver(port));
  }

  unlisten(worker) {
    // What its last tasks gave may lie in its port, and be told of here only now.
    this.#drain();
    this.#receivers.get(worker)?.close();
    this.#receivers.delete(worker);
  }

  /**
   * Somebody will submit more tasks as others end: until `leave()`, something is outstanding. `left` rejects where it is
   * not to go on.
   */
  enter() {
    if (this.#pending === 0 && this.#activities.size === 0) this.#hold(true);
    const activity = { end: null, done: null };
    const left = /** @type {Promise<never>} */ (new Promise((_, reject) => (activity.end = reject)));
    left.catch(() => {});
    let finish;
    activity.done = new Promise((resolve) => (finish = resolve));
    this.#activities.add(activity);
    const leave = () => {
      this.#activities.delete(activity);
      finish();
      this.#restIfIdle();
    };
    return { left, leave };
  }

  /** Ends what is under way beside single tasks. */
  leave(error) {
    for (const { end } of this.#activities) end(error);
  }

  /** Resolves when nothing is outstanding. */
  idle() {
    if (this.#pending === 0 && this.#activities.size === 0) return Promise.resolve();
    return new Promise((resolve) => this.#whenIdle.push(resolve));
  }

  /** What is outstanding now, whatever comes later: the promise of its end, and how it is cancelled. */
  outstanding() {
    const ids = this.#ids.filter((_, slot) => this.#resolves[slot] !== undefined);
    const activities = [...this.#activities];
    const settled = [new Promise((resolve) => this.#awaited.push({ ids: [...ids], resolve }))];
    for (const { done } of activities) settled.push(done);
    this.#lookAtAwaited();
    const cancel = (reason) => {
      this.#cancelSlots(
        ids.map((id) => this.#slotOf(id)).filter((slot) => slot !== -1),
        reason,
      );
      for (const { end } of activities) end(new AbortError(reason));
    };
    return { settled: Promise.all(settled), cancel };
  }

  #lookAtAwaited() {
    this.#awaited = this.#awaited.filter(({ ids, resolve }) => {
      while (ids.length > 0 && this.#slotOf(ids.at(-1)) === -1) ids.pop();
      if (ids.length === 0) resolve();
      return ids.length > 0;
    });
  }

  /**
   * Submits one task.
   *
   * @param {import('./functions.js').Shipped} shipped
   * @param {any[]} args
   * @param {any} options validated
   * @param {number} attempt
   */
  submit(shipped, args, options, attempt) {
    const encoder = this.#encoder;
    let flags = this.#stamp;
    let timeout = 0;
    let number = shipped.number;
    let keep = shipped.carried === null ? undefined : shipped;
    let to = 0;
    let sent = null;
    let start = HEADER;
    let waits = null;
    encoder.reset();
    encoder.position = HEADER;
    if (shipped.once) flags |= Flag.EPHEMERAL;
    if (options !== undefined || attempt > 1) {
      const { signal, name = shipped.name, timeout: limit = 0, transfer } = options ?? {};
      if (signal?.aborted && options.cancellable !== false) return this.refuse(new AbortError(signal.reason));
      if (limit !== Infinity) timeout = limit;
      if (options !== undefined && needsControl(options)) {
        flags |= options.onProgress === undefined ? Flag.CONTROL : Flag.CONTROL | Flag.PROGRESS;
        start = writeControl(encoder, options);
        if (comesAfter(options)) {
          flags |= Flag.AFTER;
          waits = this.#waitsFor(options);
        }
      }
      if (name !== shipped.name || attempt > 1) {
        flags |= Flag.META;
        encoder.position += 4;
        encoder.encode([name, attempt], 'name');
        // Where it ends in the worker's inbox, in which no control block stands.
        encoder.i32[start >> 2] = encoder.position - (start - HEADER);
        if (name !== shipped.name) number = this.functions.named(shipped, name);
      }
      if (options?.context !== undefined && options.context.length > 0) {
        flags |= Flag.CONTEXT;
        this.#encodeContext(options.context, start - HEADER);
      }
      // What is moved are the arguments: a store keeps what it has.
      if (transfer !== undefined && transfer.length > 0) encoder.transfer = new Set(transfer);
    }
    encoder.encodeArgs(args);
    const carried = encoder.carried;
    if (encoder.transfer !== null) refuseUnused(encoder.transfer, carried);
    if (carried !== null && carried.length > 0) {
      if (waits !== null) refuseToBind(carried);
      flags |= Flag.CARRIED;
      sent = this.#carry(carried, encoder, options?.transfer);
      to = sent.to;
      keep = carried;
    }
    const length = encoder.position - start;
    if (to !== 0) {
      flags |= Flag.ADDRESSED;
      encoder.reserve(4);
      writeWord(encoder.bytes, encoder.position, to);
    }
    const slot = this.#takeSlot();
    const words = this.#outboxWords;
    const floats = this.#outboxFloats;
    const id = this.#ids[slot];
    words[0] = slot;
    words[1] = number;
    words[2] = length;
    words[3] = flags;
    floats[2] = id;
    floats[3] = timeout;

    const buffers = encoder.buffers;
    const status = buffers !== null && buffers.length > 0 ? this.#native.submitWith(buffers) : this.#submitNow();
    // They are the caller's own, who may have let go of them before the next task comes.
    if (buffers !== null) encoder.buffers = null;
    if (status >= CLOSED) this.#refused(slot, status, sent);

    const promise = /** @type {any} */ (new Promise(executor));
    promise.id = id;
    promise.cancel = this.#cancel;
    this.#resolves[slot] = resolveNow;
    // It would keep this promise, and with it the pool.
    resolveNow = undefined;
    this.#shipped[slot] = shipped;
    if (options !== undefined || keep !== undefined || attempt > 1) {
      this.#addExtras(slot, options, keep, sent, attempt);
    }
    if (this.#pending++ === 0 && this.#activities.size === 0) this.#hold(true);
    if (status === WANTS_WORKERS) this.#host.staff();
    if (waits !== null) this.#keepBack(id, waits);
    if (this.trace.wantsStart) this.trace.start(id, options?.name ?? shipped.name, attempt);
    if (!this.#attending && this.#patience > 0) this.#attend();
    return promise;
  }

  /**
   * Cancels a task.
   *
   * @param {number} id
   * @param {unknown} reason
   * @param {boolean} [waitingOnly] leave it where it has started
   * @returns {boolean} false: it had ended, or cannot be cancelled
   */
  cancel(id, reason, waitingOnly = false) {
    const slot = this.#slotOf(id);
    if (slot === -1) return false;
    if (this.#extras[slot]?.cancellable === false) return false;
    return this.#cancelSlot(slot, reason, waitingOnly);
  }

  /** Cancels everything that is outstanding. */
  cancelAll(reason) {
    const slots = [];
    for (let slot = 0; slot < this.#resolves.length; slot++) if (this.#resolves[slot] !== undefined) slots.push(slot);
    this.#cancelSlots(slots, reason);
    this.leave(new AbortError(reason));
  }

  close() {
    this.#native.close();
    this.#woken.caller = null;
  }

  /** Something has arrived. Called by the addon, outside any JavaScript. */
  #wake() {
    // While it looks for outcomes by itself, a wake-up can only be about commands.
    if (this.#attending) {
      this.#obey();
      return;
    }
    if (++this.#wakes % RETRY_AFTER === 0) this.#patience = PATIENCE;
    do this.#drain();
    while (!this.#restNow());
    this.#obey();
  }

  /** Looks at every turn of the event loop for what arrives, instead of being woken for it. */
  #attend() {
    this.#attending = true;
    this.#turns = 0;
    this.#attendNow();
    setImmediate(this.#turn);
  }

  #turn = () => {
    if (this.#drain()) {
      this.#turns = 0;
      this.#patience = PATIENCE;
    } else if (++this.#turns >= this.#patience) {
      // What is under way takes longer than it is worth waiting for: wait less the next time.
      this.#patience >>= 1;
      this.#leave();
      return;
    }
    if (this.#pending === 0) this.#leave();
    else setImmediate(this.#turn);
  };

  #leave() {
    this.#attending = false;
    while (!this.#restNow()) this.#drain();
    this.#obey();
  }

  /** @returns {boolean} whether anything had arrived */
  #drain() {
    let any = false;
    for (let size = this.#drainNow(); size !== 0; size = this.#drainNow()) {
      if (size > 0) {
        any = true;
        this.#settleFrames(size);
      } else if (size === COMMANDS) this.#obey();
      else this.#useInbox(aligned(-size));
    }
    if (this.#inbox.length > LARGE_BOX) this.#useInbox(BOX);
    if (this.#awaited.length > 0) this.#lookAtAwaited();
    return any;
  }

  /** Does what the scheduler asks of this isolate. */
  #obey() {
    for (let command = this.#native.command(); command !== 0; command = this.#native.command()) {
      if (command === SCARCE) this.#host.tellMemory();
      if (command > 0) this.#host.terminate(command);
      this.#host.staffIfNeeded();
    }
  }

  #settleFrames(size) {
    const words = this.#inboxWords;
    const traced = this.trace.wantsEnd;
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
      const resolve = this.#resolves[slot];
      let buffers = null;
      try {
        if (count > 0) {
          received ??= buffersOf((allocate) => this.#native.received(allocate));
          buffers = received.slice(used, (used += count));
        }
        if (resolve === undefined) continue;
        if (outcome === Outcome.VALUE) {
          const value = this.#decodeResult(start, end, buffers, words[word + 4]);
          if (traced) this.trace.end(this.#endOf(slot, words[word + 4], this.#inboxFloats[(word + 6) >> 1]), value);
          resolve(value);
        } else if (outcome !== REPORT) this.#fail(slot, outcome, word, start, end, buffers);
        else {
          this.#tell(slot, word, start, end, buffers);
          continue;
        }
      } catch (error) {
        // A result that cannot be taken in (there is no memory for it, say) is the failure of its task alone.
        if (resolve === undefined) continue;
        this.#reject(slot, this.#endOf(slot, words[word + 4], this.#inboxFloats[(word + 6) >> 1]), () => error);
      }
      this.#freeSlot(slot);
    }
  }

  /** The last byte tells whether V8 carries a part of the value; the keys stand before it. */
  #decodeResult(start, end, buffers, worker) {
    const bytes = this.#inbox;
    const last = end - 1;
    const beside = bytes[last];
    if (beside === 0) return this.#decoder.decode(bytes, start, last, buffers, null);
    const receiver = this.#receivers.get(worker);
    if (receiver === undefined) throw new NotSerializableError('result', 'came from a worker that has ended');
    let payloadEnd = last;
    let copies = 0;
    let carried = null;
    if ((beside & Beside.BUFFERS) !== 0) copies = readWord(bytes, (payloadEnd -= 4));
    if ((beside & Beside.CARRIED) !== 0) {
      const [keys, keysStart] = readKeys(bytes, payloadEnd);
      carried = keys.map((key) => (this.#sender.owns(key) ? this.#sender.shared(key, 'result') : receiver.take(key)));
      payloadEnd = keysStart;
    }
    // They were sent after what is carried, and are taken after it.
    if (copies !== 0) buffers = receiver.take(copies);
    return this.#decoder.decode(bytes, start, payloadEnd, buffers, carried);
  }

  #fail(slot, outcome, word, start, end, buffers) {
    const { classes } = this.#shipped[slot];
    const known = this.#endOf(slot, this.#inboxWords[word + 4], this.#inboxFloats[(word + 6) >> 1]);
    // The inbox is used again before the error is built.
    const bytes = this.#inbox.slice(start, end);
    const read = (length) => {
      this.#classes = classes;
      try {
        return this.#decoder.decode(bytes, 0, length, buffers, null);
      } finally {
        this.#classes = null;
      }
    };
    this.#reject(slot, known, () => {
      if (outcome !== Outcome.ERROR) {
        if (outcome === Outcome.POOL_DIED) return errorOf(outcome, known, this.#deathCause());
        return errorOf(outcome, known, bytes.length > 0 ? read(bytes.length) : undefined);
      }
      const error = read(bytes.length - 1);
      if (error instanceof Error && typeof error.stack === 'string') {
        const stack = require('./capture/stack.js').remapStack(error.stack);
        Reflect.defineProperty(error, 'stack', { value: stack, writable: true, configurable: true });
      }
      return error;
    });
  }

  /** Hands on what a task has reported. One whose callback throws is cancelled, and rejects with what that threw. */
  #tell(slot, word, start, end, buffers) {
    // The slot may have another task by now, for one that was cancelled.
    if (this.#inboxFloats[(word + 6) >> 1] !== this.#ids[slot]) return;
    const listener = this.#extras[slot]?.listener;
    const [percent, data] = this.#decoder.decode(this.#inbox, start, end, buffers, null);
    try {
      const id = this.#ids[slot];
      listener?.tell([percent, data], (error) => this.#ids[slot] === id && this.#failListening(slot, error));
    } catch (error) {
      this.#failListening(slot, error);
    }
  }

  /** @returns {boolean} false: there is nobody to tell any more */
  #failListening(slot, error) {
    const resolve = this.#resolves[slot];
    if (resolve === undefined) return false;
    if (this.#native.cancel(slot, encodeReason(error))) {
      this.#reject(slot, this.#endOf(slot, 0, 0), () => error);
      this.#freeSlot(slot);
      return true;
    }
    // It has ended, and its outcome is about to be read.
    this.#resolves[slot] = (outcome) => {
      if (outcome instanceof Promise) outcome.catch(() => {});
      this.#failures.add(this.#ids[slot]);
      resolve(Promise.reject(error));
    };
    return true;
  }

  #reject(slot, end, build) {
    this.#failures.add(this.#ids[slot]);
    reject(this.#resolves[slot], end, () => {
      const error = build();
      this.tally.add(error);
      if (this.trace.wantsEnd) this.trace.fail(end, error);
      return error;
    });
  }

  /** What is known of a task that has failed. */
  #endOf(slot, worker, duration) {
    const { name = this.#shipped[slot].name, attempt = 1, timeout = 0 } = this.#extras[slot] ?? {};
    return { id: this.#ids[slot], name, attempt, worker, duration, timeout };
  }

  /** What waits comes first: it would start where what runs heeds its signal. */
  #cancelSlots(slots, reason) {
    const running = [];
    for (const slot of slots) if (!this.#cancelSlot(slot, reason, true)) running.push(slot);
    for (const slot of running) if (this.#resolves[slot] !== undefined) this.#cancelSlot(slot, reason);
  }

  /** A task that waits is settled without a reason, which is encoded only for one that runs. */
  #cancelSlot(slot, reason, waitingOnly = false) {
    if (!this.#native.withdraw(slot) && (waitingOnly || !this.#native.cancel(slot, encodeReason(reason)))) return false;
    this.#endHere(slot, () => new AbortError(reason));
    return true;
  }

  /** Settles a task that this side has ended: nothing will arrive for it any more. */
  #endHere(slot, build) {
    this.#takeBack(this.#extras[slot]?.sent);
    this.#reject(slot, this.#endOf(slot, 0, 0), build);
    this.#freeSlot(slot);
    if (this.#awaited.length > 0) this.#lookAtAwaited();
  }

  /** A task that never becomes one. */
  refuse(reason) {
    this.tally.add(reason);
    const promise = /** @type {any} */ (Promise.reject(reason));
    promise.id = 0;
    promise.cancel = () => false;
    return promise;
  }

  /** Promises of what a task comes after. */
  #waitsFor({ after, transfer }) {
    if (transfer !== undefined && transfer.length > 0) {
      throw new InvalidOptionError(
        "option 'after' cannot be combined with 'transfer': let the task make or load it",
        'after',
      );
    }
    return after.map((one) => (typeof one === 'number' ? this.#endingOf(one) : one));
  }

  #endingOf(id) {
    const slot = this.#slotOf(id);
    if (slot !== -1) {
      const resolve = this.#resolves[slot];
      return handled(
        new Promise((follow) => {
          this.#resolves[slot] = (outcome) => {
            resolve(outcome);
            follow(outcome);
          };
        }),
      );
    }
    if (id > this.#lastId) {
      throw new InvalidOptionError(`option 'after' names task ${id}, and there has been no such task`, 'after');
    }
    if (this.#failures.has(id)) return handled(Promise.reject(new Error(`Task ${id} had failed`)));
    if (!this.#failures.hasForgotten(id)) return undefined;
    throw new InvalidOptionError(
      `option 'after' names task ${id}, which ended so long ago that it cannot be told how: give the task itself`,
      'after',
    );
  }

  /** The task is held until what it comes after has succeeded. */
  #keepBack(id, waits) {
    Promise.all(waits).then(
      (results) => this.#release(id, results),
      (cause) => this.#giveUp(id, (task) => new DependencyError(`${task} comes after one that failed`, cause)),
    );
  }

  #release(id, results) {
    const slot = this.#slotOf(id);
    if (slot === -1) return;
    const encoder = this.#encoder;
    try {
      encoder.reset();
      encoder.position = 0;
      encoder.encode(results, 'current.after');
      if (encoder.carried !== null && encoder.carried.length > 0) {
        throw new NotSerializableError('current.after', 'shared memory and ports cannot be handed on to a task');
      }
      if (this.#native.release(slot, encoder.position, encoder.buffers ?? [])) this.#host.staff();
    } catch (error) {
      this.#giveUp(id, () => error);
      return;
    }
    if (!this.#attending && this.#patience > 0) this.#attend();
  }

  /** Ends a task that is held, unless it has ended. */
  #giveUp(id, errorFor) {
    const slot = this.#slotOf(id);
    if (slot === -1 || !this.#native.withdraw(slot)) return;
    const { name } = this.#endOf(slot, 0, 0);
    this.#endHere(slot, () => errorFor(name ? `task ${id} (${name})` : `task ${id}`));
  }

  /** A free slot, whose id stands in #ids. Ids whose slot is taken are left out. */
  #takeSlot() {
    for (;;) {
      for (let probe = 0; probe < PROBES; probe++) {
        const id = ++this.#lastId;
        // The low 32 bits are those that count; an id may have more.
        const slot = id & this.#mask;
        if (this.#resolves[slot] === undefined) {
          this.#ids[slot] = id;
          return slot;
        }
      }
      this.#lastId -= PROBES;
      const more = this.#mask + 1;
      this.#mask += more;
      for (let slot = 0; slot < more; slot++) {
        this.#resolves.push(undefined);
        this.#ids.push(0);
        this.#shipped.push(undefined);
        this.#extras.push(undefined);
      }
    }
  }

  /** Where an outstanding task stands, -1 for one that has ended: the slots may have been fewer when it came. */
  #slotOf(id) {
    for (let mask = this.#mask; mask >= SLOTS - 1; mask >>= 1) {
      const slot = id & mask;
      if (this.#ids[slot] === id) return slot;
    }
    return -1;
  }

  /** A burst is over: what it needed is given back. */
  #shrink() {
    this.#mask = SLOTS - 1;
    this.#resolves.length = SLOTS;
    this.#ids.length = SLOTS;
    this.#shipped.length = SLOTS;
    this.#extras.length = SLOTS;
  }

  #addExtras(slot, options, keep, sent, attempt) {
    const { signal, cancellable, name, timeout, onProgress } = options ?? {};
    const listener = onProgress && new Listener(onProgress);
    this.#extras[slot] = { signal, cancellable, name, timeout, keep, sent, attempt, listener };
    if (signal !== undefined && cancellable !== false) this.#signals.follow(signal, slot);
  }

  #freeSlot(slot) {
    const extras = this.#extras[slot];
    if (extras !== undefined) {
      if (extras.signal !== undefined) this.#signals.leave(extras.signal, slot);
      this.#extras[slot] = undefined;
    }
    this.#resolves[slot] = undefined;
    this.#shipped[slot] = undefined;
    this.#ids[slot] = 0;
    if (--this.#pending <= this.levels.highest) this.#fallen();
  }

  /** So few tasks are outstanding that somebody may have waited for it. */
  #fallen() {
    this.levels.fallen(this.#pending);
    if (this.#pending > 0) return;
    if (this.#mask > LARGE_TABLE) this.#shrink();
    this.#restIfIdle();
  }

  #restIfIdle() {
    if (this.#pending > 0 || this.#activities.size > 0) return;
    this.#hold(false);
    if (this.#whenIdle.length > 0) for (const tell of this.#whenIdle.splice(0)) tell();
  }

  /** Keeps the process alive while tasks are outstanding. */
  #hold(held) {
    this.#native.hold(held);
    this.#host.outstanding(held);
  }

  #refused(slot, status, sent) {
    this.#takeBack(sent);
    this.#ids[slot] = 0;
    if (status === NO_SUCH_WORKER)
      throw new NotSerializableError('args', 'the worker that they were sent to has ended');
    throw new PoolClosedError('The pool has been shut down and takes no more tasks');
  }

  /** Sends what only V8 can carry; what is moved binds the task to one worker. */
  #carry(carried, encoder, transfer = []) {
    if (!this.#servedNow()) {
      throw new NotSerializableError(
        'args',
        'shared memory and what is transferred can be sent only by the thread that started the workers',
      );
    }
    const keys = [];
    const sent = { to: 0, keys: [] };
    for (const value of carried) {
      if (isShareable(value)) {
        keys.push(this.#sender.share(value, 'args'));
        continue;
      }
      sent.to ||= this.#leastBusy();
      const list = transfer.includes(value) ? [value] : [];
      try {
        sent.keys.push(
          this.#sender.send(value, 'args', list, (message, move) => this.#host.post(message, move, sent.to)),
        );
      } catch (error) {
        this.#takeBack(sent);
        throw error;
      }
      keys.push(sent.keys.at(-1));
    }
    writeKeys(encoder, keys);
    return sent;
  }

  /** What was sent ahead for a task that never takes it. */
  #takeBack(sent) {
    if (!sent) return;
    for (const drop of sent.keys) this.#host.post({ drop }, undefined, sent.to);
  }

  /** A worker to address a task to: one of those that serve and will go on serving, else one that starts now. */
  #leastBusy() {
    const worker = this.#leastBusyNow();
    if (worker !== 0) return worker;
    this.#host.staff(true);
    return this.#leastBusyNow();
  }

  /** Writes where it ends in the worker's inbox, in which nothing stands of so many bytes before it, and the stores. */
  #encodeContext(storages, control) {
    const encoder = this.#encoder;
    const at = encoder.position;
    encoder.reserve(4);
    encoder.position += 4;
    encoder.encode(require('./stores.js').storesOf(storages), 'context');
    writeWord(encoder.bytes, at, encoder.position - control);
  }

  #encodePlan(plan, path) {
    const encoder = this.#encoder;
    encoder.reset();
    encoder.position = 0;
    encoder.encode(plan, path);
    let keys = null;
    if (encoder.carried !== null && encoder.carried.length > 0) {
      keys = encoder.carried.slice();
      this.#carry(keys, encoder);
    } else writeKeys(encoder, []);
    return { length: encoder.position, buffers: encoder.buffers ?? [], carried: keys };
  }

  /** A function among the arguments. */
  #nested(fn, path) {
    return capture(fn, { path }).plan;
  }

  #useOutbox(bytes) {
    this.#native.setOutbox(bytes);
    this.#outboxWords = this.#encoder.i32;
    this.#outboxFloats = new Float64Array(this.#encoder.i32.buffer, 0, this.#encoder.bytes.length >> 3);
  }

  #useInbox(size) {
    this.#inbox = new Uint8Array(size);
    this.#inboxWords = new Int32Array(this.#inbox.buffer);
    this.#inboxFloats = new Float64Array(this.#inbox.buffer);
    this.#native.setInbox(this.#inbox);
  }
}

module.exports = { Caller };
