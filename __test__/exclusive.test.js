'use strict';
// Exclusive tasks: nothing else is under way in their worker, and they do not wait for ever for that.

const assert = require('node:assert/strict');
const { describe, it } = require('node:test');
const tasklets = require('..');
const { alive } = require('./fixtures/alive.js');
const { random } = require('./fixtures/random.js');
const { withPool: withPoolOf } = require('./fixtures/with-pool.js');

const { Pool } = tasklets;

/** The pool works on after each test. */
const withPool = (options, use) =>
  withPoolOf(options, async (pool) => {
    await use(pool);
    await alive(pool);
  });

const flags = (count) => new Int32Array(new SharedArrayBuffer(4 * count));
async function reached(cells, index, value) {
  while (Atomics.load(cells, index) < value) await new Promise(setImmediate);
}
function open(cells, index) {
  Atomics.store(cells, index, 1);
  Atomics.notify(cells, index);
}

/** Says what was under way beside it in its worker, at its start, its end, and some turns between. */
async function beside(exclusive, turns) {
  const here = (globalThis.here ??= { all: 0, exclusive: 0 });
  let most = 0;
  const look = () => {
    if (exclusive ? here.all > 1 : here.exclusive > 0) most++;
  };
  here.all++;
  if (exclusive) here.exclusive++;
  look();
  for (let turn = 0; turn < turns; turn++) {
    await new Promise(setImmediate);
    look();
  }
  if (exclusive) here.exclusive--;
  here.all--;
  return most;
}

/** Counts itself at 0 and waits for the gate at 1. */
async function wait(cells) {
  Atomics.add(cells, 0, 1);
  while (Atomics.load(cells, 1) === 0) await new Promise((resolve) => setTimeout(resolve, 1));
}

