'use strict';
// Tasks of every kind, in numbers: memory stays where it was.

const assert = require('node:assert/strict');
const { getEventListeners } = require('node:events');
const { after, describe, it } = require('node:test');
const { Pool } = require('../..');
const { assertFlat, resourceLimits, times } = require('./memory.js');

/** Megabytes that a window may add, since heaps breathe. */
const ALLOWED = 3;
const WORKERS = 2;
/** Tasks in a round. */
const BATCH = 1000;

const pool = new Pool({ workers: WORKERS, resourceLimits });
const where = { pool, workers: WORKERS };
after(() => pool.shutdown());

const all = (make) => Promise.all(Array.from({ length: BATCH }, (_, n) => make(n)));
const settle = (make) => Promise.allSettled(Array.from({ length: BATCH }, (_, n) => make(n)));

const echo = pool.task((value) => value);
const fail = pool.task((n) => {
  throw new RangeError(`of ${n}`);
});
const later = pool.task(async (n) => {
  await null;
  return n;
});
const object = { name: 'some', list: [1, 2, 3], nested: { a: 'b' } };
const text = 'x'.repeat(5000);
const bytes = new Uint8Array(100_000);
const { signal } = new AbortController();
const followed = echo.with({ signal, name: 'followed' });

const kinds = {
  numbers: { rounds: 150, act: () => all((n) => echo(n)) },
  'async tasks': { rounds: 60, act: () => all((n) => later(n)) },
  objects: { rounds: 50, act: () => all(() => echo(object)) },
  strings: { rounds: 40, act: () => all(() => echo(text)) },
  errors: { rounds: 10, act: () => settle((n) => fail(n)) },
  'run() of a new closure each time': { rounds: 10, act: () => all(() => pool.run(() => 1)) },
  'a signal that outlives them': { rounds: 50, act: () => all((n) => followed(n)) },
  'a signal each': { rounds: 20, act: () => all((n) => echo.with({ signal: new AbortController().signal })(n)) },
  cancelled: {
    rounds: 30,
    act: () => {
      const tasks = Array.from({ length: BATCH }, (_, n) => echo(n));
      for (const task of tasks) if (task.id % 50 !== 0) task.cancel();
      return Promise.allSettled(tasks);
    },
  },
};

describe('memory stays where it was after', { concurrency: 1, timeout: 3_600_000 }, () => {
  for (const [kind, { rounds, act }] of Object.entries(kinds)) {
    it(kind, async (t) => {
      await assertFlat(t, where, { rounds: times(rounds), allowed: ALLOWED }, act);
    });
  }

  it('large values', async (t) => {
    const act = () => Promise.all(Array.from({ length: 20 }, () => echo(bytes)));
    await assertFlat(t, where, { rounds: times(50), allowed: ALLOWED }, act);
  });

  it('a burst of 300,000 at once', async (t) => {
    const burst = () => Promise.all(Array.from({ length: 300_000 }, (_, n) => echo(n)));
    await assertFlat(t, where, { rounds: times(1), allowed: ALLOWED }, burst);
  });

  it('and no listener is left on the signal', () => {
    assert.equal(getEventListeners(signal, 'abort').length, 0);
  });
});
