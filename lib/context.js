'use strict';
// What a running task learns about itself: `current`.

const { Flag } = require('./frame.js');
const { percentOf } = require('./reports.js');

const none = Object.freeze([]);

class TaskContext {
  #engine;
  #lease;
  #flags;
  #signal;
  #progress;

  /**
   * @param {{ signals: import('./task-signals.js').TaskSignals, reports: import('./reports.js').Reports,
   *   blame: (lease: number, id: number, flags: number) => void,
   *   holds: (lease: number, id: number, flags: number) => boolean }} engine of the worker that runs the task
   * @param {number} lease
   * @param {number} flags with the caller's number, which tells tasks of the same id apart
   * @param {number} id
   * @param {string} name
   * @param {number} workerId
   */
  constructor(engine, lease, flags, id, name, workerId) {
    this.#engine = engine;
    this.#lease = lease;
    this.#flags = flags;
    this.id = id;
    this.name = name;
    this.attempt = 1;
    this.workerId = workerId;
    this.after = none;
  }

  /** The worker is about to end, through the fault of this task. */
  takeBlame() {
    this.#engine.blame(this.#lease, this.id, this.#flags);
  }

  /** Whether it has not ended. */
  isUnderWay() {
    return this.#engine.holds(this.#lease, this.id, this.#flags);
  }

  /** Made when it is first asked for: a task that does not look costs nothing. */
  get signal() {
    return (this.#signal ??= this.#engine.signals.make(this.#lease, this.id, this.#flags));
  }

  /** A function that may be taken out of `current` and handed on. */
  get progress() {
    return (this.#progress ??= (percent, data) => {
      const share = percentOf(percent);
      if ((this.#flags & Flag.PROGRESS) === 0) return;
      this.#engine.reports.send(this.#lease, this.id, this.#flags, share, data);
    });
  }
}

module.exports = { TaskContext };
