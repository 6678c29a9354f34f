'use strict';
// What a worker's isolate runs: takes tasks from its pool, calls them, and finishes them, until it is told to stop.

const { AsyncResource } = require('node:async_hooks');
const { setImmediate } = require('node:timers');
const { isArrayBuffer, isPromise } = require('node:util/types');
const { parentPort, workerData } = require('node:worker_threads');
const { buffersOf, copiesOf } = require('./buffers.js');
const { Receiver, Sender } = require('./carrier.js');
const { Decoder, Encoder } = require('./codec');
const { Unloaded, classRef, rebuild, rebuildNow } = require('./capture/rebuild.js');
const { TaskContext } = require('./context.js');
const { current, enter, expectOthers } = require('./current.js');
const { NotSerializableError } = require('./errors.js');
const { ALONE, Beside, Flag, HEADER, LATE, NO_LEASE, Outcome } = require('./frame.js');
const { readKeys, readWord, writeKeys, writeWord } = require('./keys.js');
const { HeapWriter } = require('./heap.js');
const { LaneSender } = require('./lanes.js');
const native = require('./native.js');
const { Reports } = require('./reports.js');
const { TaskSignals } = require('./task-signals.js');

const BOX = 64 * 1024;
/** A box that grew beyond this for one large value is given back after it. */
const LARGE_BOX = 1024 * 1024;

/** Microseconds: how long to look for the next task before sleeping, and how long to sleep without an event loop. */
const SPIN = 20;
const SLEEP = 2000;

/** Bytes: from here on moving a copy costs less than copying twice. */
const MOVED = 128 * 1024;
/** Bytes: what a result of this size leaves behind is not to wait until there is more of it. */
const LITTER = 16 * 1024 * 1024;

/** What a step gives, beside a size: stop, and leave by yourself; forget functions. */
const RETIRED = -2;
const FORGET = -3;

/** As they were before any task could replace them: a task that does spoils its own promises, not the worker. */
const { then } = Promise.prototype;
const { apply } = Reflect;
const exit = process.exit.bind(process);
const resourcesInfo = process.getActiveResourcesInfo?.bind(process);

/** The engine's own functions that run in workers, by name, each loaded when it is first called. */
const internals = {
  parallel: (...args) => require('./parallel/kernel.js').perform(...args),
};
/** How many of them are kept for the next task, each with the user's function that it calls. */
const RECENT = 4;

/** @typedef {{ fn: Function, name: string, loading: Promise<Function> | null }} Built */

/**
 * A function that can be called at once, also where modules that it uses are still being imported: its calls wait then.
 *
 * @param {Function | Promise<Function> | undefined} made
 * @param {(fn: Function) => Function} wrap
 */
function whenLoaded(made, wrap) {
  if (!(made instanceof Promise)) return { fn: wrap(made), name: made?.name ?? '', loading: null };
  const built = { fn: /** @type {Function} */ (async (...args) => wrap(await made)(...args)), name: '', loading: made };
  const loaded = (fn) => Object.assign(built, { fn: wrap(fn), name: fn.name, loading: null });
  apply(then, made, [loaded, () => {}]);
  return built;
}

class TaskRunner {
  #native;
  #step;
  #finish;
  #search;
  /** What the contexts of tasks refer to. */
  #engine;
  #state;
  #encoder = new Encoder(BOX, { classRef });
  #decoder = new Decoder({ rebuild: rebuildNow });
  #inbox = new Uint8Array(BOX);
  #inboxWords = new Int32Array(this.#inbox.buffer);
  #inboxFloats = new Float64Array(this.#inbox.buffer);
  #outboxWords;
  /** @type {Map<number, Built>} by the scheduler's number */
  #functions = new Map();
  /** @type {Map<number, Built>} the engine's own for one call, of which several tasks usually follow */
  #recent = new Map();
  #host;
  #lanes;
  #receiver;
  #sender;
  #heap;
  /** How many tasks may run here at a time. */
  #concurrency;
  /** A task beside which nothing should start. */
  #alone = null;
  /** How many tasks have started and not ended. */
  #running = 0;
  /** Whether a large result has left garbage. */
  #littered = false;
  /** Where the pool's memory is limited. */
  #gauge = null;
  #looping = false;
  /** Timers and sockets are to have their turn before the next task starts. */
  #yielding = false;
  #turn = () => this.#wake();
  /** The asynchronous context of no task. */
  #outside = new AsyncResource('tasklets.worker');
  #postHome = (pair, transfer) => this.#lanes.post(pair, transfer);

