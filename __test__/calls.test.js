'use strict';
// The calls of the default pool, from CommonJS: run, task, runAll, batch, retry, cancel, and what they give.

const assert = require('node:assert/strict');
const { describe, it } = require('node:test');
const tasklets = require('..');

const { run, task, runAll, batch, retry } = tasklets;

function fibonacci(n) {
  return n < 2 ? n : fibonacci(n - 1) + fibonacci(n - 2);
}

describe('run', () => {
  it('gives what a function returns, sync or async', async () => {
    assert.equal(await run(() => 42), 42);
    assert.equal(await run(async () => 'later'), 'later');
    assert.equal(await run(function () {}), undefined);
    assert.equal(await run(() => null), null);
  });

  it('passes arguments', async () => {
    assert.equal(await run((a, b) => a + b, { args: [1, 2] }), 3);
    assert.equal(await run((...all) => all.length, { args: [undefined, null, 0] }), 3);
    assert.equal(await run((...all) => all.length, { args: [] }), 0);
  });

  it('runs in another thread', async () => {
    const { threadId } = require('node:worker_threads');
    const there = await run(() => process.getBuiltinModule('node:worker_threads').threadId);
    assert.notEqual(there, threadId);
  });

  it('gives a promise with an id and a cancel(), whose reactions are plain promises', async () => {
    const running = run(() => 1);
    assert.ok(running instanceof Promise);
    assert.equal(Object.getPrototypeOf(running), Promise.prototype);
    assert.equal(typeof running.id, 'number');
    assert.equal(typeof running.cancel, 'function');
    const reaction = running.then((value) => value + 1);
    assert.ok(reaction instanceof Promise);
    assert.equal(reaction.id, undefined);
    assert.equal(await reaction, 2);
  });

  it('numbers tasks upwards', async () => {
    const first = run(() => 1);
    const others = Array.from({ length: 3000 }, () => run(() => 1));
    let last = first.id;
    for (const { id } of others) {
      assert.ok(id > last);
      last = id;
    }
    await Promise.all([first, ...others]);
    assert.ok(run(() => 1).id > last);
  });

  it('tells a task what it is', async () => {
    assert.equal(tasklets.isWorker, false);
    assert.equal(tasklets.current, null);
    const file = require.resolve('..');
    const inside = (path) => {
      const here = process.getBuiltinModule('node:module').createRequire(path)(path);
      return [here.isWorker, here.current.id, here.current.name, here.current.attempt, here.current.workerId > 0];
    };
    const named = run(inside, { args: [file], name: 'who am I' });
    assert.deepEqual(await named, [true, named.id, 'who am I', 1, true]);
    const unnamed = run(inside, { args: [file] });
    assert.deepEqual(await unnamed, [true, unnamed.id, 'inside', 1, true]);
  });

  it('shares nothing with the caller but values', async () => {
    const list = [1];
    const push = (given) => {
      given.push(2);
      return given;
    };
    assert.deepEqual(await run(push, { args: [list] }), [1, 2]);
    assert.deepEqual(list, [1]);
  });
});

describe('task', () => {
  it('captures once and is called with arguments', async () => {
    const double = task((n) => n * 2);
    assert.equal(await double(21), 42);
    assert.deepEqual(await Promise.all([double(1), double(2), double(3)]), [2, 4, 6]);
    assert.ok(double(1) instanceof Promise);
  });

  it('takes options for all calls, and with() for some', async () => {
    const spin = task(
      (forever) => {
        while (forever);
        return 'done';
      },
      { name: 'spin', timeout: 60_000 },
    );
    const short = spin.with({ timeout: 50 });
    await assert.rejects(short(true), { code: 'ERR_TASKLETS_TIMEOUT', taskName: 'spin' });
    assert.equal(await spin(false), 'done');
    assert.equal(await short(false), 'done');
  });

  it('of a handle is that handle, or one with these options', async () => {
    const double = task((n) => n * 2, { name: 'double' });
    assert.equal(task(double), double);
    assert.equal(await task(double, { name: 'twice' })(4), 8);
    const fails = task(() => Promise.reject(new Error('no')), { name: 'first' });
    await assert.rejects(task(fails, { name: 'second' })(), { taskName: 'second' });
    assert.throws(() => task(double, { captures: {} }), { option: 'captures' });
  });

  it('is told which attempt it is', async () => {
    const file = require.resolve('..');
    const attempts = task((path, least) => {
      const { current } = process.getBuiltinModule('node:module').createRequire(path)(path);
      if (current.attempt < least) throw new Error('again');
      return [current.attempt, current.name];
    });
    const options = { args: [file, 3], delay: 1 };
    assert.deepEqual((await retry(attempts, options))[0], 3);
    assert.deepEqual(await retry(attempts, { ...options, name: 'named' }), [3, 'named']);
    assert.equal((await run(attempts, { args: [file, 1] }))[0], 1);
    await assert.rejects(retry(attempts, { ...options, attempts: 2 }), { attempt: 2, attempts: 2 });
  });

  it('can be given to run, runAll, batch and retry', async () => {
    const double = task((n) => n * 2);
    assert.equal(await run(double, { args: [2] }), 4);
    assert.deepEqual(await runAll([{ task: double, args: [3] }]), [6]);
    assert.equal((await batch([{ name: 'a', task: double, args: [4] }]))[0].result, 8);
    assert.equal(await retry(double, { args: [5] }), 10);
  });
});

