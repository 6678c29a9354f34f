'use strict';
// retry(): which failures are tried again, after how long, and how it ends.

const assert = require('node:assert/strict');
const { describe, it } = require('node:test');
const { getEventListeners } = require('node:events');
const { CaptureError, PoolClosedError } = require('../lib/errors.js');
const { retry } = require('../lib/retry.js');
const { InProcessPool } = require('./fixtures/in-process-pool.js');

/** A function that fails so many times, and then gives its arguments back. */
function failing(times, error = () => new Error('failed')) {
  let calls = 0;
  return (...args) => {
    if (calls++ < times) throw error(calls);
    return args;
  };
}

/** Lets everything run that is not waiting for a timer. */
const settle = () => new Promise(setImmediate);

describe('retry', () => {
  it('gives the result of the first attempt that succeeds', async () => {
    const pool = new InProcessPool();
    assert.deepEqual(await retry(pool, failing(2), { delay: 0, args: [1, 'x'] }), [1, 'x']);
    assert.deepEqual(
      pool.started.map(({ attempt }) => attempt),
      [1, 2, 3],
    );
  });

  it('throws the last error, with the number of attempts', async () => {
    const error = await retry(
      new InProcessPool(),
      failing(9, (call) => new Error(`failure ${call}`)),
      { delay: 0 },
    ).catch((reason) => reason);
    assert.equal(error.message, 'failure 3');
    assert.equal(error.attempts, 3);
    assert.ok(!Object.keys(error).includes('attempts'));
  });

  it('throws what is no error as it is', async () => {
    const thrown = failing(9, () => 'a string');
    assert.equal(
      await retry(new InProcessPool(), thrown, { delay: 0, attempts: 2 }).catch((reason) => reason),
      'a string',
    );
    const frozen = Object.freeze(new Error('frozen'));
    assert.equal(
      await retry(
        new InProcessPool(),
        failing(9, () => frozen),
        { delay: 0 },
      ).catch((reason) => reason),
      frozen,
    );
  });

  it('asks retryIf, which may be async', async () => {
    const pool = new InProcessPool();
    const seen = [];
    const retryIf = async (error) => {
      seen.push(error.message);
      return error.message !== 'failure 2';
    };
    const fn = failing(9, (call) => new Error(`failure ${call}`));
    await assert.rejects(retry(pool, fn, { delay: 0, attempts: 5, retryIf }), { message: 'failure 2', attempts: 2 });
    assert.deepEqual(seen, ['failure 1', 'failure 2']);
  });

  it('rejects with what retryIf throws', async () => {
    const retryIf = () => {
      throw new RangeError('from retryIf');
    };
    const retrying = retry(new InProcessPool(), failing(9), { retryIf });
    await assert.rejects(retrying, { message: 'from retryIf', attempts: 1 });
    assert.equal(retrying.cancel(), false);
  });

  it('waits longer each time, up to maxDelay', async (t) => {
    t.mock.timers.enable({ apis: ['setTimeout'] });
    const pool = new InProcessPool();
    const retrying = retry(pool, failing(3), { attempts: 4, delay: 100, backoff: 3, maxDelay: 500 });
    for (const [wait, attempts] of [
      [100, 2],
      [300, 3],
      [500, 4],
    ]) {
      await settle();
      t.mock.timers.tick(wait - 1);
      await settle();
      assert.equal(pool.started.length, attempts - 1);
      t.mock.timers.tick(1);
      await settle();
      assert.equal(pool.started.length, attempts);
    }
    assert.deepEqual(await retrying, []);
  });

  it('leaves a share of the delay to chance', async (t) => {
    t.mock.timers.enable({ apis: ['setTimeout'] });
    t.mock.method(Math, 'random', () => 0.5);
    const pool = new InProcessPool();
    const retrying = retry(pool, failing(1), { delay: 100, jitter: 0.4 });
    await settle();
    t.mock.timers.tick(79);
    await settle();
    assert.equal(pool.started.length, 1);
    t.mock.timers.tick(1);
    await retrying;
  });

  it('does not try again what would end the same', async () => {
    const pool = new InProcessPool();
    const captured = failing(9, () => new CaptureError('cannot be captured'));
    await assert.rejects(retry(pool, captured, { delay: 0 }), { code: 'ERR_TASKLETS_CAPTURE', attempts: 1 });
    assert.equal(pool.started.length, 1);
  });

  it('is cancelled in the middle of an attempt', async () => {
    const pool = new InProcessPool();
    const retrying = retry(pool, () => new Promise(() => {}), { delay: 0 });
    await settle();
    assert.equal(retrying.cancel('enough'), true);
    await assert.rejects(retrying, { name: 'AbortError', cause: 'enough', attempts: 1 });
    assert.equal(retrying.cancel(), false);
    assert.equal(pool.started.length, 1);
  });

  it('is cancelled in a pause, which ends at once', async () => {
    const pool = new InProcessPool();
    const retrying = retry(pool, failing(9), { delay: 2 ** 31 - 1 });
    await settle();
    assert.equal(retrying.cancel('enough'), true);
    await assert.rejects(retrying, { name: 'AbortError', cause: 'enough', attempts: 1 });
    assert.equal(pool.started.length, 1);
  });

  it('is ended by its signal in a pause, and leaves no listener', async () => {
    const { signal, abort } = (() => {
      const controller = new AbortController();
      return { signal: controller.signal, abort: (reason) => controller.abort(reason) };
    })();
    const retrying = retry(new InProcessPool(), failing(9), { delay: 2 ** 31 - 1, signal });
    await settle();
    assert.equal(getEventListeners(signal, 'abort').length, 1);
    abort('enough');
    await assert.rejects(retrying, { name: 'AbortError', cause: 'enough' });
    assert.equal(getEventListeners(signal, 'abort').length, 0);
  });

  it('leaves no listener where it succeeds after a pause', async () => {
    const { signal } = new AbortController();
    await retry(new InProcessPool(), failing(2), { delay: 0, signal });
    assert.equal(getEventListeners(signal, 'abort').length, 0);
  });

  it('cannot be cancelled where it is not cancellable', async (t) => {
    t.mock.timers.enable({ apis: ['setTimeout'] });
    const retrying = retry(new InProcessPool(), failing(1), { cancellable: false });
    await settle();
    assert.equal(retrying.cancel(), false);
    t.mock.timers.tick(100);
    assert.deepEqual(await retrying, []);
  });

  it('has the number of the latest attempt', async () => {
    const retrying = retry(new InProcessPool(), failing(1), { delay: 0 });
    assert.equal(retrying.id, 1);
    await retrying;
    assert.equal(retrying.id, 2);
  });

  it('is a real promise', () => {
    assert.ok(retry(new InProcessPool(), () => 1) instanceof Promise);
  });

  it('refuses to move what another attempt would need', async () => {
    const buffer = new ArrayBuffer(8);
    const options = { args: [buffer], transfer: [buffer] };
    assert.throws(() => retry(new InProcessPool(), failing(0), options), {
      code: 'ERR_TASKLETS_INVALID_OPTION',
      message: /^retry\(\): option 'transfer' cannot be combined with more than one attempt/,
    });
    assert.deepEqual(await retry(new InProcessPool(), failing(0), { ...options, attempts: 1 }), [buffer]);
    assert.deepEqual(await retry(new InProcessPool(), failing(0), { args: [1], transfer: [] }), [1]);
  });

  it('throws wrong use at the call, and what comes later as a rejection', async () => {
    assert.throws(() => retry(new InProcessPool(), 'x'), { code: 'ERR_TASKLETS_INVALID_ARGUMENT' });
    const pool = new InProcessPool();
    let closed = false;
    const run = (...call) => {
      if (closed) throw new PoolClosedError('The pool is closed');
      return pool.run(...call);
    };
    const retrying = retry({ ...pool, run }, failing(9), { delay: 0 });
    closed = true;
    await assert.rejects(retrying, ({ code, attempts, cause }) => {
      assert.deepEqual([code, attempts, cause.message], ['ERR_TASKLETS_POOL_CLOSED', 1, 'failed']);
      return true;
    });
    assert.throws(() => retry({ ...pool, run }, () => 1), { code: 'ERR_TASKLETS_POOL_CLOSED' });
  });
});
