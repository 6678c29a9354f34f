'use strict';
// What a worker's isolate runs: takes tasks from its pool, calls them, and finishes them, until it is told to stop.

const { AsyncResource } = require('node:async_hooks');
const { setImmediate } = require('node:timers');
const { isPromise } = require('node:util/types');
const { parentPort, workerData } = require('node:worker_threads');
const { buffersOf } = require('./buffers.js');
const { BuiltFunctions } = require('./built.js');
const { Receiver } = require('./carrier.js');
const { Decoder } = require('./codec');
const { Unloaded, rebuildNow } = require('./capture/rebuild.js');
const { TaskContext } = require('./context.js');
const { enter, expectOthers } = require('./current.js');
const { ALONE, Flag, HEADER, LATE, Outcome } = require('./frame.js');
const { readKeys, readWord } = require('./keys.js');
const { HeapWriter } = require('./heap.js');
const native = require('./native.js');
const { Outbox } = require('./outbox.js');
const { Reports } = require('./reports.js');
const { TaskSignals } = require('./task-signals.js');

const BOX = 64 * 1024;
/** Until there is an outbox. */
const noBox = new Uint8Array(0);
/** An inbox that grew beyond this for one large value is given back after it. */
const LARGE_BOX = 1024 * 1024;

/** Microseconds: how long to look for the next task before sleeping, and how long to sleep without an event loop. */
const SPIN = 20;
const SLEEP = 2000;

/** What a step gives, beside a size: stop, and leave by yourself; forget functions; the outbox is too full to be read. */
const RETIRED = -2;
const FORGET = -3;
const NO_MEMORY = -4;

/** As they were before any task could replace them: a task that does spoils its own promises, not the worker. */
const { then } = Promise.prototype;
const { apply } = Reflect;
const exit = process.exit.bind(process);
const resourcesInfo = process.getActiveResourcesInfo?.bind(process);

class TaskRunner {
  #native;
  #step;
  #finish;
  #search;
  /** What the contexts of tasks refer to. */
  #engine;
  #state;
  #decoder = new Decoder({ rebuild: rebuildNow });
  #inbox = new Uint8Array(BOX);
  #inboxWords = new Int32Array(this.#inbox.buffer);
  #inboxFloats = new Float64Array(this.#inbox.buffer);
  #outbox;
  #functions;
  #receiver;
  #heap;
  /** How many tasks may run here at a time. */
  #concurrency;
  /** Tasks beside which nothing is to start, unless they wait for tasks of their own. */
  #alone = new Set();
  /** How many tasks have started and not ended. */
  #running = 0;
  /** Where the pool's memory is limited. */
  #gauge = null;
  #looping = false;
  /** Timers and sockets are to have their turn before the next task starts. */
  #yielding = false;
  #turn = () => this.#wake();
  /** The asynchronous context of no task. */
  #outside = new AsyncResource('tasklets.worker');

  constructor({ pool, worker, caller, port, known, limited, heap, concurrency }) {
    this.#concurrency = concurrency;
    this.#state = enter(pool, worker, () => this.#noteWaits());
    this.#state.onNested = () => this.#nest();
    this.#receiver = new Receiver(port);
    this.#heap = new HeapWriter(heap);
    for (const { key, value } of known) this.#receiver.know(key, value);
    this.#native = new native.Worker(pool, worker, noBox, this.#inbox, this.#turn);
    this.#outbox = new Outbox(this.#native, this.#receiver, port, caller);
    this.#functions = new BuiltFunctions(this.#native, this.#receiver, this.#decoder);
    const { step, finish, search, abandoned } = this.#native.calls(SPIN);
    if (limited) this.#gauge = new (require('./gauge.js').Gauge)(this.#native, () => this.#isOver() || this.#wake());
    this.#step = step;
    this.#finish = finish;
    this.#search = search;
    this.#engine = {
      signals: new TaskSignals(this.#native, abandoned),
      reports: new Reports(this.#native),
      blame: (lease, id, flags) => this.#native.blame(lease, id, flags),
      holds: (lease, id, flags) => this.#native.holds(lease, id, flags),
    };
    if (concurrency > 1) this.#shareFairly();
  }

  start() {
    this.#wake();
  }

  /** Tasks run side by side: each is to know itself, and none is to suffer for what another one does. */
  #shareFairly() {
    expectOthers();
    this.#native.share();
    const blame = () => {
      // Not what runs, where there is no such context: a timer of a preloaded module is nobody's.
      const context = this.#state.contexts?.getStore();
      if (context instanceof TaskContext) context.takeBlame();
    };
    // Both in the asynchronous context of whoever called exit(), threw, or left a rejection unhandled.
    process.on('exit', blame);
    process.on('uncaughtExceptionMonitor', () => {
      blame();
      // Where a handler of the user's own lets the worker go on, its loop turns again.
      setImmediate(() => this.#native.pardon());
    });
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
      this.#turnSoon();
    } else if (this.#running > 0) {
      this.#native.awake();
      this.#native.passOn();
    }
  }

