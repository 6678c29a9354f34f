'use strict';
// What is told of single tasks while somebody listens: the channels of node:diagnostics_channel, and a log that wants it.

const { channel } = require('node:diagnostics_channel');

const started = channel('tasklets:task:start');
const ended = channel('tasklets:task:end');
const failed = channel('tasklets:task:error');

class Trace {
  /** What has been told of tasks that have started: the same object goes with all that is told of a task. */
  #contexts = new Map();
  /** @type {import('./log.js').Log | null} a log that wants to know of single tasks */
  log = null;

  /** Whether anybody wants to know of tasks that start. */
  get wantsStart() {
    return started.hasSubscribers || this.log !== null;
  }

  /** Whether anybody wants to know of tasks that end. */
  get wantsEnd() {
    return ended.hasSubscribers || failed.hasSubscribers || this.#contexts.size > 0;
  }

  start(id, name, attempt) {
    const context = { id, name, attempt };
    this.#contexts.set(id, context);
    if (started.hasSubscribers) started.publish(context);
    this.log?.write('debug', 'task submitted', context);
  }

  end({ id, name, attempt, worker, duration }, result) {
    const context = this.#take(id, name, attempt);
    Object.assign(context, { workerId: worker, duration, result });
    if (ended.hasSubscribers) ended.publish(context);
    this.log?.write('debug', 'task ended', { id, name, workerId: worker, duration });
  }

  fail({ id, name, attempt, worker, duration }, error) {
    const context = this.#take(id, name, attempt);
    Object.assign(context, { workerId: worker, duration, error });
    if (failed.hasSubscribers) failed.publish(context);
    if (ended.hasSubscribers) ended.publish(context);
    this.log?.write('debug', 'task failed', { id, name, workerId: worker, duration, error });
  }

  #take(id, name, attempt) {
    const context = this.#contexts.get(id) ?? { id, name, attempt };
    this.#contexts.delete(id);
    return context;
  }
}

module.exports = { Trace };
