'use strict';
// The tasks of a caller that are held back until others have succeeded.

const { taskCalled } = require('./called.js');
const { DependencyError, InvalidOptionError, NotSerializableError } = require('./errors.js');
const { isShareable } = require('./carrier.js');

/** A promise whose rejection is told by what follows it. */
function handled(promise) {
  promise.catch(() => {});
  return promise;
}

const wrong = (message, option = 'after') => new InvalidOptionError(`option '${option}' ${message}`, option);

/** A task that waits for others, or for a worker that has nothing else to do, is bound to none: that one may be gone by the time. */
function refuseToBind(option, carried) {
  const moved = carried.find((value) => !isShareable(value));
  if (moved === undefined) return;
  throw wrong(
    `cannot be combined with an argument that goes to one worker alone, a ${moved.constructor?.name}: let the task make or load it`,
    option,
  );
}

class Held {
  #outstanding;
  #failures;
  #release;
  #end;

  /**
   * @param {import('./outstanding.js').Outstanding} outstanding
   * @param {import('./failures.js').Failures} failures
   * @param {(slot: number, results: any[]) => void} release queues a task; throws where it cannot be given the results
   * @param {(slot: number, build: () => any) => void} end settles one, if it still waits
   */
  constructor(outstanding, failures, release, end) {
    this.#outstanding = outstanding;
    this.#failures = failures;
    this.#release = release;
    this.#end = end;
  }

  /** Promises of what a task comes after. */
  waitsFor({ after, transfer }) {
    if (transfer !== undefined && transfer.length > 0) {
      throw wrong("cannot be combined with 'transfer': let the task make or load it");
    }
    return after.map((one) => (typeof one === 'number' ? this.#endingOf(one) : one));
  }

  #endingOf(id) {
    const { resolves, lastId } = this.#outstanding;
    const slot = this.#outstanding.slotOf(id);
    if (slot !== -1) {
      const resolve = resolves[slot];
      return handled(
        new Promise((follow) => {
          resolves[slot] = (outcome) => {
            resolve(outcome);
            follow(outcome);
          };
        }),
      );
    }
    if (id > lastId) throw wrong(`names task ${id}, and there has been no such task`);
    if (this.#failures.has(id)) return handled(Promise.reject(new Error(`Task ${id} had failed`)));
    if (!this.#failures.hasForgotten(id)) return undefined;
    throw wrong(`names task ${id}, which ended so long ago that it cannot be told how: give the task itself`);
  }

  /** The task is held until what it comes after has succeeded. */
  keep(id, waits) {
    Promise.all(waits).then(
      (results) => this.#letGo(id, results),
      (cause) => this.#giveUp(id, (task) => new DependencyError(`${task} comes after one that failed`, cause)),
    );
  }

  #letGo(id, results) {
    const slot = this.#outstanding.slotOf(id);
    if (slot === -1) return;
    try {
      this.#release(slot, results);
    } catch (error) {
      this.#giveUp(id, () => error);
    }
  }

  /** Ends a task that is held, unless it has ended. */
  #giveUp(id, errorFor) {
    const slot = this.#outstanding.slotOf(id);
    if (slot === -1) return;
    const task = taskCalled(this.#outstanding.endOf(slot, 0, 0));
    this.#end(slot, () => errorFor(task));
  }
}

/** Puts the results of what a task comes after into the outbox, for it to ask for. */
function encodeResults(encoder, results) {
  encoder.reset();
  encoder.position = 0;
  encoder.encode(results, 'current.after');
  if (encoder.carried !== null && encoder.carried.length > 0) {
    throw new NotSerializableError('current.after', 'shared memory and ports cannot be handed on to a task');
  }
}

module.exports = { Held, encodeResults, refuseToBind };
