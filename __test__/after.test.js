'use strict';
// Tasks that come after others: when they start, what they are handed, and what they end with.

const assert = require('node:assert/strict');
const { createSecretKey } = require('node:crypto');
const { describe, it } = require('node:test');
const tasklets = require('..');
const { linkNames } = require('../lib/after.js');
const { busyPool } = require('./fixtures/busy-pool.js');

const { DependencyError, Pool } = tasklets;
const handed = () => tasklets.current.after;
const later = (ms, value) => new Promise((resolve) => setTimeout(resolve, ms, value));
const fails = (message) => {
  throw new RangeError(message);
};

function isDependency(cause) {
  return (error) => {
    assert.ok(error instanceof DependencyError, String(error));
    assert.deepEqual([error.name, error.code], ['DependencyError', 'ERR_TASKLETS_DEPENDENCY']);
    if (cause) cause(error.cause);
    return true;
  };
}

describe('after', () => {
  it('starts when all have succeeded, with their results', async () => {
    const pool = new Pool({ workers: 2 });
    const done = new Int32Array(new SharedArrayBuffer(4));
    const one = pool.run((shared) => new Promise((r) => setTimeout(() => r(Atomics.add(shared, 0, 1) + 1), 40)), {
      args: [done],
    });
    const two = pool.run(() => ({ deep: [new Map([['a', 1n]])], bytes: Buffer.alloc(100_000, 7) }));
    const last = pool.run(
      (shared) => {
        const [first, second] = tasklets.current.after;
        return [Atomics.load(shared, 0), first, second.deep[0].get('a'), second.bytes.length, second.bytes[99_999]];
      },
      { after: [one, two], args: [done], name: 'last' },
    );
    assert.deepEqual(await last, [1, 1, 1n, 100_000, 7]);
    assert.deepEqual(await pool.run(() => tasklets.current.after), []);
    await pool.shutdown();
  });

  it('takes tasks that have ended, ids, tasks of other pools, and retried ones', async () => {
    const [pool, other] = [new Pool({ workers: 1 }), new Pool({ workers: 1 })];
    const ended = pool.run(() => 'ended');
    await ended;
    const running = pool.run(later, { args: [20, 'by id'] });
    const foreign = other.run(later, { args: [20, 'foreign'] });
    const retried = pool.retry(() => 'retried');
    const all = pool.run(handed, { after: [ended, running.id, foreign, retried, ended.id] });
    assert.deepEqual(await all, ['ended', 'by id', 'foreign', 'retried', undefined]);
    const failed = pool.run(fails, { args: ['gone'] });
    await failed.catch(() => {});
    await assert.rejects(pool.run(handed, { after: [failed.id] }), isDependency());
    assert.throws(() => pool.run(handed, { after: [123456] }), {
      code: 'ERR_TASKLETS_INVALID_OPTION',
      option: 'after',
    });
    await pool.shutdown();
    await other.shutdown();
  });

  it('never runs where one has failed, nor do those that come after it', async () => {
    const pool = new Pool({ workers: 2 });
    const ran = new Int32Array(new SharedArrayBuffer(4));
    const count = (shared) => Atomics.add(shared, 0, 1);
    const failed = pool.run(fails, { args: ['first'] });
    const cancelled = pool.run(later, { args: [60_000] });
    const second = pool.run(count, { args: [ran], after: [failed, cancelled], name: 'second' });
    const third = pool.run(count, { args: [ran], after: [second] });
    const fourth = pool.run(count, { args: [ran], after: [cancelled.id] });
    await assert.rejects(failed, RangeError);
    const error = await second.catch((reason) => reason);
    isDependency((cause) => assert.deepEqual([cause.name, cause.message], ['RangeError', 'first']))(error);
    assert.match(error.message, /^task \d+ \(second\) comes after one that failed$/);
    await assert.rejects(
      third,
      isDependency((cause) => assert.equal(cause, error)),
    );
    cancelled.cancel('enough');
    await assert.rejects(cancelled, { code: 'ERR_TASKLETS_ABORTED' });
    await assert.rejects(
      fourth,
      isDependency((cause) => assert.equal(cause.code, 'ERR_TASKLETS_ABORTED')),
    );
    assert.equal(ran[0], 0);
    await pool.shutdown();
  });

  it('knows of one that failed by its callback', async () => {
    const pool = new Pool({ workers: 1 });
    const onProgress = () => fails('told');
    const one = pool.run(() => tasklets.current.progress(50), { onProgress });
    await assert.rejects(one, RangeError);
    await assert.rejects(
      pool.run(() => 'ran', { after: [one.id] }),
      isDependency(),
    );
    await pool.shutdown();
  });

  it('is refused where it cannot be told any more how a task ended', async () => {
    const pool = new Pool({ workers: 1, maxQueue: Infinity });
    const first = pool.run(fails, { args: ['first'] });
    await assert.rejects(first, RangeError);
    await Promise.allSettled(Array.from({ length: 4096 }, () => pool.run(fails, { args: ['other'] })));
    assert.throws(() => pool.run(() => 'ran', { after: [first.id] }), { code: 'ERR_TASKLETS_INVALID_OPTION' });
    const recent = pool.run(() => 1);
    await recent;
    assert.equal(await pool.run(() => 'ran', { after: [recent.id] }), 'ran');
    await pool.shutdown();
  });

  it('can be cancelled, come too late, and die with its pool while it waits', async () => {
    const { pool, holding, release } = await busyPool();
    const first = pool.run(() => 1);
    const cancelled = pool.run(handed, { after: [first] });
    const late = pool.run(handed, { after: [first], deadline: 20 });
    assert.equal(cancelled.cancel(), true);
    await assert.rejects(cancelled, { code: 'ERR_TASKLETS_ABORTED' });
    await assert.rejects(late, { code: 'ERR_TASKLETS_DEADLINE' });
    release();
    await holding;
    const died = { code: 'ERR_TASKLETS_POOL_DEATH' };
    const never = pool.run(() => new Promise(() => {}));
    const stranger = new Promise(() => {});
    const ends = [never, pool.run(handed, { after: [stranger] })].map((task) => assert.rejects(task, died));
    await pool.kill();
    await Promise.all(ends);
  });

  it('holds a graph of any shape together', async () => {
    const pool = new Pool({ workers: 3 });
    const tasks = [];
    const sum = () => tasklets.current.after.reduce((a, b) => a + b, 1) % 1_000_003;
    for (let n = 0; n < 600; n++) {
      const after = [n - 1, n >> 1, n - 7].filter((m) => m >= 0 && m < n).map((m) => (m % 2 ? tasks[m] : tasks[m].id));
      tasks.push(pool.run(sum, { after, priority: n % 3 }));
    }
    const expected = [];
    for (let n = 0; n < 600; n++) {
      const after = [n - 1, n >> 1, n - 7].filter((m) => m >= 0 && m < n);
      expected.push(after.reduce((a, m) => a + expected[m], 1) % 1_000_003);
    }
    assert.deepEqual(await Promise.all(tasks), expected);
    await pool.shutdown();
  });

  it('is waited for by shutdown', async () => {
    const pool = new Pool({ workers: 1 });
    const first = pool.run(later, { args: [20, 1] });
    const second = pool.run(handed, { after: [first] });
    await pool.shutdown();
    assert.deepEqual(await second, [1]);
  });

  it('is not waited for by a shutdown any more once it cannot start', async () => {
    const foreign = new Pool({ workers: 1 });
    const failed = foreign.run(() => new Promise((_, fail) => setTimeout(fail, 20, new RangeError('no'))));
    const never = assert.rejects(tasklets.run(handed, { after: [failed] }), isDependency());
    await tasklets.shutdown();
    await never;
    await foreign.shutdown();
  });

  it('does not go along with what goes to one worker alone, nor hands on shared memory', async () => {
    const pool = new Pool({ workers: 1 });
    const shared = pool.run(() => new SharedArrayBuffer(8));
    const buffer = new ArrayBuffer(8);
    const refused = { code: 'ERR_TASKLETS_INVALID_OPTION', option: 'after' };
    assert.throws(() => pool.run(handed, { after: [shared], args: [buffer], transfer: [buffer] }), refused);
    assert.throws(() => pool.run(handed, { after: [shared], args: [createSecretKey(Buffer.alloc(8))] }), refused);
    await assert.rejects(pool.run(handed, { after: [shared] }), { code: 'ERR_TASKLETS_NOT_SERIALIZABLE' });
    assert.equal(await pool.run(() => 'next'), 'next');
    await pool.shutdown();
  });
});

