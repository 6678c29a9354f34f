'use strict';
// The caller's side of a session: hands out tickets, gathers what comes back, and ends it whichever way it goes.

const { onAbort } = require('../abort.js');
const { AbortError } = require('../errors.js');
const { Teller } = require('../listener.js');
const { SessionStatus } = require('../native.js');
const { sendPart } = require('./send.js');

/** How often progress is looked at, in ms. */
const LOOK = 50;
/** How long a leaf may go on after an abort before its worker is given up, in ms. */
const GRACE = 250;
/** Items that an asynchronous function is called for at once in each task, unless `chunk` says otherwise. */
const TOGETHER = 16;

/** One call of map and the like, from its first task to its end. */
class Conductor {
  #host;
  #spec;
  #native;
  #options;
  #parts = [];
  #over = false;
  #resolve;
  #reject;
  #unlisten;
  #looking;
  #teller;
  /** How many items are done, as far as is known. */
  #completed = () => 0;
  /** Takes back what has not started; told whether what runs is to be stopped too. */
  #withdraw = (_stop) => {};

  /**
   * @param {import('./index.js').Host} host
   * @param {object} spec what a worker needs to know, beside the function
   * @param {import('../../index.js').MapOptions} options
   */
  constructor(host, spec, options) {
    this.#host = host;
    this.#spec = spec;
    this.#options = options;
  }

