'use strict';
// The caller's side of the engine: encodes a call and submits it; cancels tasks, and settles what it has ended itself.

const { Arrivals } = require('./arrivals.js');
const { Attendance } = require('./attendance.js');
const { comesAfter, needsControl, writeControl } = require('./control.js');
const { state } = require('./current.js');
const { poolHasClosed } = require('./called.js');
const { AbortError, NotSerializableError, PoolClosedError } = require('./errors.js');
const { Failures } = require('./failures.js');
const { Flag, HEADER, Outcome } = require('./frame.js');
const { Freight, refuseUnused } = require('./freight.js');
const { Functions, capture } = require('./functions.js');
const { Held, encodeResults, refuseToBind } = require('./held.js');
const { writeKeys, writeWord } = require('./keys.js');
const native = require('./native.js');
const { Nesting } = require('./nesting.js');
const { Outstanding } = require('./outstanding.js');
const { encodeReason } = require('./reason.js');
const { reject } = require('./settle.js');
const { Tally } = require('./tally.js');
const { Trace } = require('./trace.js');

const BOX = 64 * 1024;

/** Until the codec is loaded, and what has arrived is looked at. */
const noBox = new Uint8Array(0);

/** A command: the pool's memory has become scarce. */
const SCARCE = -2;

const WANTS_WORKERS = 1;
const CLOSED = 2;
const NO_SUCH_WORKER = 3;
const NO_MEMORY = 4;

/** What new Promise() hands to its executor, for the one line after it. */
let resolveNow;
const executor = (resolve) => {
  resolveNow = resolve;
};

/** Whose task it is, by its `cancel`: every caller counts its tasks for itself. @type {WeakMap<Function, Caller>} */
const owners = new WeakMap();

class Caller {
  #native;
  #submitNow;
  #encoder;
  #outboxWords;
  #outboxFloats;
  #host;
  #stamp;
  #cancel;
  #arrivals;
  #attendance;
  #failures = new Failures();
  /** How many tasks have failed here that the scheduler counts under another outcome, by that outcome. */
  #failedHere = new Map();
  /** What was counted until the end. @type {number[] | null} */
  #lastCounts = null;
  #held;
  /** What the addon holds of this one, which would hold it for ever: nothing any more once it is closed. */
  #woken = { attendance: /** @type {Attendance | null} */ (null) };
  outstanding = new Outstanding(
    (slots, reason) => this.#cancelSlots(slots, reason),
    (any) => this.#hold(any),
  );
  freight;
  /** @type {Functions} */
  functions;
  /** The errors that its tasks ended with. */
  tally = new Tally();
  /** Who wants to know of single tasks. */
  trace = new Trace();