  constructor({ pool, worker, caller, port, known, limited, heap, concurrency }) {
    this.#host = caller;
    this.#concurrency = concurrency;
    this.#lanes = new LaneSender(port);
    this.#state = enter(pool, worker);
    this.#state.onNested = () => this.#nest();
    this.#receiver = new Receiver(port);
    this.#heap = new HeapWriter(heap);
    this.#sender = new Sender(1, (message) => port.postMessage(message));
    for (const { key, value } of known) this.#receiver.know(key, value);
    this.#viewOutbox();
    this.#native = new native.Worker(pool, worker, this.#encoder.bytes, this.#inbox, this.#turn);
    const { step, finish, search, abandoned } = this.#native.calls(SPIN);
    if (limited) this.#gauge = new (require('./gauge.js').Gauge)(this.#native, () => this.#isOver());
    this.#step = step;
    this.#finish = finish;
    this.#search = search;
    this.#engine = {
      signals: new TaskSignals(this.#native, abandoned),
      reports: new Reports(this.#native),
      blame: (lease, id, flags) => this.#native.blame(lease, id, flags),
    };
    if (concurrency > 1) this.#shareFairly();
    this.#encoder.onGrow = (bytes) => {
      this.#native.setOutbox(bytes);
      this.#viewOutbox();
    };
  }

  start() {
    this.#wake();
  }

