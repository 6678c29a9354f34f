'use strict';
// What node:diagnostics_channel tells of single tasks.

const assert = require('node:assert/strict');
const { subscribe, unsubscribe } = require('node:diagnostics_channel');
const { afterEach, describe, it } = require('node:test');
const { Pool } = require('..');

const names = ['start', 'end', 'error'].map((event) => `tasklets:task:${event}`);
let pool;
let told = [];
const listen = (message, name) => told.push([name.slice(name.lastIndexOf(':') + 1), message]);

afterEach(async () => {
  for (const name of names) unsubscribe(name, listen);
  told = [];
  await pool?.kill();
});

describe('the channels of tasks', () => {
  it('tell of the start and the end of each task, with one object', async () => {
    pool = new Pool({ workers: 1 });
    for (const name of names) subscribe(name, listen);
    const task = pool.run(() => 42, { name: 'answer' });
    assert.equal(told.length, 1);
    const [[event, context]] = told;
    assert.equal(event, 'start');
    assert.deepEqual(context, { id: task.id, name: 'answer', attempt: 1 });
    await task;
    assert.deepEqual(
      told.map(([each]) => each),
      ['start', 'end'],
    );
    assert.equal(told[1][1], context, 'what a subscriber has put there is still there');
    assert.equal(context.result, 42);
    assert.ok(context.workerId > 0 && context.duration >= 0);
    assert.ok(!('error' in context));
  });

  it('tell of an error, and of the end after it', async () => {
    pool = new Pool({ workers: 1 });
    for (const name of names) subscribe(name, listen);
    const failing = pool.run(function fails() {
      throw new TypeError('no');
    });
    const error = await failing.catch((reason) => reason);
    assert.deepEqual(
      told.map(([event]) => event),
      ['start', 'error', 'end'],
    );
    assert.equal(told[1][1].error, error);
    assert.equal(told[2][1], told[0][1]);
    told.length = 0;

    const cancelled = pool.run(() => new Promise(() => {}));
    cancelled.cancel('enough');
    await assert.rejects(cancelled);
    assert.deepEqual(
      told.map(([event]) => event),
      ['start', 'error', 'end'],
    );
    assert.equal(told[1][1].error.cause, 'enough');
  });

  it('tell of a task that never starts because another failed', async () => {
    pool = new Pool({ workers: 1 });
    for (const name of names) subscribe(name, listen);
    const failing = pool.run(() => {
      throw new TypeError('no');
    });
    const after = pool.run(() => 1, { after: [failing] });
    await assert.rejects(after, { code: 'ERR_TASKLETS_DEPENDENCY' });
    const own = told.filter(([, { id }]) => id === after.id);
    assert.deepEqual(
      own.map(([event]) => event),
      ['start', 'error', 'end'],
    );
    assert.equal(own[1][1].error.code, 'ERR_TASKLETS_DEPENDENCY');
    assert.deepEqual(pool.getMetrics().errors, { TypeError: 1, DependencyError: 1 });
  });

  it('tell whoever wants only a part, also of tasks that had started before', async () => {
    pool = new Pool({ workers: 1 });
    const first = pool.run(() => 1, { name: 'first' });
    subscribe('tasklets:task:end', listen);
    await first;
    assert.deepEqual(
      told.map(([event, { name, result }]) => [event, name, result]),
      [['end', 'first', 1]],
    );
    unsubscribe('tasklets:task:end', listen);
    subscribe('tasklets:task:error', listen);
    await pool.run(() => 1);
    await assert.rejects(
      pool.run(() => {
        throw new Error('no');
      }),
    );
    assert.deepEqual(
      told.map(([event]) => event),
      ['end', 'error'],
    );
  });

  it('tell of each of very many', async () => {
    pool = new Pool({ workers: 2 });
    for (const name of names) subscribe(name, listen);
    const noop = pool.task(() => {});
    await Promise.all(Array.from({ length: 2000 }, () => noop()));
    const ids = (event) => told.filter(([each]) => each === event).map(([, { id }]) => id);
    assert.equal(ids('start').length, 2000);
    assert.deepEqual(new Set(ids('end')), new Set(ids('start')));
  });
});
