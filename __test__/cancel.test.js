'use strict';
// Cancelling: of a waiting task, of a running one that does not cooperate, through a signal, and what is not cancelled.

const assert = require('node:assert/strict');
const { getEventListeners } = require('node:events');
const { describe, it } = require('node:test');
const tasklets = require('..');
const { alive } = require('./fixtures/alive.js');

const { AbortError, Pool } = tasklets;

const forever = () => {
  for (;;);
};
const never = () => new Promise(() => {});
/** Says that it runs, then does not end. */
const announce = (shared) => {
  Atomics.store(shared, 0, 1);
  for (;;);
};
const flag = () => new Int32Array(new SharedArrayBuffer(4));
async function raised(shared) {
  while (Atomics.load(shared, 0) === 0) await new Promise(setImmediate);
}

/** A pool of one worker which is busy until `release()`. */
async function busyPool() {
  const pool = new Pool({ workers: 1 });
  const gate = new Int32Array(new SharedArrayBuffer(8));
  const hold = (shared) => {
    Atomics.store(shared, 0, 1);
    Atomics.wait(shared, 1, 0);
    return 'held';
  };
  const holding = pool.run(hold, { args: [gate] });
  await raised(gate);
  const release = () => {
    Atomics.store(gate, 1, 1);
    Atomics.notify(gate, 1);
  };
  return { pool, holding, release };
}

function isAbort(reason) {
  return (error) => {
    assert.ok(error instanceof AbortError, String(error));
    assert.equal(error.name, 'AbortError');
    assert.equal(error.code, 'ERR_TASKLETS_ABORTED');
    assert.equal(error.cause, reason);
    return true;
  };
}

describe('a waiting task', () => {
  it('never runs once it is cancelled', async () => {
    const { pool, holding, release } = await busyPool();
    const ran = flag();
    const mark = pool.task((shared) => Atomics.add(shared, 0, 1));
    const tasks = Array.from({ length: 100 }, () => mark(ran));
    for (const task of tasks) assert.equal(task.cancel('no more'), true);
    for (const task of tasks) await assert.rejects(task, isAbort('no more'));
    for (const task of tasks) assert.equal(task.cancel(), false);
    release();
    assert.equal(await holding, 'held');
    await alive(pool);
    assert.equal(Atomics.load(ran, 0), 0);
    await pool.shutdown();
  });

  it('can be cancelled by its id', async () => {
    const { pool, holding, release } = await busyPool();
    const waiting = pool.run(() => 1);
    assert.equal(await pool.cancel(waiting.id, 'by id'), true);
    await assert.rejects(waiting, isAbort('by id'));
    assert.equal(await pool.cancel(waiting.id), false);
    assert.equal(await pool.cancel(123456789), false);
    // That of a task which was refused at once.
    assert.equal(await pool.cancel(0), false);
    for (const id of ['x', undefined, -1, 1.5, NaN, waiting]) {
      assert.throws(() => pool.cancel(id), { code: 'ERR_TASKLETS_INVALID_ARGUMENT', message: /^cancel\(\): the id/ });
    }
    release();
    await holding;
    await pool.shutdown();
  });

  it('takes back what was moved to it', async () => {
    const { pool, holding, release } = await busyPool();
    const buffer = new ArrayBuffer(64);
    const waiting = pool.run((moved) => moved.byteLength, { args: [buffer], transfer: [buffer] });
    waiting.cancel();
    await assert.rejects(waiting, isAbort(undefined));
    release();
    await holding;
    await alive(pool);
    await pool.shutdown();
  });
});

