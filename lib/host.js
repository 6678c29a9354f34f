'use strict';
// The host of a pool's workers: starts their threads in this isolate, ends them, and reports their ends.

const path = require('node:path');
const { clearInterval, setImmediate, setInterval } = require('node:timers');
const { MessageChannel, Worker } = require('node:worker_threads');
const { cpuCount } = require('./cores.js');
const { state } = require('./current.js');
const { readHeap, shareHeap } = require('./heap.js');
const { textOf } = require('./settle.js');
const { Watch } = require('./watch.js');

/** Milliseconds that a worker which has been asked to leave may take for whatever tasks have left behind in it. */
const PATIENCE = 1000;

/** The moments of so many crashes are kept. */
const CRASHES = 100;

/** A pool whose workers end before they are ready, so many times in a row, cannot have any. */
const MAX_FAILED_STARTS = 3;

/** The hosts of this isolate that have workers. */
const hosts = new Set();

/*
 * The runtime ends worker threads one by one, each when the one before has ended. Workers that share an array wait for
 * each other, so the one that is waited for must not be the last to be told.
 */
process.on('exit', () => {
  for (const host of hosts) host.terminateAll();
});

/** Variables without those that are undefined, which would be the text 'undefined' in a worker. */
const given = (env) => Object.fromEntries(Object.entries(env).filter(([, value]) => value !== undefined));

class Host {
  #pool;
  #options;
  #events;
  #caller = null;
  /** @type {Map<number, { thread: Worker, port: any, ready: boolean, dismissed: boolean, ended: Promise<void>, heap: Float64Array }>} */
  #workers = new Map();
  #failedStarts = 0;
  #lastCrashes = [];
  /** How many workers have ended although they were to go on. */
  crashes = 0;
  /** Whether the last workers that were started have all ended before they were ready. */
  cannotStart = false;
  #watch;
  #encoder = null;

  /**
   * @param {any} pool the native pool
   * @param {import('../index.js').PoolOptions} options
   * @param {boolean} mayStart false: another isolate starts the workers
   * @param {import('./events.js').Events} events
   */
  constructor(pool, options, mayStart, events) {
    this.mayStart = mayStart;
    this.#events = events;
    this.#pool = pool;
    this.#options = options;
    this.#watch = new Watch(pool, () => this.staff());
  }

  /** The pool's memory has become scarce. */
  tellMemory() {
    const { held, memoryLimit } = this.#pool;
    this.#events.tell('memory', { used: held, limit: memoryLimit, full: held >= memoryLimit });
  }

  /** @param {ReturnType<typeof import('./options/workers.js').workersOf>} workers how many there are to be from now on */
  scale(workers) {
    const { min, max, scaling, idleTimeout } = workers;
    if (scaling === 'fixed') this.#pool.resize(max);
    else this.#pool.scale(min, max, cpuCount(), idleTimeout);
    this.#watch.soon();
  }

  /** The pool has come to its end. */
  close() {
    this.#watch.end();
  }

  /** @param {import('./caller.js').Caller} caller whose isolate this is */
  serve(caller) {
    this.#caller = caller;
  }

