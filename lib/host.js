'use strict';
// The host of a pool's workers: starts their threads in this isolate, ends them, and reports their ends.

const path = require('node:path');
const { MessageChannel, Worker } = require('node:worker_threads');
const { Encoder } = require('./codec');

/** A pool whose workers end before they are ready, so many times in a row, cannot have any. */
const MAX_FAILED_STARTS = 3;

class Host {
  #pool;
  #options;
  #caller = null;
  /** @type {Map<number, { thread: Worker, port: any, ready: boolean, ended: Promise<void> }>} */
  #workers = new Map();
  #failedStarts = 0;
  #closing = false;
  #encoder = new Encoder(1024);

  /**
   * @param {any} pool the native pool
   * @param {import('../index.js').PoolOptions} options
   * @param {boolean} mayStart false: another isolate starts the workers
   */
  constructor(pool, options, mayStart) {
    this.mayStart = mayStart;
    this.#pool = pool;
    this.#options = options;
  }

  /** @param {import('./caller.js').Caller} caller whose isolate this is */
  serve(caller) {
    this.#caller = caller;
  }

  /** Whether the pool's workers are threads of this isolate, as far as there are any. */
  get hosts() {
    return this.#workers.size === this.#pool.staff;
  }

  /** Starts a worker where the pool wants one. */
  staff() {
    if (this.#closing) return;
    if (!this.mayStart) {
      this.#pool.askForWorkers();
      return;
    }
    const id = this.#pool.hire(this.#caller.native);
    if (id !== 0) this.#start(id);
  }

  /** Sends a message to one worker, or to all. */
  post(message, transfer, worker) {
    if (worker !== undefined) this.#workers.get(worker)?.port.postMessage(message, transfer);
    else for (const { port } of this.#workers.values()) port.postMessage(message, transfer);
  }

  /** Ends a worker's thread by force. */
  terminate(id) {
    // Its 'exit' event does the rest.
    void this.#workers.get(id)?.thread.terminate();
  }

  /** Ends all of them, in good order or by force, and resolves when they have ended. */
  async dismiss({ force }) {
    this.#closing = true;
    this.#pool.dismiss(this.#caller.native);
    for (const [id, { thread, ready }] of this.#workers) {
      // Somebody waits for its end now, which the process has to live to see.
      thread.ref();
      if (force || !ready) this.terminate(id);
    }
    while (this.#workers.size > 0) await Promise.all([...this.#workers.values()].map(({ ended }) => ended));
    this.#closing = false;
  }

  #start(id) {
    const { resourceLimits, env, preload = [] } = this.#options;
    const { port1, port2 } = new MessageChannel();
    const known = [...this.#caller.carried];
    const thread = new Worker(path.join(__dirname, 'worker.js'), {
      workerData: {
        tasklets: { pool: this.#pool.id, worker: id, caller: this.#caller.native.id, port: port2, preload, known },
      },
      transferList: [port2],
      name: `tasklets worker ${id}`,
      ...(resourceLimits && { resourceLimits }),
      ...(env && { env }),
    });
    // What only waits must not keep the process alive; outstanding tasks do, through their caller.
    thread.unref();
    port1.unref();
    let tell;
    const worker = { thread, port: port1, ready: false, ended: new Promise((resolve) => (tell = resolve)) };
    this.#workers.set(id, worker);
    this.#caller.listen(id, port1);
    let error;
    thread.once('error', (cause) => (error = cause));
    thread.once('message', () => {
      worker.ready = true;
      this.#failedStarts = 0;
    });
    thread.once('exit', (exitCode) => {
      this.#workers.delete(id);
      this.#caller.unlisten(id);
      port1.close();
      this.#report(id, { exitCode, error }, worker.ready);
      tell();
    });
  }

  #report(id, report, wasReady) {
    this.#pool.bury(id, this.#encode(report));
    if (!wasReady && !this.#closing) this.#failedStarts++;
    if (this.#failedStarts >= MAX_FAILED_STARTS) {
      this.#failedStarts = 0;
      this.#pool.failWaiting(this.#encode(report));
    } else if (this.#caller.pending > 0) this.staff();
  }

  #encode(report) {
    const encoder = this.#encoder;
    encoder.reset();
    encoder.position = 0;
    try {
      encoder.encode(report, 'report');
    } catch {
      // What ended the worker cannot cross; its message can.
      encoder.reset();
      encoder.position = 0;
      encoder.encode({ exitCode: report.exitCode, error: new Error(String(report.error?.message)) }, 'report');
    }
    return encoder.bytes.slice(0, encoder.position);
  }
}

module.exports = { Host };