describe('many tasks', () => {
  it('runAll gives results in order, as the README has it', async () => {
    const [a, b] = await runAll([() => fibonacci(20), () => fibonacci(21)]);
    assert.deepEqual([a, b], [6765, 10946]);
    const settled = await runAll([() => 1, () => Promise.reject(new Error('no'))], { settle: true });
    assert.deepEqual(settled[0], { status: 'fulfilled', value: 1 });
    assert.equal(settled[1].reason.message, 'no');
  });

  it('runAll withdraws the tasks of another pool there, and nothing of the same number here', async () => {
    const [pool, other] = [new tasklets.Pool({ workers: 1 }), new tasklets.Pool({ workers: 1 })];
    const gate = new Int32Array(new SharedArrayBuffer(4));
    const hold = (shared) => void Atomics.wait(shared, 0, 0);
    const held = [pool.run(hold, { args: [gate] }), other.run(hold, { args: [gate] })];
    const innocent = Array.from({ length: 4 }, () => pool.run(() => 'innocent'));
    const foreign = other.task(() => 'never');
    const failing = () => {
      throw new Error('first');
    };
    const third = new tasklets.Pool({ workers: 1 });
    await assert.rejects(pool.runAll([foreign, foreign, third.task(failing)]), { message: 'first' });
    assert.equal(other.getMetrics().tasks.cancelled, 2);
    Atomics.store(gate, 0, 1);
    Atomics.notify(gate, 0);
    await Promise.all(held);
    assert.deepEqual(await Promise.all(innocent), Array(4).fill('innocent'));
    await Promise.all([pool.shutdown(), other.shutdown(), third.shutdown()]);
  });

  it('runAll rejects with the first error and withdraws what has not started', async () => {
    const pool = new tasklets.Pool({ workers: 1 });
    const fails = () => {
      throw new RangeError('first');
    };
    const shared = new Int32Array(new SharedArrayBuffer(8));
    // Holds the only worker, so that one at most has started by the time the rest are withdrawn.
    const holds = (there) => {
      Atomics.add(there, 1, 1);
      Atomics.wait(there, 0, 0);
    };
    const tasks = [fails];
    for (let i = 0; i < 200; i++) tasks.push({ task: holds, args: [shared] });
    await assert.rejects(pool.runAll(tasks), { name: 'RangeError', message: 'first' });
    Atomics.store(shared, 0, 1);
    Atomics.notify(shared, 0);
    await pool.shutdown();
    assert.ok(shared[1] <= 1, `${shared[1]} ran`);
  });

  it('batch reports each of them', async () => {
    const configs = [
      { name: 'good', task: (n) => n + 1, args: [1] },
      { name: 'bad', task: () => Promise.reject(new Error('bad')) },
    ];
    const seen = [];
    const results = await batch(configs, { onProgress: ({ completed, total }) => seen.push([completed, total]) });
    assert.deepEqual(results[0], { name: 'good', success: true, result: 2 });
    assert.equal(results[1].success, false);
    assert.equal(results[1].error.message, 'bad');
    assert.deepEqual(seen, [
      [1, 2],
      [2, 2],
    ]);
  });

  it('retry runs it again, and says how often', async () => {
    const calls = new Int32Array(new SharedArrayBuffer(4));
    const third = (shared) => {
      if (Atomics.add(shared, 0, 1) < 2) throw new Error('not yet');
      return 'third time';
    };
    assert.equal(await retry(third, { args: [calls], delay: 1 }), 'third time');
    const always = () => {
      throw new Error('never');
    };
    await assert.rejects(retry(always, { attempts: 2, delay: 1 }), { message: 'never', attempts: 2, attempt: 2 });
  });

  it('retry goes on after a worker that died', async () => {
    const calls = new Int32Array(new SharedArrayBuffer(4));
    const dies = (shared) => {
      if (Atomics.add(shared, 0, 1) === 0) process.exit(1);
      return 'survived';
    };
    assert.equal(await retry(dies, { args: [calls], delay: 1 }), 'survived');
  });
});

describe('wrong use', () => {
  it('throws at the call', () => {
    assert.throws(() => run(42), { code: 'ERR_TASKLETS_INVALID_ARGUMENT' });
    assert.throws(() => task(), { code: 'ERR_TASKLETS_INVALID_ARGUMENT' });
    assert.throws(() => run(() => 1, { timout: 1 }), { code: 'ERR_TASKLETS_INVALID_OPTION', option: 'timout' });
    assert.throws(() => run(() => 1, { timeout: -1 }), { code: 'ERR_TASKLETS_OPTION_RANGE', option: 'timeout' });
    assert.throws(() => run(() => 1, { args: 'abc' }), { code: 'ERR_TASKLETS_INVALID_OPTION', option: 'args' });
    // @ts-expect-error It is planned.
    assert.throws(() => new tasklets.Pool({ isolation: 'process' }), {
      code: 'ERR_TASKLETS_OPTION_UNAVAILABLE',
      option: 'isolation',
    });
    assert.throws(() => task(() => 1).with({ args: [] }), { code: 'ERR_TASKLETS_INVALID_OPTION' });
  });

  it('leaves nothing behind', async () => {
    for (let i = 0; i < 2000; i++) assert.throws(() => run((x) => x, { args: [Promise.resolve()] }), TypeError);
    assert.equal(await run(() => 'still here'), 'still here');
  });
});