  /** Runs a native session and gives the parts that came back, in the order of their items. */
  conduct(native, blocks) {
    return this.#run(() => {
      this.#native = native;
      if (this.#spec.length === 0) return this.#finish();
      this.#tickets();
      blocks.provide();
    });
  }

  /** Runs items that go along with the tasks, chunk by chunk. */
  send(items) {
    return this.#run(() => {
      const chunk = this.#options.chunk ?? this.#together();
      const count = Math.ceil(items.length / chunk);
      this.#window(count, (i) => {
        const start = i * chunk;
        const part = items.slice(start, start + chunk);
        return { task: sendPart(this.#host, this.#spec, part, start), items: part.length };
      });
    });
  }

  #together() {
    return Math.max(1, Math.min(TOGETHER, Math.ceil(this.#spec.length / (this.#host.workers * 4))));
  }

  #run(begin) {
    const { signal, onProgress } = this.#options;
    return new Promise((resolve, reject) => {
      this.#resolve = resolve;
      this.#reject = reject;
      if (signal?.aborted) return this.#fail(new AbortError(signal.reason), true);
      if (signal) {
        const abort = () => this.#fail(new AbortError(signal.reason), true);
        this.#unlisten = onAbort(signal, abort);
      }
      if (onProgress) {
        this.#teller = new Teller(onProgress);
        this.#teller.failed.catch((error) => this.#fail(error));
        this.#looking = setInterval(() => this.#look(), LOOK).unref();
      }
      this.#try(begin);
    });
  }

  #look() {
    const completed = Math.floor(this.#completed());
    if (completed < this.#spec.length) this.#report(completed);
  }

  #report(completed) {
    const total = this.#spec.length;
    const percentage = total === 0 ? 100 : (completed / total) * 100;
    try {
      this.#teller.tell({ completed, total, percentage });
    } catch (error) {
      this.#fail(error);
    }
  }

  /** Hands out a ticket for each worker that may find something to do, and each again for as long as the session needs another round. */
  #tickets() {
    const native = this.#native;
    const { length, unit, weight = unit, sort } = this.#spec;
    const parked = [];
    const tasks = [];
    let ended;
    /** What is still under way has come too late to matter. */
    let left = false;

    const submit = (ticket) => {
      native.issue();
      const task = this.#host.run('joinSession', native.id, ticket, this.#spec);
      tasks[ticket] = task;
      task.then(
        (answer) => arrived(ticket, answer),
        (error) => left || this.#fail(error),
      );
    };

    const arrived = (ticket, { status, parts, asynchronous }) => {
      native.returned(ticket);
      tasks[ticket] = undefined;
      if (this.#over || left) return;
      this.#take(parts);
      if (asynchronous) this.#spec = { ...this.#spec, asynchronous };
      if (status === SessionStatus.Done || status === SessionStatus.Left) ended = status;
      else if (status === SessionStatus.Aborted && ended === undefined) this.#fail(new AbortError());
      // Where another worker's leaf failed, that worker's ticket brings the error.
      if (ended === undefined && status === SessionStatus.Later && native.closing) {
        parked.push(ticket);
      } else if (ended === undefined && (status === SessionStatus.Yielded || status === SessionStatus.Later)) {
        for (const next of [ticket, ...parked.splice(0)]) this.#try(() => submit(next));
      }
      // Whoever was inside has something to bring; a ticket that nobody took has not, and is withdrawn.
      if (ended === undefined || native.out.length > 0) return;
      left = true;
      for (const task of tasks) if (task) this.#host.withdraw(task);
      if (ended === SessionStatus.Done) this.#finish();
      else this.#rest();
    };

    this.#completed = () => native.completed * weight;
    this.#withdraw = (stop) => {
      for (const task of tasks) if (task) this.#host.withdraw(task);
      if (!stop) return;
      const timer = setTimeout(() => {
        for (const ticket of native.busy) tasks[ticket]?.cancel();
      }, GRACE);
      timer.unref();
    };
    const tickets = Math.min(this.#host.workers, Math.ceil(length / (sort?.run ?? unit)));
    for (let ticket = 0; ticket < tickets; ticket++) submit(ticket);
  }

  /** Once it is under way, what a call throws has nobody else to go to: the pool may have been closed meanwhile. */
  #try(act) {
    try {
      act();
    } catch (error) {
      this.#fail(error);
    }
  }

  /** Does as tasks what a session has left. */
  #rest() {
    const { unit, asynchronous } = this.#spec;
    const step = asynchronous ? Math.max(1, Math.floor((this.#options.chunk ?? this.#together()) / unit)) : 1;
    const { pending, id } = this.#native;
    const ranges = [];
    for (let i = 0; i < pending.length; i += 2) {
      for (let start = pending[i]; start < pending[i + 1]; start += step) {
        ranges.push([start, Math.min(start + step, pending[i + 1])]);
      }
    }
    this.#window(ranges.length, (i) => {
      const [start, end] = ranges[i];
      return { task: this.#host.run('runUnits', id, this.#spec, start, end), items: (end - start) * unit };
    });
  }

  /** Keeps a few tasks going until `count` of them are done. */
  #window(count, begin) {
    const tasks = new Set();
    let next = 0;
    let completed = this.#completed();
    this.#completed = () => completed;
    this.#withdraw = (stop) => {
      for (const task of tasks) {
        if (stop) task.cancel();
        else this.#host.withdraw(task);
      }
    };
    const more = () => {
      while (!this.#over && next < count && tasks.size < 2 * this.#host.workers) {
        const { task, items } = begin(next++);
        tasks.add(task);
        task.then(
          ({ parts }) => {
            tasks.delete(task);
            completed += items;
            this.#take(parts);
            this.#try(more);
          },
          (error) => this.#fail(error),
        );
      }
      if (!this.#over && next === count && tasks.size === 0) this.#finish();
    };
    more();
  }

  #take(parts) {
    for (const part of parts) this.#parts.push(part);
  }

  #end() {
    this.#over = true;
    clearInterval(this.#looking);
    this.#teller?.end();
    this.#unlisten?.();
    this.#native?.close();
  }

  #finish() {
    if (this.#over) return;
    if (this.#teller) this.#report(this.#spec.length);
    if (this.#over) return;
    this.#end();
    this.#resolve(this.#parts.sort((a, b) => a[0] - b[0]));
  }

  #fail(error, stop = false) {
    if (this.#over) return;
    this.#end();
    this.#reject(error);
    this.#withdraw(stop);
  }
}

/** What a task of a call gives, until a signal aborts. */
function untilAborted(host, start, signal) {
  if (signal === undefined) return start();
  return new Promise((resolve, reject) => {
    if (signal.aborted) throw new AbortError(signal.reason);
    const task = start();
    const release = onAbort(signal, () => {
      reject(new AbortError(signal.reason));
      host.withdraw(task);
      setTimeout(() => task.cancel(), GRACE).unref();
    });
    task.then(resolve, reject).finally(release);
  });
}

module.exports = { Conductor, untilAborted };