describe('entries that name each other', () => {
  const entries = [
    { name: 'link', task: () => tasklets.current.after.join('+'), after: ['a', 'b'] },
    { name: 'a', task: () => 'A' },
    { name: 'b', task: () => `B${tasklets.current.after[0]}`, after: ['a'] },
  ];

  it('start in their order, wherever they stand', async () => {
    const pool = new Pool({ workers: 2 });
    assert.deepEqual(await pool.runAll(entries), ['A+BA', 'A', 'BA']);
    const report = await pool.batch([
      { name: 'x', task: fails, args: ['no'] },
      { name: 'y', task: () => 1, after: ['x'] },
    ]);
    assert.deepEqual(
      report.map(({ success }) => success),
      [false, false],
    );
    isDependency((cause) => assert.equal(cause.message, 'no'))(report[1].error);
    await pool.shutdown();
  });

  it('may be those of earlier entries in an iterable', async () => {
    const sorted = [entries[1], entries[2], entries[0]];
    async function* later() {
      yield* sorted;
    }
    for (const options of [{}, { maxQueue: 1, overflow: 'wait' }]) {
      const pool = new Pool({ workers: 2, ...options });
      assert.deepEqual(await pool.runAll(sorted.values()), ['A', 'BA', 'A+BA']);
      assert.deepEqual(await pool.runAll(later()), ['A', 'BA', 'A+BA']);
      const report = await pool.batch(
        [
          { name: 'x', task: fails, args: ['no'] },
          { name: 'y', task: () => 1, after: ['x'] },
          { name: 'unsent', task: () => 1, args: [new WeakMap()] },
          { name: 'z', task: () => 1, after: ['unsent'] },
        ].values(),
      );
      assert.deepEqual(
        report.map(({ error }) => error.name),
        ['RangeError', 'DependencyError', 'NotSerializableError', 'DependencyError'],
      );
      const task = () => 1;
      const refused = (list, message) => {
        const expected = { code: 'ERR_TASKLETS_INVALID_OPTION', option: 'after', message };
        return assert.rejects(pool.batch(list.values()), expected);
      };
      const first = { name: 'a', task };
      const unknown =
        /^batch\(\): configs\[0\]: option 'after' names 'a', and no entry before it .* may name those that came/;
      await refused([{ name: 'b', task, after: ['a'] }, first], unknown);
      await refused([{ name: 'a', task, after: ['a'] }], unknown);
      await refused(
        [first, first, { name: 'b', task, after: ['a'] }],
        /^batch\(\): configs\[2\]: .*'a', and several entries before it/,
      );
      await assert.rejects(pool.runAll([{ task, after: ['z'] }].values()), { message: /^runAll\(\): tasks\[0\]: / });
      await pool.shutdown();
    }
  });

  it('take no longer for each of many', () => {
    const time = (count) => {
      const list = Array.from({ length: count }, (_, n) => ({ options: { name: `${n}` } }));
      list.push({ options: { after: list.map(({ options }) => options.name) } });
      const begun = performance.now();
      linkNames('batch()', list, false);
      return performance.now() - begun;
    };
    const best = (count) => Math.min(...Array.from({ length: 5 }, () => time(count)));
    best(100);
    // Eight times as many; looked through again for each, that would take 64 times as long.
    const [few, many] = [best(5000), best(40_000)];
    assert.ok(many < 30 * few, `${few} ms, ${many} ms`);
  });

  it('are refused at the call where they make no order', async () => {
    const pool = new Pool({ workers: 1 });
    const task = () => 1;
    const refused = (list, message) =>
      assert.throws(
        () => pool.batch(list),
        (error) => error.option === 'after' && message.test(error.message),
      );
    refused(
      [
        { name: 'a', task, after: ['b'] },
        { name: 'b', task, after: ['c'] },
        { name: 'c', task, after: ['a'] },
      ],
      /circle: a after b after c after a/,
    );
    refused([{ name: 'a', task, after: ['a'] }], /circle: a after a/);
    refused([{ name: 'a', task, after: ['z'] }], /names 'z', and no entry is called so/);
    refused(
      [
        { name: 'a', task },
        { name: 'a', task },
        { name: 'b', task, after: ['a'] },
      ],
      /several/,
    );
    await pool.shutdown();
    const bounded = new Pool({ workers: 1, maxQueue: 1, overflow: 'wait' });
    assert.throws(() => bounded.runAll(entries), { option: 'after' });
    const sorted = [entries[1], entries[2], entries[0]];
    assert.deepEqual(await bounded.runAll(sorted), ['A', 'BA', 'A+BA']);
    await bounded.shutdown();
  });
});