  /** Starts a worker where the pool wants one. */
  staff(toAddress = false) {
    if (!this.mayStart) {
      this.#pool.askForWorkers();
      return;
    }
    const id = this.#pool.hire(this.#caller.native, toAddress);
    if (id === 0) {
      if (this.#pool.isElastic) this.#watch.soon();
      return;
    }
    this.#start(id);
    if (this.#pool.staff < this.#pool.least) this.staff();
  }

  /** The same where tasks wait for it: somebody asked, and the tasks may be others' than this isolate's. */
  staffIfNeeded() {
    if (this.mayStart && this.#pool.backlog > 0) this.staff();
  }

  /** The first of the caller's tasks is outstanding, or none is any more. */
  outstanding(any) {
    const here = this.mayStart ? null : state();
    if (here === null) return;
    here.nested += any ? 1 : -1;
    here.onNested();
  }

  /** Sends a message to one worker, or to all. */
  post(message, transfer, worker) {
    if (worker !== undefined) this.#workers.get(worker)?.port.postMessage(message, transfer);
    else for (const { port } of this.#workers.values()) port.postMessage(message, transfer);
  }

  /** Ends a worker's thread by force. */
  terminate(id) {
    const worker = this.#workers.get(id);
    if (worker === undefined) return;
    worker.dismissed = true;
    // Its 'exit' event does the rest.
    void worker.thread.terminate();
  }

  /** The memory of the workers that this thread has started, as they have told it last. */
  heaps() {
    return new Map([...this.#workers].map(([id, { heap }]) => [id, readHeap(heap)]));
  }

  terminateAll() {
    for (const id of this.#workers.keys()) this.terminate(id);
  }

  /**
   * Asks all of them to leave when they find nothing to do. `ended` resolves when they have; `force()` ends them at once.
   */
  dismiss() {
    const unserved = this.#pool.dismiss(this.#caller.native);
    const leaving = [...this.#workers];
    for (const [id, worker] of leaving) {
      worker.dismissed = true;
      // Somebody waits for its end now, which the process has to live to see.
      worker.thread.ref();
      if (unserved.includes(id)) this.terminate(id);
    }
    return {
      ended: this.#seeOff(leaving),
      force: () => {
        for (const [id, worker] of leaving) if (this.#workers.get(id) === worker) this.terminate(id);
      },
    };
  }

  /** Waits until workers have ended. One that does not come to it, because of what tasks have left behind, is ended. */
  async #seeOff(leaving) {
    const look = () => {
      for (const [id, worker] of leaving) {
        if (this.#workers.get(id) === worker && this.#pool.endIdle(id)) this.terminate(id);
      }
    };
    const timer = setInterval(look, PATIENCE).unref();
    await Promise.all(leaving.map(([, { ended }]) => ended));
    clearInterval(timer);
  }

  #start(id) {
    const { resourceLimits, env, preload = [], concurrency = 1, name } = this.#options;
    const { id: pool } = this.#pool;
    const { id: caller } = this.#caller.native;
    const { port1, port2 } = new MessageChannel();
    const known = [...this.#caller.freight.known];
    const limited = this.#pool.memoryLimit > 0;
    const heap = shareHeap();
    let thread;
    try {
      thread = new Worker(path.join(__dirname, 'worker.js'), {
        workerData: {
          tasklets: { pool, worker: id, caller, port: port2, preload, known, limited, heap, concurrency },
        },
        transferList: [port2],
        name: name === undefined ? `tasklets worker ${id}` : `tasklets worker ${id} of ${name}`,
        ...(resourceLimits && { resourceLimits }),
        ...(env && { env: /** @type {any} */ (typeof env === 'symbol' ? env : given(env)) }),
      });
    } catch (error) {
      // The system has no thread to give. Those that wait are told so, once their call has returned.
      port1.close();
      setImmediate(() => {
        this.#report(id, { error }, false);
        this.#events.tell('error', error);
      });
      return;
    }
    // What only waits must not keep the process alive; outstanding tasks do, through their caller.
    thread.unref();
    port1.unref();
    let tell;
    const ended = new Promise((resolve) => (tell = resolve));
    const worker = { thread, port: port1, ready: false, dismissed: false, ended, heap };
    this.#workers.set(id, worker);
    hosts.add(this);
    this.#caller.freight.listen(id, port1);
    let error;
    thread.once('error', (cause) => (error = cause));
    thread.once('message', () => {
      worker.ready = true;
      this.#failedStarts = 0;
      this.cannotStart = false;
      // More may have come than the one for which it was started.
      this.staffIfNeeded();
      if (this.#pool.isElastic) this.#watch.soon();
      this.#events.tell('workerStart', { workerId: id });
    });
    thread.once('exit', (exitCode) => {
      this.#workers.delete(id);
      if (this.#workers.size === 0) hosts.delete(this);
      let crashed = false;
      try {
        this.#caller.unlisten(id);
      } finally {
        // Whatever its last results have brought about: those that wait for it are told.
        port1.close();
        crashed = this.#report(id, { exitCode, error }, worker.ready || worker.dismissed);
        tell();
      }
      if (worker.ready) {
        this.#events.tell('workerExit', { workerId: id, exitCode, crashed, ...(error !== undefined && { error }) });
      } else if (crashed) error ??= new Error(`A worker exited with code ${exitCode} before it could serve`);
      if (error !== undefined) this.#events.tell('error', error);
    });
  }

  /** @returns {boolean} whether it ended although it was to go on */
  #report(id, report, expected) {
    const crashed = this.#pool.bury(id, this.#encode(report));
    if (crashed) this.#crashed();
    if (!expected) this.#failedStarts++;
    if (this.#failedStarts >= MAX_FAILED_STARTS) {
      this.#failedStarts = 0;
      this.cannotStart = true;
      this.#pool.failWaiting(this.#encode(report));
    } else if (this.#caller.pending > 0) this.staff();
    return crashed;
  }

  #crashed() {
    this.crashes++;
    this.#lastCrashes.push(Date.now());
    if (this.#lastCrashes.length > CRASHES) this.#lastCrashes.shift();
  }

  /** How many workers have crashed since a moment, as far as there have not been very many. */
  crashesSince(moment) {
    return this.#lastCrashes.filter((time) => time >= moment).length;
  }

  #encode(report) {
    const { Encoder } = require('./codec');
    const encoder = (this.#encoder ??= new Encoder(1024));
    encoder.reset();
    encoder.position = 0;
    try {
      encoder.encode(report, 'report');
    } catch {
      // What ended the worker cannot cross; its message can.
      encoder.reset();
      encoder.position = 0;
      encoder.encode({ exitCode: report.exitCode, error: new Error(textOf(report.error)) }, 'report');
    }
    return encoder.bytes.slice(0, encoder.position);
  }
}

module.exports = { Host };
