'use strict';
// The layout of what passes through outboxes and inboxes. src/frame.rs has the same numbers, and draws them.

/** Bytes before the payload. */
const HEADER = 32;

/** Bytes of a control block. */
const CONTROL = 40;

/** In the bits of a control block: the task runs alone in its worker. */
const EXCLUSIVE = 2;

/** In the bits of a control block: the task must not run again where another one has taken its worker down. */
const NO_RETRY = 4;

/** The next multiple of eight: where a frame may begin. */
const aligned = (length) => (length + 7) & ~7;

/** How a task ended, as the scheduler counts it. */
const Outcome = Object.freeze({
  VALUE: 0,
  ERROR: 1,
  CANCELLED: 2,
  TIMED_OUT: 3,
  WORKER_EXITED: 4,
  POOL_DIED: 5,
  UNDELIVERED: 6,
  EXPIRED: 7,
  TAKEN_DOWN: 9,
});

/** In the place of an outcome: what a task that runs has reported. Its id stands in the place of a duration. */
const REPORT = 64;

/** What a caller tells the worker of a task. The upper half of the word is the caller's number. */
const Flag = Object.freeze({
  /** The function is called this once: do not keep it. */
  EPHEMERAL: 1,
  /** The payload begins with the task's name and attempt. */
  META: 2,
  /** The payload ends with the keys of what only V8 can carry. */
  CARRIED: 4,
  /** A control block stands before the payload. It is for the scheduler: the worker does not see it. */
  CONTROL: 8,
  /** The caller wants to know how far the task has come. */
  PROGRESS: 16,
  /** It comes after others, whose results it can ask for. */
  AFTER: 32,
  /** Behind its name and attempt the payload has the stores that the caller sends along, and before them where they end. */
  CONTEXT: 64,
  /** After the payload stands the number of the one worker that may run the task. Not for the worker. */
  ADDRESSED: 0x100,
});

/** What a worker's last byte says of its result: a part of it comes over the message port, under keys before that byte. */
const Beside = Object.freeze({
  /** What only V8 can carry. */
  CARRIED: 1,
  /** Copies of the large buffers, moved. */
  BUFFERS: 2,
});

/** In the upper bit of a lease's attempts: the isolate has not been to its event loop for a while. */
const LATE = 0x8000_0000;

/** In the same place: nothing is to start beside the task, which is exclusive or may have taken another worker down. */
const ALONE = 0x4000_0000;

/** In a worker's outbox: nothing has been finished. */
const NO_LEASE = -1;

module.exports = {
  ALONE,
  Beside,
  CONTROL,
  EXCLUSIVE,
  Flag,
  HEADER,
  LATE,
  NO_LEASE,
  NO_RETRY,
  Outcome,
  REPORT,
  aligned,
};