  /**
   * @param {any} pool the native pool
   * @param {import('./host.js').Host} host starts and ends worker threads
   * @param {() => unknown} deathCause why the pool was killed
   */
  constructor(pool, host, deathCause) {
    this.#host = host;
    this.#native = new native.Caller(pool, noBox, noBox, Caller.#waking(this.#woken), host.mayStart);
    const calls = this.#native.calls();
    this.#submitNow = calls.submit;
    this.#stamp = this.#native.id << 16;
    this.freight = new Freight(calls, host);
    this.#arrivals = new Arrivals(this.#native, calls.drain, this.outstanding, this.freight, this.trace, {
      reject: (slot, end, build) => this.#reject(slot, end, build),
      lose: (slot, outcome, end, error) => this.#lose(slot, outcome, end, error),
      failListening: (slot, error) => this.#failListening(slot, error),
      obey: () => this.#obey(),
      deathCause,
    });
    const drain = () => this.#arrivals.drain();
    this.#attendance = new Attendance(calls, drain, () => this.#obey(), this.outstanding);
    this.#woken.attendance = this.#attendance;
    this.#held = new Held(
      this.outstanding,
      this.#failures,
      (slot, results) => this.#release(slot, results),
      (slot, build) => {
        if (!this.#native.withdraw(slot)) return;
        this.#countFailed(Outcome.CANCELLED);
        this.#endHere(slot, build, true);
      },
    );
    const here = host.mayStart ? null : state();
    if (here !== null) this.outstanding.nesting = new Nesting(here);
    this.functions = new Functions(this.#native, (plan, path) => this.#encodePlan(plan, path));
    const caller = this;
    /** @this {import('../index.js').Task<any>} */
    this.#cancel = function cancel(reason) {
      return caller.cancel(this.id, reason);
    };
    owners.set(this.#cancel, this);
  }

  /** Before the first task. Apart from the constructor, because the first worker can start before the codec is loaded. */
  open() {
    const { Encoder } = require('./codec');
    this.#encoder = new Encoder(BOX, { function: (fn, path) => this.#nested(fn, path) });
    this.#encoder.onGrow = (bytes) => this.#useOutbox(bytes);
    this.#useOutbox(this.#encoder.bytes);
    this.#arrivals.open();
  }

  /** Made where there is nothing else that it could hold. */
  static #waking(woken) {
    return () => {
      if (woken.attendance !== null) woken.attendance.wake();
    };
  }

  get native() {
    return this.#native;
  }

  /** How many tasks are outstanding. */
  get pending() {
    return this.outstanding.count;
  }

  /** How many tasks it has submitted, and how many have ended in each way, in the order of `Outcome`. */
  counts() {
    return this.#lastCounts ?? this.#countNow();
  }

  #countNow() {
    const [submitted, ...ended] = this.#native.counts();
    for (const [outcome, count] of this.#failedHere) {
      ended[outcome] -= count;
      ended[Outcome.ERROR] += count;
    }
    return [submitted, ...ended];
  }

  /** A task that the scheduler has counted under this outcome has failed all the same. */
  #countFailed(outcome) {
    this.#failedHere.set(outcome, (this.#failedHere.get(outcome) ?? 0) + 1);
  }

  /** A worker has ended. */
  unlisten(worker) {
    // What its last tasks gave may lie in its port, and be told of here only now.
    this.#arrivals.drain();
    this.freight.unlisten(worker);
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
          waits = this.#held.waitsFor(options);
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
      if (waits !== null) refuseToBind('after', carried);
      if (options?.exclusive === true) refuseToBind('exclusive', carried);
      flags |= Flag.CARRIED;
      sent = this.freight.send(carried, encoder, options?.transfer);
      to = sent.to;
      keep = carried;
    }
    const length = encoder.position - start;
    if (to !== 0) {
      flags |= Flag.ADDRESSED;
      encoder.reserve(4);
      writeWord(encoder.bytes, encoder.position, to);
    }
    const { outstanding } = this;
    const slot = outstanding.take();
    const words = this.#outboxWords;
    const floats = this.#outboxFloats;
    const id = outstanding.ids[slot];
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
    outstanding.add(slot, resolveNow, shipped);
    // It would keep this promise, and with it the pool.
    resolveNow = undefined;
    if (options !== undefined || keep !== undefined || attempt > 1) {
      outstanding.addExtras(slot, options, keep, sent, attempt);
    }
    if (status === WANTS_WORKERS) this.#host.staff();
    if (waits !== null) this.#held.keep(id, waits);
    if (this.trace.wantsStart) this.trace.start(id, options?.name ?? shipped.name, attempt);
    this.#attendance.expect();
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
    const slot = this.outstanding.slotOf(id);
    if (slot === -1) return false;
    if (this.outstanding.extras[slot]?.cancellable === false) return false;
    return this.#cancelSlot(slot, reason, waitingOnly);
  }

  /** Cancels a task, of whichever caller, that has not started. */
  static withdraw(task, reason) {
    owners.get(task.cancel)?.cancel(task.id, reason, true);
  }

  /** Cancels everything that is outstanding. */
  cancelAll(reason) {
    this.#cancelSlots(this.outstanding.slots(), reason);
    this.outstanding.leave(new AbortError(reason));
  }

  close() {
    this.#lastCounts ??= this.#countNow();
    this.#native.close();
    this.#woken.attendance = null;
  }

  /** Does what the scheduler asks of this isolate. */
  #obey() {
    for (let command = this.#native.command(); command !== 0; command = this.#native.command()) {
      if (command === SCARCE) this.#host.tellMemory();
      if (command > 0) this.#host.terminate(command);
      this.#host.staffIfNeeded();
    }
  }

  /** The callback of a task has thrown: the task is cancelled, and rejects with that. False: there is nobody to tell any more. */
  #failListening(slot, error) {
    const { resolves } = this.outstanding;
    const resolve = resolves[slot];
    if (resolve === undefined) return false;
    if (this.#native.cancel(slot, encodeReason(error))) {
      this.#countFailed(Outcome.CANCELLED);
      this.#reject(slot, this.outstanding.endOf(slot, 0, 0), () => error);
      this.outstanding.free(slot);
      return true;
    }
    // It has ended, and its outcome is about to be read.
    resolves[slot] = (outcome) => {
      if (outcome instanceof Promise) outcome.catch(() => {});
      else {
        this.#countFailed(Outcome.VALUE);
        this.tally.add(error, true);
      }
      this.#failures.add(this.outstanding.ids[slot]);
      resolve(Promise.reject(error));
    };
    return true;
  }

  /** What a task has ended with cannot be taken in, for this reason. */
  #lose(slot, outcome, end, error) {
    if (outcome === Outcome.VALUE) this.#countFailed(outcome);
    this.#reject(slot, end, () => error);
  }

  #reject(slot, end, build, failed = true) {
    this.#failures.add(this.outstanding.ids[slot]);
    reject(this.outstanding.resolves[slot], end, () => {
      const error = build();
      this.tally.add(error, failed);
      if (this.trace.wantsEnd) this.trace.fail(end, error);
      return error;
    });
  }

  /** What waits comes first: it would start where what runs heeds its signal. */
  #cancelSlots(slots, reason) {
    const running = [];
    for (const slot of slots) if (!this.#cancelSlot(slot, reason, true)) running.push(slot);
    for (const slot of running) if (this.outstanding.resolves[slot] !== undefined) this.#cancelSlot(slot, reason);
  }

  /** A task that waits is settled without a reason, which is encoded only for one that runs. */
  #cancelSlot(slot, reason, waitingOnly = false) {
    if (!this.#native.withdraw(slot) && (waitingOnly || !this.#native.cancel(slot, encodeReason(reason)))) return false;
    this.#endHere(slot, () => new AbortError(reason), false);
    return true;
  }

  /** Settles a task that this side has ended: nothing will arrive for it any more. */
  #endHere(slot, build, failed) {
    this.freight.takeBack(this.outstanding.extras[slot]?.sent);
    this.#reject(slot, this.outstanding.endOf(slot, 0, 0), build, failed);
    this.outstanding.free(slot);
    this.outstanding.lookAtAwaited();
  }

  /** A task that never becomes one. */
  refuse(reason) {
    this.tally.add(reason, false);
    const promise = /** @type {any} */ (Promise.reject(reason));
    promise.id = 0;
    promise.cancel = () => false;
    return promise;
  }

  /** Queues a task that was held, with the results of what it comes after. */
  #release(slot, results) {
    const encoder = this.#encoder;
    encodeResults(encoder, results);
    const more = this.#native.release(slot, encoder.position, encoder.buffers ?? []);
    // They are the caller's own, as when a task is submitted.
    encoder.buffers = null;
    if (more === null) throw new NotSerializableError('current.after', 'there is no memory for a copy of it');
    if (more) this.#host.staff();
    this.#attendance.expect();
  }

  /** Keeps the process alive while tasks are outstanding. */
  #hold(held) {
    this.#native.hold(held);
    this.#host.outstanding(held);
  }

  #refused(slot, status, sent) {
    this.freight.takeBack(sent);
    this.outstanding.ids[slot] = 0;
    if (status === NO_SUCH_WORKER)
      throw new NotSerializableError('args', 'the worker that they were sent to has ended');
    if (status === NO_MEMORY) throw new NotSerializableError('args', 'there is no memory for a copy of them');
    throw new PoolClosedError(poolHasClosed(this.outstanding.pool));
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
      this.freight.share(keys, encoder, path);
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
}

module.exports = { Caller };