  /** Other tasks than the one that waits may run here, but not under its feet, nor in its asynchronous context. */
  #turnSoon() {
    this.#outside.runInAsyncScope(setImmediate, undefined, this.#turn);
  }

  /** Another task waits for tasks of its own, or one less. */
  #noteWaits() {
    const { size } = this.#state.waits;
    this.#native.waits(size);
    // Now an exclusive one may start, or others beside one.
    if (size >= this.#running && this.#running > 0 && this.#isFree()) this.#turnSoon();
  }

  /** A task has ended that may have left tasks of its own, or have been alone. */
  #forget(context) {
    if (this.#state.waits.delete(context)) this.#native.waits(this.#state.waits.size);
    this.#alone.delete(context);
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
      const outbox = this.#outbox;
      while (this.#isFree()) {
        const size = this.#step();
        if (size === NO_MEMORY) {
          outbox.refuse();
          continue;
        }
        outbox.empty();
        if (size > 0) {
          if (!this.#run(size)) break;
        } else if (size === 0) {
          if (!this.#rest()) break;
        } else if (size === FORGET) {
          this.#functions.forget(this.#native.forgotten());
        } else if (size >= -HEADER) {
          this.#stop(size === RETIRED);
          break;
        } else this.#useInbox(-size);
      }
      // The task that took this worker's place from it, by ending what another one waits for, has left its result there.
      if (outbox.isFull) this.#flush();
    } finally {
      this.#looping = false;
    }
  }

  /** A task that waits for tasks of its own gives its place up: they may need it. */
  #isFree() {
    if (this.#alone.size > 0) return [...this.#alone].every((context) => this.#state.waits.has(context));
    return this.#running < this.#concurrency || this.#state.nested > 0;
  }

  /** There is nothing to do. True: look again. */
  #rest() {
    if (this.#running > 0) return this.#native.park(0);
    if (this.#search()) return true;
    if (this.#inbox.length > LARGE_BOX) this.#useInbox(BOX);
    this.#outbox.tidy();
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
      const built = this.#functions.get(words[1]) ?? this.#functions.build(lease, words[1], flags);
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
      // It runs alone, or ran before, on a worker that another task took down.
      if ((attempts & ~LATE) > 1) this.#runSpecially(attempts, context);
      const args = this.#decoder.decodeArgs(this.#inbox, start, end, buffers, carried);
      result = this.#call(fn, args, context);
    } catch (error) {
      if (Unloaded.is(error)) {
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
    if (this.#state.waits.size > 0 || this.#alone.size > 0) this.#forget(context);
    this.#outbox.write(lease, outcome, result, flags, carried);
    if (!late && this.#gauge === null) return true;
    this.#flush();
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

  #runSpecially(attempts, context) {
    context.attempt += (attempts & ~(LATE | ALONE)) - 1;
    if ((attempts & ALONE) !== 0) this.#alone.add(context);
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
        if (!Unloaded.is(error)) throw error;
        unloaded = error;
      }
    }
  }

  #await(promise, lease, flags, taken, context) {
    const settle = (outcome, value) => {
      this.#running--;
      if (this.#state.waits.size > 0 || this.#alone.size > 0) this.#forget(context);
      this.#state.running = null;
      this.#outbox.write(lease, outcome, value, flags, taken);
      this.#flush();
      if (this.#isOver()) return;
      this.#loop();
    };
    try {
      apply(then, promise, [(value) => settle(Outcome.VALUE, value), (error) => settle(Outcome.ERROR, error)]);
    } catch (error) {
      // The promise's constructor is the task's own, and is asked for first.
      settle(Outcome.ERROR, error);
    }
  }

  /** Gives back what is in the outbox. */
  #flush() {
    if (!this.#finish()) {
      this.#outbox.refuse();
      this.#finish();
    }
    this.#outbox.empty();
  }

  /** Lets timers and sockets have their turn. */
  #yield() {
    this.#yielding = true;
    this.#receiver.catchUp();
    setImmediate(this.#turn);
    return false;
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

  #useInbox(size) {
    this.#inbox = new Uint8Array((size + 7) & ~7);
    this.#inboxWords = new Int32Array(this.#inbox.buffer);
    this.#inboxFloats = new Float64Array(this.#inbox.buffer);
    this.#native.setInbox(this.#inbox);
  }
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