  /** Tasks run side by side: each is to know itself, and none is to suffer for what another one does. */
  #shareFairly() {
    expectOthers();
    this.#native.share();
    const blame = () => {
      const context = current();
      if (context instanceof TaskContext) context.takeBlame();
    };
    // Both in the asynchronous context of whoever called exit(), threw, or left a rejection unhandled.
    process.on('uncaughtExceptionMonitor', blame);
    process.on('exit', blame);
  }

  /** The event loop has turned. */
  #wake() {
    this.#yielding = false;
    this.#native.awake();
    this.#engine.signals.hear();
    if (this.#isFree()) this.#loop();
    else this.#native.passOn();
  }

  /** The first of the tasks that this isolate has submitted is outstanding, or none is any more. */
  #nest() {
    if (this.#isFree() && this.#running > 0) {
      // Other tasks than the one that waits may run here, but not under its feet, nor in its asynchronous context.
      this.#outside.runInAsyncScope(setImmediate, undefined, this.#turn);
    } else if (this.#running > 0) {
      this.#native.awake();
      this.#native.passOn();
    }
  }

  /** Runs tasks until there is none, or until the event loop has to turn. */
  #loop() {
    if (this.#looping || this.#yielding) return;
    if (!this.#isFree()) {
      // It may have been woken for a task, which somebody else has to take then.
      this.#native.passOn();
      return;
    }
    this.#looping = true;
    try {
      while (this.#isFree()) {
        const size = this.#step();
        this.#outboxWords[0] = NO_LEASE;
        if (size > 0) {
          if (!this.#run(size)) break;
        } else if (size === 0) {
          if (!this.#rest()) break;
        } else if (size === FORGET) {
          for (const number of this.#native.forgotten()) this.#functions.delete(number);
        } else if (size >= -HEADER) {
          this.#stop(size === RETIRED);
          break;
        } else this.#useInbox(-size);
      }
    } finally {
      this.#looping = false;
    }
  }

  /** A task that waits for tasks of its own gives its place up: they may need it. */
  #isFree() {
    return (this.#running < this.#concurrency && this.#alone === null) || this.#state.nested > 0;
  }

  /** There is nothing to do. True: look again. */
  #rest() {
    if (this.#running > 0) return this.#native.park(0);
    if (this.#search()) return true;
    if (this.#inbox.length > LARGE_BOX) this.#useInbox(BOX);
    if (this.#encoder.bytes.length > LARGE_BOX) {
      this.#encoder.setBytes(Buffer.from(new ArrayBuffer(BOX)));
      this.#encoder.onGrow(this.#encoder.bytes);
      this.#littered = true;
    }
    if (this.#littered) {
      this.#littered = false;
      require('./garbage.js').sweep();
    }
    this.#receiver.catchUp();
    this.#heap.write();
    // A loop that something is alive in must go on turning; only an empty one may be left standing.
    return this.#native.park(isLoopEmpty() ? SLEEP : 0);
  }

  /** Runs the task in the inbox. False: go back to the event loop first. */
  #run(size) {
    const words = this.#inboxWords;
    const lease = words[0];
    const flags = words[3];
    const attempts = words[6];
    const late = (attempts & LATE) !== 0;
    let result;
    /** @type {number} */
    let outcome = Outcome.VALUE;
    let context;
    let fn;
    let start = HEADER;
    let end = size;
    let buffers = null;
    // What only V8 can carry. What was moved here is moved back with the result that it is part of.
    let carried = null;
    try {
      const built = this.#functions.get(words[1]) ?? this.#recent.get(words[1]) ?? this.#build(lease, words[1], flags);
      fn = built.fn;
      context = new TaskContext(this.#engine, lease, flags, this.#inboxFloats[2], built.name, this.#state.worker);
      buffers = words[7] > 0 ? buffersOf((allocate) => this.#native.received(lease, allocate)) : null;
      if ((flags & Flag.CARRIED) !== 0) {
        const [keys, payloadEnd] = readKeys(this.#inbox, end);
        carried = keys.map((key) => this.#receiver.take(key));
        end = payloadEnd;
      }
      if ((flags & Flag.AFTER) !== 0) context.after = this.#resultsFor(lease);
      if ((flags & Flag.META) !== 0) {
        start = words[HEADER >> 2];
        [context.name, context.attempt] = this.#decoder.decode(this.#inbox, HEADER + 4, start, null, null);
      }
      if ((flags & Flag.CONTEXT) !== 0) {
        const from = start + 4;
        start = readWord(this.#inbox, start);
        fn = this.#inContext(built, this.#inbox.slice(from, start), buffers, carried);
      }
      // It ran before, on a worker that another task took down.
      if ((attempts & ~LATE) > 1) this.#runAgain(attempts, context);
      const args = this.#decoder.decodeArgs(this.#inbox, start, end, buffers, carried);
      result = this.#call(fn, args, context);
    } catch (error) {
      if (error instanceof Unloaded) {
        const payload = this.#inbox.slice(start, end);
        result = this.#callWhenLoaded(error, fn, { payload, buffers, carried }, context);
      } else {
        result = error;
        outcome = Outcome.ERROR;
      }
    }
    if (outcome === Outcome.VALUE && isObject(result)) {
      const promise = promiseOf(result);
      if (promise !== null) {
        this.#running++;
        this.#state.running = context;
        this.#await(promise, lease, flags, carried, context);
        return !late || this.#yield();
      }
    }
    this.#state.running = null;
    if (this.#alone === context) this.#alone = null;
    this.#write(lease, outcome, result, flags, carried);
    if (!late && this.#gauge === null) return true;
    this.#finish();
    this.#outboxWords[0] = NO_LEASE;
    if (this.#isOver()) return false;
    return !late || this.#yield();
  }

  /** What the tasks that a task comes after have resulted in. */
  #resultsFor(lease) {
    const bytes = this.#native.results(lease);
    const buffers = buffersOf((allocate) => this.#native.resultBuffers(allocate));
    return this.#decoder.decode(bytes, 0, bytes.length, buffers, null);
  }

  /** A function that is called where its caller's storages have the stores that came with the task. */
  #inContext(built, bytes, buffers, carried) {
    const { enter } = require('./stores.js');
    return (...args) => {
      const stores = this.#decoder.decode(bytes, 0, bytes.length, buffers, carried);
      if (built.loading === null) return enter(stores, built.fn, args);
      // A module that is still being imported may have one of the storages.
      const begin = async () => {
        await built.loading;
        return enter(stores, built.fn, args);
      };
      return begin();
    };
  }

  #runAgain(attempts, context) {
    context.attempt += (attempts & ~(LATE | ALONE)) - 1;
    if ((attempts & ALONE) !== 0) this.#alone = context;
  }

  #call(fn, args, context) {
    this.#state.running = context;
    const { contexts } = this.#state;
    return contexts === null ? fn.apply(undefined, args) : contexts.run(context, () => fn.apply(undefined, args));
  }

  /** A function among the arguments imports packages, which have to be there before it can be made. */
  async #callWhenLoaded(unloaded, fn, { payload, buffers, carried }, context) {
    for (;;) {
      await unloaded.load();
      try {
        const args = this.#decoder.decodeArgs(payload, 0, payload.length, buffers, carried);
        return this.#call(fn, args, context);
      } catch (error) {
        // There may be several such functions, each with packages of its own.
        if (!(error instanceof Unloaded)) throw error;
        unloaded = error;
      }
    }
  }

  #await(promise, lease, flags, taken, context) {
    const settle = (outcome, value) => {
      this.#running--;
      if (this.#alone === context) this.#alone = null;
      this.#state.running = null;
      this.#write(lease, outcome, value, flags, taken);
      this.#finish();
      this.#outboxWords[0] = NO_LEASE;
      if (this.#isOver()) return;
      this.#loop();
    };
    apply(then, promise, [(value) => settle(Outcome.VALUE, value), (error) => settle(Outcome.ERROR, error)]);
  }

  /** Lets timers and sockets have their turn. */
  #yield() {
    this.#yielding = true;
    this.#receiver.catchUp();
    setImmediate(this.#turn);
    return false;
  }

  /** Puts a result into the outbox. What cannot cross is the task's error. */
  #write(lease, outcome, value, flags, taken) {
    const encoder = this.#encoder;
    let beside = 0;
    let keys = null;
    let copies = 0;
    try {
      this.#encode(value, outcome === Outcome.VALUE ? 'result' : 'error', movedOf(taken));
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
    const words = this.#outboxWords;
    words[0] = lease;
    words[1] = outcome;
    words[2] = encoder.position - HEADER;
    const { buffers } = encoder;
    if (buffers !== null && buffers.length > 0) {
      this.#native.finishWith(buffers);
      words[0] = NO_LEASE;
      // They are the task's own, and may be garbage from here on.
      encoder.buffers = null;
    }
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

  #encode(value, path, moved = null) {
    this.#encoder.reset();
    this.#encoder.transfer = moved;
    this.#encoder.position = HEADER;
    this.#encoder.encode(value, path);
  }

  /** The value could not be encoded. Should even the reason be beyond encoding, its message is not. */
  #encodeError(error, value) {
    try {
      this.#encode(error, 'error');
    } catch {
      const what = value instanceof Error ? `${value.name}: ${value.message}` : String(error);
      this.#encode(new NotSerializableError('error', what), 'error');
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

  #build(lease, number, flags) {
    const bytes = this.#native.plan(lease);
    const [keys, end] = readKeys(bytes, bytes.length);
    const buffers = buffersOf((allocate) => this.#native.planBuffers(lease, allocate));
    const carried = keys.map((key) => this.#receiver.take(key));
    const plan = this.#decoder.decode(bytes, 0, end, buffers, carried);
    if (plan.internal !== undefined) return this.#buildInternal(number, plan, flags);
    const built = whenLoaded(rebuild(plan), (fn) => fn);
    if ((flags & Flag.EPHEMERAL) === 0) this.#functions.set(number, built);
    return built;
  }

  #buildInternal(number, plan, flags) {
    const internal = internals[plan.internal];
    const built = whenLoaded(
      plan.fn && rebuild(plan.fn),
      (user) =>
        (...args) =>
          internal(user, ...args),
    );
    built.name ||= plan.name;
    if ((flags & Flag.EPHEMERAL) === 0) {
      this.#functions.set(number, built);
      return built;
    }
    this.#recent.set(number, built);
    if (this.#recent.size > RECENT) this.#recent.delete(this.#recent.keys().next().value);
    return built;
  }

  /** A task has ended: whether this worker leaves, because of what it holds. */
  #isOver() {
    if (this.#gauge === null || this.#running > 0 || !this.#gauge.isOver()) return false;
    this.#stop(true);
    return true;
  }

  #stop(retired) {
    // Its host ends a worker that was given up; one that was asked to leave ends itself.
    if (retired) exit(0);
  }

  #viewOutbox() {
    this.#outboxWords = this.#encoder.i32;
    this.#outboxWords[0] = NO_LEASE;
  }

  #useInbox(size) {
    this.#inbox = new Uint8Array((size + 7) & ~7);
    this.#inboxWords = new Int32Array(this.#inbox.buffer);
    this.#inboxFloats = new Float64Array(this.#inbox.buffer);
    this.#native.setInbox(this.#inbox);
  }
}

/** The memory among the values that came with a task: it was moved here. */
function movedOf(taken) {
  const moved = taken === null ? null : taken.filter(isArrayBuffer);
  return moved === null || moved.length === 0 ? null : new Set(moved);
}

function isObject(value) {
  return typeof value === 'object' && value !== null;
}

/** The promise of what a task has returned; null: that is its result. A thenable that is no promise is made one. */
function promiseOf(result) {
  if (isPromise(result)) return result;
  try {
    return typeof result.then === 'function' ? new Promise((resolve) => resolve(result)) : null;
  } catch (error) {
    return Promise.reject(error);
  }
}

/** Whether nothing but this worker's own handles is alive. Where the runtime does not say, something may be. */
function isLoopEmpty() {
  const resources = resourcesInfo?.();
  return resources !== undefined && resources.every((resource) => resource === 'MessagePort');
}

for (const file of workerData.tasklets.preload) require(file);
const runner = new TaskRunner(workerData.tasklets);
parentPort?.postMessage('ready');
runner.start();