describe('a running task', () => {
  for (const [what, fn] of Object.entries({ 'a busy loop': announce, 'an async one that never settles': null })) {
    it(`loses its worker: ${what}`, async () => {
      const pool = new Pool({ workers: 1 });
      for (let round = 0; round < 5; round++) {
        const started = flag();
        const running = pool.run(
          fn ??
            ((shared) => {
              Atomics.store(shared, 0, 1);
              return new Promise(() => {});
            }),
          { args: [started] },
        );
        await raised(started);
        assert.equal(running.cancel('stop'), true);
        assert.equal(running.cancel('again'), false);
        await assert.rejects(running, isAbort('stop'));
        await alive(pool);
      }
      await pool.shutdown();
    });
  }

  it('is ended although other tasks keep their caller busy', async () => {
    const pool = new Pool({ workers: 2 });
    const started = flag();
    const running = pool.run(announce, { args: [started] });
    await raised(started);
    let loaded = true;
    const quick = pool.task((n) => n);
    const load = (async () => {
      while (loaded) await Promise.all([quick(1), quick(2), quick(3)]);
    })();
    running.cancel();
    await assert.rejects(running, AbortError);
    // Two workers again, under load all the while: two tasks can wait for each other.
    const meet = pool.task((shared) => {
      Atomics.add(shared, 0, 1);
      Atomics.notify(shared, 0);
      const end = Date.now() + 30_000;
      while (Atomics.load(shared, 0) < 2) if (Date.now() > end) return 'alone';
      return 'together';
    });
    const both = flag();
    assert.deepEqual(await Promise.all([meet(both), meet(both)]), ['together', 'together']);
    loaded = false;
    await load;
    await pool.shutdown();
  });

  it('takes only its own worker along', async () => {
    const pool = new Pool({ workers: 2 });
    const doomed = Array.from({ length: 20 }, () => pool.run(forever));
    const others = Array.from({ length: 200 }, (_, n) => pool.run((x) => x, { args: [n] }));
    for (const task of doomed) task.cancel();
    for (const task of doomed) await assert.rejects(task, AbortError);
    assert.deepEqual(
      await Promise.all(others),
      Array.from({ length: 200 }, (_, n) => n),
    );
    await pool.shutdown();
  });
});

describe('a task that has ended', () => {
  it('is not cancelled', async () => {
    const done = tasklets.run(() => 'done');
    assert.equal(await done, 'done');
    assert.equal(done.cancel(), false);
    assert.equal(await tasklets.cancel(done.id), false);
    const failed = tasklets.run(() => Promise.reject(new Error('failed')));
    await assert.rejects(failed, { message: 'failed' });
    assert.equal(failed.cancel(), false);
  });

  it('settles once, however close the end and the cancelling are', async () => {
    const quick = tasklets.task((n) => n);
    let cancelled = 0;
    for (let round = 0; round < 2000; round++) {
      const running = quick(round);
      for (let spin = round % 300; spin > 0; spin--) Math.sqrt(spin);
      if (round % 7 === 0) await null;
      const effect = running.cancel('race');
      const outcome = await running.then(
        (value) => value,
        (error) => error,
      );
      if (effect) {
        assert.ok(outcome instanceof AbortError);
        cancelled++;
      } else assert.equal(outcome, round);
    }
    assert.ok(cancelled > 0);
    await alive(tasklets);
  });
});

describe('cancellable: false', () => {
  it('is honoured by cancel() and by a signal', async () => {
    const { pool, holding, release } = await busyPool();
    const controller = new AbortController();
    const firm = pool.run(() => 'done', { cancellable: false, signal: controller.signal });
    assert.equal(firm.cancel(), false);
    assert.equal(await pool.cancel(firm.id), false);
    controller.abort();
    release();
    await holding;
    assert.equal(await firm, 'done');
    assert.equal(await pool.run(() => 'too', { cancellable: false, signal: controller.signal }), 'too');
    await pool.shutdown();
  });
});

