'use strict';
// runAll(): results in order, the first error, and what happens to the other tasks then.

const assert = require('node:assert/strict');
const { describe, it } = require('node:test');
const { getEventListeners } = require('node:events');
const { CaptureError } = require('../lib/errors.js');
const { handle } = require('../lib/handle.js');
const { runAll } = require('../lib/run-all.js');
const { InProcessPool } = require('./fixtures/in-process-pool.js');

const settle = () => new Promise(setImmediate);

/** What task() gives, as far as runAll knows it. */
function handleOf(pool, fn, options) {
  const call = (...args) => pool.run(fn, { ...options, args });
  call.with = call[handle] = (more) => handleOf(pool, fn, { ...options, ...more });
  return call;
}

describe('runAll', () => {
  it('gives the results in order', async () => {
    const pool = new InProcessPool();
    const slow = async () => {
      await settle();
      return 'slow';
    };
    const tasks = [slow, () => 'fast', { task: (a, b) => a + b, args: [1, 2], name: 'sum' }];
    assert.deepEqual(await runAll(pool, tasks), ['slow', 'fast', 3]);
    assert.deepEqual(pool.started[2].options, { args: [1, 2], name: 'sum' });
    assert.deepEqual(await runAll(pool, []), []);
    assert.deepEqual(await runAll(pool, new Set([() => 1])), [1]);
  });

  it('refuses holes', () => {
    assert.throws(() => runAll(new InProcessPool(), [() => 1, , () => 2]), {
      code: 'ERR_TASKLETS_INVALID_ARGUMENT',
      message: /tasks\[1\]/,
    });
  });

  it('runs what task() gave, with arguments and options', async () => {
    const pool = new InProcessPool();
    const double = handleOf(pool, (n) => n * 2);
    const tasks = [{ task: double, args: [1] }, { task: double, args: [2], timeout: 9 }, handleOf(pool, () => 5)];
    assert.deepEqual(await runAll(pool, tasks), [2, 4, 5]);
    assert.equal(pool.started[1].options.timeout, 9);
  });

  it('rejects with the first error and cancels what has not started', async () => {
    const pool = new InProcessPool(2);
    let release;
    const running = () => new Promise((resolve) => (release = resolve));
    const failing = () => {
      throw new TypeError('first');
    };
    const waiting = () => assert.fail('it must not start');
    const tasks = [running, failing, ...Array.from({ length: 50 }, () => async () => settle()), waiting];
    await assert.rejects(runAll(pool, tasks), { name: 'TypeError', message: 'first' });
    await settle();
    assert.ok(pool.withdrawn > 45, `${pool.withdrawn} were withdrawn`);
    assert.equal(pool.started[0].state, 'running');
    release();
  });

  it('gives every outcome with settle', async () => {
    const error = new Error('failed');
    const failing = () => {
      throw error;
    };
    assert.deepEqual(await runAll(new InProcessPool(), [() => 1, failing], { settle: true }), [
      { status: 'fulfilled', value: 1 },
      { status: 'rejected', reason: error },
    ]);
  });

  it('cancels all when the signal aborts, with one listener for all', async () => {
    const controller = new AbortController();
    const never = () => new Promise(() => {});
    const tasks = Array.from({ length: 100 }, () => never);
    const all = runAll(new InProcessPool(4), tasks, { signal: controller.signal, settle: true });
    assert.equal(getEventListeners(controller.signal, 'abort').length, 1);
    controller.abort('enough');
    const outcomes = await all;
    assert.ok(outcomes.every(({ reason }) => reason.name === 'AbortError' && reason.cause === 'enough'));
    await settle();
    assert.equal(getEventListeners(controller.signal, 'abort').length, 0);
  });

  it('starts nothing where the signal has aborted already', async () => {
    const pool = new InProcessPool();
    const signal = AbortSignal.abort('before');
    await assert.rejects(runAll(pool, [() => 1], { signal }), { name: 'AbortError', cause: 'before' });
    const [outcome] = await runAll(pool, [() => 1], { signal, settle: true });
    assert.equal(outcome.reason.cause, 'before');
    await settle();
    assert.equal(pool.started.length, 0);
  });

  it('throws wrong use at the call, before anything has started', async () => {
    const pool = new InProcessPool();
    assert.throws(() => runAll(pool, 5), { code: 'ERR_TASKLETS_INVALID_ARGUMENT', message: /tasks must be .*; got 5/ });
    assert.throws(() => runAll(pool, [() => 1, 2]), { message: /^runAll\(\): tasks\[1\]/ });
    assert.throws(() => runAll(pool, [() => 1, { task: () => 1, tiemout: 1 }]), {
      message: /tasks\[1\]: .*'timeout'\?/,
    });
    assert.throws(() => runAll(pool, [() => 1], { settle: 'yes' }), { code: 'ERR_TASKLETS_INVALID_OPTION' });
    await settle();
    assert.equal(pool.started.length, 0);
  });

  it('leaves nothing waiting where one of them cannot be started', async () => {
    const pool = new InProcessPool();
    const refused = () => {};
    const run = (fn, ...rest) => {
      if (fn === refused) throw new CaptureError('cannot be captured');
      return pool.run(fn, ...rest);
    };
    assert.throws(() => runAll({ ...pool, run }, [() => 1, refused]), { name: 'CaptureError' });
    await settle();
    assert.equal(pool.withdrawn, 1);
    assert.equal(pool.started.length, 0);
  });
});
