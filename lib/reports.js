'use strict';
// The progress that the tasks of a worker report, as it leaves the worker.

const { Encoder } = require('./codec');
const { classRef } = require('./capture/rebuild.js');
const { InvalidArgumentError, NotSerializableError } = require('./errors.js');

class Reports {
  #native;
  /** A task may report while a result is being encoded, by a getter. */
  #encoder = null;

  /** @param {any} worker the native worker */
  constructor(worker) {
    this.#native = worker;
  }

  /** Dropped where the task has ended. */
  send(lease, id, flags, percent, data) {
    const encoder = (this.#encoder ??= new Encoder(1024, { classRef }));
    encoder.reset();
    encoder.position = 0;
    encoder.encode([percent, data], 'progress');
    if (encoder.carried !== null && encoder.carried.length > 0) {
      throw new NotSerializableError('progress', 'shared memory and ports cannot be sent with the progress of a task');
    }
    const bytes = encoder.bytes.subarray(0, encoder.position);
    if (!this.#native.report(lease, id, flags, bytes, encoder.buffers ?? [])) {
      throw new NotSerializableError('progress', 'there is no memory for a copy of it');
    }
  }
}

/** From 0 to 100: sums of shares are seldom exact. */
function percentOf(percent) {
  if (typeof percent !== 'number' || Number.isNaN(percent)) {
    throw new InvalidArgumentError(`current.progress(): the percentage must be a number; got ${String(percent)}`);
  }
  return Math.min(Math.max(percent, 0), 100);
}

module.exports = { Reports, percentOf };