describe('an exclusive task', () => {
  for (const scheduling of /** @type {const} */ (['fifo', 'hrrn'])) {
    for (const [workers, concurrency] of [
      [1, 1],
      [1, 4],
      [2, 4],
      [3, 2],
    ]) {
      // prettier-ignore
      it(`is alone in its worker (${workers} workers, concurrency ${concurrency}, ${scheduling})`, (t) =>
        withPool({ workers, concurrency, scheduling }, async (pool) => {
          const next = random(t);
          const count = pool.task(beside);
          const apart = count.with({ exclusive: true });
          const tasks = Array.from({ length: 300 }, () => {
            const turns = Math.floor(next() * 4);
            const priority = next() < 0.2 ? Math.floor(next() * 5) - 2 : 0;
            return next() < 0.2 ? apart.with({ priority })(true, turns) : count.with({ priority })(false, turns);
          });
          assert.deepEqual(await Promise.all(tasks), Array(300).fill(0));
        }));
    }
  }

  it('is not starved by tasks that come without end', () =>
    withPool({ workers: 2, concurrency: 4 }, async (pool) => {
      const short = pool.task(async () => {
        for (let turn = 0; turn < 3; turn++) await new Promise(setImmediate);
      });
      let over = false;
      let started = 0;
      const go = async () => {
        while (!over && started < 50_000) {
          started++;
          await short();
        }
      };
      // As many at any moment as there are places, and more: no worker is ever without one by itself.
      const load = Array.from({ length: 32 }, go);
      await short();
      assert.equal(await pool.run(() => 'had its turn', { exclusive: true }), 'had its turn');
      over = true;
      await Promise.all(load);
      assert.ok(started < 50_000, 'it came before the load had ended');
    }));

  it('does not wait for a worker that has a task without end, where another can make room', () =>
    withPool({ workers: 2, concurrency: 2 }, async (pool) => {
      const cells = flags(2);
      const ends = pool.run(wait, { args: [cells] });
      await reached(cells, 0, 1);
      const results = await Promise.all(
        Array.from({ length: 20 }, (_, n) => pool.run((m) => m, { args: [n], exclusive: true })),
      );
      assert.equal(results[19], 19);
      open(cells, 1);
      await ends;
    }));

  it('lets others run while it waits for tasks of its own', () =>
    withPool({ workers: 1 }, async (pool) => {
      const outer = async () => (await tasklets.run(() => 1)) + (await tasklets.run(() => 2));
      assert.equal(await pool.run(outer, { exclusive: true }), 3);
    }));

  it('may be the task of a task, however deep, in a pool of one worker', () =>
    withPool({ workers: 1 }, async (pool) => {
      const deep = async (exclusive) => {
        const inner = async () => (await tasklets.run(() => 1, { exclusive: true })) + 1;
        return (await tasklets.run(inner, { exclusive })) + 1;
      };
      assert.equal(await pool.run(deep, { args: [false] }), 3);
      assert.equal(await pool.run(deep, { args: [true], exclusive: true }), 3);
      const many = Array.from({ length: 20 }, (_, n) =>
        pool.run(deep, { args: [n % 2 === 0], exclusive: n % 3 === 0 }),
      );
      assert.deepEqual(await Promise.all(many), Array(20).fill(3));
    }));

  it('may be one of many tasks of tasks that share their workers', () =>
    withPool({ workers: 2, concurrency: 3 }, async (pool) => {
      const outer = pool.task(async (n) => {
        await new Promise(setImmediate);
        const inner = await tasklets.run((m) => m * 2, { args: [n], exclusive: n % 3 === 0 });
        await new Promise(setImmediate);
        return inner + (await tasklets.run(() => 1));
      });
      const tasks = Array.from({ length: 60 }, (_, n) => outer.with({ exclusive: n % 7 === 0 })(n));
      assert.deepEqual(
        await Promise.all(tasks),
        tasks.map((_, n) => n * 2 + 1),
      );
    }));

  it('has nothing start beside it, also where another task there waits for tasks of its own', () =>
    withPool({ workers: 1 }, async (pool) => {
      const outer = pool.task(async () => {
        globalThis.note ??= [];
        const alone = tasklets.run(
          async () => {
            globalThis.note.push('begin');
            for (let turn = 0; turn < 5; turn++) await new Promise((resolve) => setTimeout(resolve, 1));
            globalThis.note.push('end');
          },
          { exclusive: true },
        );
        const other = tasklets.run(() => globalThis.note.push('other'));
        await Promise.all([alone, other]);
        return globalThis.note;
      });
      assert.deepEqual(await outer(), ['begin', 'end', 'other']);
    }));

  for (const [how, end] of /** @type {[string, (task: any) => any][]} */ ([
    ['is cancelled', (task) => task.cancel('enough')],
    ['comes too late', () => {}],
  ])) {
    it(`that ${how} while it waits keeps nothing from starting`, () =>
      withPool({ workers: 1, concurrency: 2 }, async (pool) => {
        const cells = flags(2);
        const running = pool.run(wait, { args: [cells] });
        await reached(cells, 0, 1);
        const deadline = how === 'is cancelled' ? Infinity : 200;
        const waiting = pool.run(() => 'never', { exclusive: true, deadline });
        const after = pool.run(() => 'beside');
        let early = false;
        void after.then(() => (early = Atomics.load(cells, 1) === 0));
        await new Promise(setImmediate);
        end(waiting);
        await assert.rejects(waiting, { code: deadline === 200 ? 'ERR_TASKLETS_DEADLINE' : 'ERR_TASKLETS_ABORTED' });
        assert.equal(await after, 'beside');
        assert.ok(early, 'it ran while the first one did');
        open(cells, 1);
        await running;
      }));
  }

  it('makes those wait that come after it, and keeps its place among all', () =>
    withPool({ workers: 1, concurrency: 4 }, async (pool) => {
      const cells = flags(2);
      const order = [];
      const first = pool.run(wait, { args: [cells] });
      await reached(cells, 0, 1);
      const start = (name, options) => pool.run(() => {}, options).then(() => order.push(name));
      const all = [
        start('exclusive', { exclusive: true }),
        start('after', {}),
        start('low', { exclusive: true, priority: 'low' }),
        start('high', { exclusive: true, priority: 'high' }),
      ];
      open(cells, 1);
      await Promise.all([first, ...all]);
      assert.deepEqual(order, ['high', 'exclusive', 'after', 'low']);
    }));

  it('times out, and is cancelled, like any other', () =>
    withPool({ workers: 1, concurrency: 2 }, async (pool) => {
      const spin = () => {
        for (;;);
      };
      await assert.rejects(pool.run(spin, { exclusive: true, timeout: 20 }), { name: 'TimeoutError' });
      const cells = flags(2);
      const running = pool.run(wait, { args: [cells], exclusive: true });
      await reached(cells, 0, 1);
      const after = pool.run(() => 'after');
      running.cancel();
      await assert.rejects(running, { name: 'AbortError' });
      assert.equal(await after, 'after');
    }));

  it('leaves its place when its worker ends', () =>
    withPool({ workers: 1, concurrency: 2 }, async (pool) => {
      const fatal = pool.run(() => process.exit(3), { exclusive: true });
      const next = pool.run(() => 'next', { exclusive: true });
      await assert.rejects(fatal, { code: 'ERR_TASKLETS_WORKER_EXITED' });
      assert.equal(await next, 'next');
    }));

  it('settles when the pool is killed or shut down', async () => {
    for (const end of ['kill', 'shutdown']) {
      const pool = new Pool({ workers: 1, concurrency: 2 });
      const cells = flags(2);
      const first = [1, 2].map(() => pool.run(wait, { args: [cells] }));
      await reached(cells, 0, 2);
      const tasks = Array.from({ length: 50 }, (_, n) => pool.run(() => 1, { exclusive: n % 2 === 0 }));
      const settled = Promise.allSettled([...first, ...tasks]);
      const ended = end === 'kill' ? pool.kill() : pool.shutdown();
      if (end === 'shutdown') open(cells, 1);
      await ended;
      const statuses = new Set((await settled).map(({ status }) => status));
      assert.deepEqual([...statuses], [end === 'kill' ? 'rejected' : 'fulfilled']);
    }
  });

  it('has an elastic pool grow for it', () =>
    withPool({ workers: { min: 1, max: 2 }, concurrency: 2 }, async (pool) => {
      const cells = flags(2);
      const first = pool.run(wait, { args: [cells] });
      await reached(cells, 0, 1);
      assert.equal(await pool.run(() => 1, { exclusive: true }), 1);
      open(cells, 1);
      await first;
    }));

  it('is an option of every task', () =>
    withPool({ workers: 1, concurrency: 2 }, async (pool) => {
      const exclusive = true;
      assert.equal(await pool.task(() => 1, { exclusive })(), 1);
      assert.deepEqual(await pool.runAll([{ task: () => 1, exclusive }, () => 2]), [1, 2]);
      assert.equal((await pool.batch([{ name: 'x', task: () => 1, exclusive }]))[0].result, 1);
      assert.equal(await pool.retry(() => 1, { exclusive }), 1);
      const first = pool.run(() => 20);
      assert.equal(await pool.run(() => tasklets.current.after[0] + 1, { after: [first], exclusive }), 21);
      assert.equal(await pool.run(() => 1, { exclusive: false }), 1);
    }));

  it('cannot be bound to a worker, and is a yes or a no', () =>
    withPool({ workers: 1 }, async (pool) => {
      const buffer = new ArrayBuffer(8);
      const bound = { args: [buffer], transfer: [buffer], exclusive: true };
      assert.throws(() => pool.run((moved) => moved.byteLength, bound), {
        code: 'ERR_TASKLETS_INVALID_OPTION',
        message: /'exclusive' cannot be combined/,
      });
      assert.equal(buffer.byteLength, 8);
      const shared = new SharedArrayBuffer(8);
      assert.equal(await pool.run((memory) => memory.byteLength, { args: [shared], exclusive: true }), 8);
      for (const wrong of [1, 'yes', null, {}]) {
        // @ts-expect-error It is no boolean.
        assert.throws(() => pool.run(() => 1, { exclusive: wrong }), {
          code: 'ERR_TASKLETS_INVALID_OPTION',
          message: /option 'exclusive' must be true or false/,
        });
      }
    }));
});
