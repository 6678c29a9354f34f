'use strict';
// map() when its signal aborts, between leaves and inside one that does not end.

const assert = require('node:assert/strict');
const { getEventListeners, once } = require('node:events');
const { after, describe, it } = require('node:test');
const { setImmediate: turn } = require('node:timers/promises');
const { AbortError, Pool } = require('..');

const pool = new Pool({ workers: 2 });
after(() => pool.shutdown());

const items = Float64Array.from({ length: 1_000_000 }, (_, i) => i);

/** Resolves when a worker has begun. */
async function begun(started) {
  while (Atomics.load(started, 0) === 0) await turn();
}

describe('aborting map', () => {
  it('rejects with the reason as the cause, and leaves no listener behind', async () => {
    const controller = new AbortController();
    const started = new Int32Array(new SharedArrayBuffer(8));
    const wait = (item) => {
      Atomics.add(started, 0, 1);
      while (Atomics.load(started, 1) === 0);
      return item;
    };
    const mapped = pool.map(items, wait, { chunk: 1, signal: controller.signal });
    await begun(started);
    controller.abort('enough');
    await assert.rejects(mapped, (error) => error instanceof AbortError && error.cause === 'enough');
    Atomics.store(started, 1, 1);
    assert.deepEqual(getEventListeners(controller.signal, 'abort'), []);
    // No leaf began after the abort.
    await pool.map([1], (item) => item);
    assert.ok(started[0] <= 2, `${started[0]} leaves`);
  });

  it('gives up the worker whose leaf does not end', async () => {
    const controller = new AbortController();
    const started = new Int32Array(new SharedArrayBuffer(4));
    const forever = (item) => {
      Atomics.add(started, 0, 1);
      for (;;) if (item < -1) return item;
    };
    const mapped = pool.map(items, forever, { signal: controller.signal });
    await begun(started);
    controller.abort();
    await assert.rejects(mapped, AbortError);
    assert.deepEqual(await pool.map([1, 2, 3], (item) => item * 2), [2, 4, 6]);
  });

  it('withdraws what is waiting', async () => {
    const one = new Pool({ workers: 1 });
    const gate = new Int32Array(new SharedArrayBuffer(4));
    const busy = one.run(() => Atomics.wait(gate, 0, 0));
    const controller = new AbortController();
    const mapped = one.map([1, 2], (item) => item, { signal: controller.signal });
    controller.abort();
    await assert.rejects(mapped, AbortError);
    Atomics.store(gate, 0, 1);
    Atomics.notify(gate, 0);
    await busy;
    await one.shutdown();
  });

  it('stops an async function too', async () => {
    const controller = new AbortController();
    const calls = new Int32Array(new SharedArrayBuffer(4));
    const never = async () => {
      Atomics.add(calls, 0, 1);
      await new Promise(() => setInterval(() => {}, 1000));
    };
    const mapped = pool.map([1, 2, 3, 4], never, { signal: controller.signal, chunk: 1 });
    await begun(calls);
    controller.abort();
    await assert.rejects(mapped, AbortError);
    assert.equal(await pool.run(() => 5), 5);
  });

  it('takes an abort that comes when it is over', async () => {
    const controller = new AbortController();
    await pool.map([1], (item) => item, { signal: controller.signal });
    const aborted = once(controller.signal, 'abort');
    controller.abort();
    await aborted;
    assert.equal(await pool.run(() => 5), 5);
  });
});

describe('aborting reduce', () => {
  it('ends the combining of what the workers brought', async () => {
    const controller = new AbortController();
    const started = new Int32Array(new SharedArrayBuffer(8));
    // With a chunk for each item nothing is combined before that.
    const combine = (left, right) => {
      Atomics.add(started, 0, 1);
      Atomics.wait(started, 1, 0);
      return left + right;
    };
    const reduced = pool.reduce([1, 2, 3, 4], combine, 0, { chunk: 1, signal: controller.signal });
    await begun(started);
    controller.abort('enough');
    await assert.rejects(reduced, (error) => error instanceof AbortError && error.cause === 'enough');
    assert.deepEqual(getEventListeners(controller.signal, 'abort'), []);
    Atomics.store(started, 1, 1);
    Atomics.notify(started, 1);
  });
});

describe('aborting sort', () => {
  it('ends what it pulls from', async () => {
    const controller = new AbortController();
    const { signal } = controller;
    let returned = 0;
    const source = { next: () => new Promise(() => {}), return: () => returned++ };
    const sorted = pool.sort({ [Symbol.asyncIterator]: () => source }, undefined, { signal });
    await turn();
    controller.abort('enough');
    await assert.rejects(sorted, (error) => error instanceof AbortError && error.cause === 'enough');
    assert.equal(returned, 1);
    assert.deepEqual(getEventListeners(signal, 'abort'), []);
  });

  it('pulls nothing once it has aborted, and no more from a generator that aborts it', async () => {
    const controller = new AbortController();
    const { signal } = controller;
    let pulled = 0;
    function* items() {
      for (;;) {
        if (++pulled === 3) controller.abort();
        yield pulled;
      }
    }
    await assert.rejects(pool.sort(items(), undefined, { signal }), AbortError);
    assert.equal(pulled, 3);
    await assert.rejects(pool.sort(items(), undefined, { signal }), AbortError);
    assert.equal(pulled, 3);
  });
});