describe('a signal', () => {
  it('cancels what waits and what runs', async () => {
    const pool = new Pool({ workers: 1 });
    const controller = new AbortController();
    const started = flag();
    const { signal } = controller;
    const tasks = [
      pool.run(announce, { args: [started], signal }),
      ...Array.from({ length: 50 }, () => pool.run(never, { signal })),
    ];
    const other = pool.run(() => 'other');
    await raised(started);
    const reason = new Error('the client has gone');
    controller.abort(reason);
    for (const task of tasks) await assert.rejects(task, isAbort(reason));
    assert.equal(await other, 'other');
    await alive(pool);
    await pool.shutdown();
  });

  it('that has aborted lets nothing start', async () => {
    const signal = AbortSignal.abort('before');
    const ran = flag();
    const refused = tasklets.run((shared) => Atomics.add(shared, 0, 1), { args: [ran], signal });
    assert.equal(typeof refused.id, 'number');
    await assert.rejects(refused, isAbort('before'));
    assert.equal(refused.cancel(), false);
    await alive(tasklets);
    assert.equal(Atomics.load(ran, 0), 0);
  });

  it('may come from AbortSignal.timeout and AbortSignal.any', async () => {
    const pool = new Pool({ workers: 1 });
    await assert.rejects(pool.run(forever, { signal: AbortSignal.timeout(30) }), (error) => {
      assert.equal(error.cause.name, 'TimeoutError');
      return isAbort(error.cause)(error);
    });
    const controller = new AbortController();
    const running = pool.run(forever, { signal: AbortSignal.any([controller.signal]) });
    controller.abort('any');
    await assert.rejects(running, isAbort('any'));
    await pool.shutdown();
  });

  it('is left alone when its tasks have ended', async () => {
    const { signal } = new AbortController();
    const quick = tasklets.task((n) => n).with({ signal });
    await Promise.all(Array.from({ length: 10_000 }, (_, n) => quick(n)));
    await assert.rejects(
      tasklets.run(() => process.exit(1), { signal }),
      { exitCode: 1 },
    );
    await assert.rejects(tasklets.run(never, { signal, timeout: 10 }), { name: 'TimeoutError' });
    const cancelled = tasklets.run(never, { signal });
    cancelled.cancel();
    await assert.rejects(cancelled, AbortError);
    assert.throws(() => tasklets.run((x) => x, { args: [Promise.resolve()], signal }), TypeError);
    assert.equal(getEventListeners(signal, 'abort').length, 0);
  });

  it('has one listener, whoever follows it: tasks, groups, pools', async () => {
    const controller = new AbortController();
    const { signal } = controller;
    const warnings = [];
    const warn = (warning) => warnings.push(warning.message);
    process.on('warning', warn);
    const pools = Array.from({ length: 3 }, () => new Pool({ workers: 1 }));
    const groups = [];
    for (let i = 0; i < 20; i++) {
      for (const pool of pools) {
        groups.push(pool.runAll([never], { signal }), pool.run(never, { signal }));
        groups.push(
          pool.retry(never, { signal }),
          pool.map([1, 2], async (n) => n, { signal }),
        );
      }
    }
    assert.equal(getEventListeners(signal, 'abort').length, 1);
    controller.abort('all');
    for (const { status, reason } of await Promise.allSettled(groups))
      if (status === 'rejected') isAbort('all')(reason);
    assert.equal(getEventListeners(signal, 'abort').length, 0);
    await Promise.all(pools.map((pool) => pool.shutdown()));
    process.off('warning', warn);
    assert.deepEqual(warnings, []);
  });

  it('has one listener, however many tasks there are', async () => {
    const { pool, holding, release } = await busyPool();
    const controller = new AbortController();
    const { signal } = controller;
    const quick = pool.task((n) => n).with({ signal });
    const tasks = Array.from({ length: 1000 }, (_, n) => quick(n));
    assert.equal(getEventListeners(signal, 'abort').length, 1);
    controller.abort('all of them');
    for (const { reason } of await Promise.allSettled(tasks)) isAbort('all of them')(reason);
    release();
    await holding;
    await pool.shutdown();
  });
});
