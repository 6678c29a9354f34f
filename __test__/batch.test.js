'use strict';
// batch(): a report on each task, whether it succeeded or failed, and progress in between.

const assert = require('node:assert/strict');
const { describe, it } = require('node:test');
const { getEventListeners } = require('node:events');
const { NotSerializableError, PoolClosedError } = require('../lib/errors.js');
const { batch } = require('../lib/batch.js');
const { InProcessPool } = require('./fixtures/in-process-pool.js');

const settle = () => new Promise(setImmediate);
const failure = new Error('failed');
const failing = () => {
  throw failure;
};

describe('batch', () => {
  it('reports on each task, in order', async () => {
    const pool = new InProcessPool();
    const configs = [
      { name: 'sum', task: (a, b) => a + b, args: [1, 2], timeout: 9 },
      { name: 'fails', task: failing },
    ];
    assert.deepEqual(await batch(pool, configs), [
      { name: 'sum', success: true, result: 3 },
      { name: 'fails', success: false, error: failure },
    ]);
    assert.deepEqual(pool.started[0].options, { name: 'sum', args: [1, 2], timeout: 9 });
    assert.deepEqual(await batch(pool, []), []);
  });

  it('tells the progress after each task that ends', async () => {
    const seen = [];
    const slow = async () => settle();
    const configs = [
      { name: 'slow', task: slow },
      { name: 'fails', task: failing },
    ];
    await batch(new InProcessPool(), configs, { onProgress: (progress) => seen.push(progress) });
    assert.deepEqual(seen, [
      { completed: 1, total: 2, percentage: 50, name: 'fails' },
      { completed: 2, total: 2, percentage: 100, name: 'slow' },
    ]);
  });

  it('reports what cannot be sent as the failure of that entry, and not from inside the call', async () => {
    const pool = new InProcessPool();
    const refused = () => {};
    const run = (fn, ...rest) => {
      if (fn === refused) throw new NotSerializableError('args[0]', 'a Socket cannot be sent to a worker');
      return pool.run(fn, ...rest);
    };
    const seen = [];
    const configs = [
      { name: 'refused', task: refused },
      { name: 'fine', task: () => 1 },
    ];
    const reports = batch({ ...pool, run }, configs, { onProgress: ({ name }) => seen.push(name) });
    assert.deepEqual(seen, []);
    const [first, second] = await reports;
    assert.equal(first.error.code, 'ERR_TASKLETS_NOT_SERIALIZABLE');
    assert.equal(second.result, 1);
    assert.deepEqual(seen, ['refused', 'fine']);
  });

  it('rejects with what onProgress throws, tells no more, and cancels what has not started', async () => {
    const pool = new InProcessPool(1);
    let calls = 0;
    const onProgress = () => {
      calls++;
      throw new RangeError('from onProgress');
    };
    const configs = Array.from({ length: 20 }, (_, index) => ({ name: `task ${index}`, task: async () => settle() }));
    await assert.rejects(batch(pool, configs, { onProgress }), { message: 'from onProgress' });
    await settle();
    await settle();
    assert.equal(calls, 1);
    assert.ok(pool.withdrawn > 15, `${pool.withdrawn} were withdrawn`);
  });

  it('reports what the signal cancelled', async () => {
    const controller = new AbortController();
    const never = () => new Promise(() => {});
    const configs = [
      { name: 'done', task: () => 1 },
      { name: 'never', task: never },
    ];
    const reports = batch(new InProcessPool(), configs, { signal: controller.signal });
    await settle();
    controller.abort('enough');
    const [done, cancelled] = await reports;
    assert.equal(done.success, true);
    assert.equal(cancelled.error.cause, 'enough');
    await settle();
    assert.equal(getEventListeners(controller.signal, 'abort').length, 0);

    const pool = new InProcessPool();
    const [before] = await batch(pool, configs, { signal: AbortSignal.abort('before') });
    assert.equal(before.error.cause, 'before');
    assert.equal(pool.started.length, 0);
  });

  it('throws wrong use at the call', async () => {
    const pool = new InProcessPool();
    assert.throws(() => batch(pool, {}), { code: 'ERR_TASKLETS_INVALID_ARGUMENT' });
    assert.throws(() => batch(pool, [() => 1]), { code: 'ERR_TASKLETS_INVALID_ARGUMENT', message: /configs\[0\]/ });
    assert.throws(() => batch(pool, [{ task: () => 1 }]), { message: /configs\[0\]: option 'name'/ });
    assert.throws(() => batch(pool, [{ name: 'x' }]), { message: /'task' must be a function/ });
    assert.throws(() => batch(pool, [], { onprogress() {} }), { message: /did you mean 'onProgress'\?/ });
    const closed = () => {
      throw new PoolClosedError('The pool is closed');
    };
    assert.throws(() => batch({ ...pool, run: closed }, [{ name: 'x', task: () => 1 }]), PoolClosedError);
    await settle();
    assert.equal(pool.started.length, 0);
  });
});
