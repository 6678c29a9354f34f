'use strict';
// Tasks and items that are pulled from iterables: only as fast as the pool takes them, and ended where they are no longer
// wanted.

const assert = require('node:assert/strict');
const { getEventListeners } = require('node:events');
const { afterEach, describe, it } = require('node:test');
const { setImmediate: turn } = require('node:timers/promises');
const { AbortError, Pool } = require('..');

const WORKERS = 2;
let pool;
afterEach(() => pool.kill());

const failure = () => {
  throw new RangeError('at the third');
};

/** What `give(n)` gives for n = 0, 1, 2 …, without an end; counts what was pulled and whether it was told to stop. */
function endless(give, end = Infinity) {
  const source = { pulled: 0, returned: 0 };
  const step = () => {
    if (source.pulled === end) return { done: true, value: undefined };
    return { done: false, value: give(source.pulled++) };
  };
  const close = () => {
    source.returned++;
    return { done: true, value: undefined };
  };
  source.sync = { [Symbol.iterator]: () => ({ next: step, return: close }) };
  source.async = {
    [Symbol.asyncIterator]: () => ({
      async next() {
        // Some arrive at once, some in another turn of the event loop.
        if (source.pulled % 7 === 0) await turn();
        return step();
      },
      return: async () => close(),
    }),
  };
  return source;
}

/** The calls that pull, each as `call(source, signal)`, with what to pull from and how far ahead it may be. */
const calls = [
  {
    name: 'runAll',
    entry: (work) => (n) => ({ task: work, args: [n] }),
    call: (source, signal) => pool.runAll(source, { signal }),
    ahead: WORKERS + 64,
  },
  {
    name: 'batch',
    entry: (work) => (n) => ({ name: `task ${n}`, task: work, args: [n] }),
    call: (source, signal, onProgress) => pool.batch(source, { signal, onProgress }),
    ahead: WORKERS + 64,
  },
  ...['map', 'filter', 'forEach', 'reduce'].map((name) => ({
    name,
    entry: () => (n) => n,
    call: (source, signal, onProgress, work) =>
      pool[name](source, work, ...(name === 'reduce' ? [0] : []), { signal, onProgress }),
    // Two chunks for each worker, and one that is being filled.
    ahead: (2 * WORKERS + 1) * 256,
  })),
];

for (const { name, entry, call, ahead } of calls) {
  for (const kind of ['sync', 'async']) {
    describe(`${name} of an iterable, ${kind}`, () => {
      it('pulls no further ahead than the pool takes', async () => {
        pool = new Pool({ workers: WORKERS });
        const gate = new Int32Array(new SharedArrayBuffer(8));
        const work = (n) => {
          Atomics.add(gate, 0, 1);
          Atomics.wait(gate, 1, 0);
          return n;
        };
        const source = endless(entry(work));
        const controller = new AbortController();
        const running = call(source[kind], controller.signal, undefined, work);
        while (Atomics.load(gate, 0) < WORKERS) await turn();
        for (let i = 0; i < 50; i++) await turn();
        assert.ok(source.pulled >= WORKERS && source.pulled <= WORKERS + ahead, `${source.pulled} were pulled`);
        assert.equal(source.returned, 0);
        controller.abort('enough');
        if (name !== 'batch') {
          await assert.rejects(running, (error) => error instanceof AbortError && error.cause === 'enough');
        } else {
          const reports = await running;
          assert.equal(reports.length, source.pulled);
          assert.ok(reports.every(({ error }) => error instanceof AbortError && error.cause === 'enough'));
        }
        assert.equal(source.returned, 1);
        assert.deepEqual(getEventListeners(controller.signal, 'abort'), []);
      });

      it('stays within maxQueue', async () => {
        pool = new Pool({ workers: WORKERS, maxQueue: 3 });
        const work = (n) => n;
        const source = endless(entry(work), 200);
        let longest = 0;
        const look = (value) => {
          longest = Math.max(longest, pool.queueSize);
          return value;
        };
        const give = source[kind];
        const watched = {
          *[Symbol.iterator]() {
            for (const value of give) yield look(value);
          },
          async *[Symbol.asyncIterator]() {
            for await (const value of give) yield look(value);
          },
        };
        await call(
          kind === 'sync' ? { [Symbol.iterator]: watched[Symbol.iterator] } : watched,
          undefined,
          undefined,
          work,
        );
        assert.equal(source.pulled, 200);
        assert.ok(longest <= 3, `${longest} waited`);
      });

      it('ends the iterable when a task fails', async () => {
        pool = new Pool({ workers: WORKERS });
        const work = name === 'reduce' ? (_, n) => (n >= 3 ? failure() : n) : (n) => (n === 3 ? failure() : n);
        const source = endless(entry(work), name === 'batch' ? 100 : Infinity);
        const running = call(source[kind], undefined, undefined, work);
        if (name === 'batch') {
          assert.deepEqual(
            (await running).map(({ success }) => success),
            Array.from({ length: 100 }, (_, n) => n !== 3),
          );
          assert.equal(source.returned, 0);
        } else {
          await assert.rejects(running, { name: 'RangeError', message: 'at the third' });
          assert.equal(source.returned, 1);
          const { pulled } = source;
          for (let i = 0; i < 20; i++) await turn();
          assert.ok(source.pulled <= pulled + 1, 'it pulls no more');
        }
      });

      it('rejects with what the iterable throws', async () => {
        pool = new Pool({ workers: WORKERS });
        const work = (n) => n;
        const give = entry(work);
        const source = endless((n) => (n === 5 ? failure() : give(n)));
        await assert.rejects(call(source[kind], undefined, undefined, work), { message: 'at the third' });
        // As with a loop over it: whoever has thrown has ended by himself.
        assert.equal(source.returned, 0);
      });

      it('gives what an array gives, and tells the progress', async () => {
        pool = new Pool({ workers: WORKERS });
        const work = name === 'reduce' ? (a, b) => a + b : (n) => n % 3;
        const give = entry(work);
        const seen = [];
        const result = await call(endless(give, 500)[kind], undefined, (progress) => seen.push(progress), work);
        assert.deepEqual(
          result,
          await call(
            Array.from({ length: 500 }, (_, n) => give(n)),
            undefined,
            undefined,
            work,
          ),
        );
        if (name === 'runAll') return;
        assert.ok(seen.length > 0);
        const { completed, total, percentage } = seen.at(-1);
        assert.equal(completed, 500);
        // The last task may end before an async iterable has said that there is no further one.
        if (name === 'batch' && kind === 'async' && total === Infinity) assert.equal(percentage, 0);
        else assert.deepEqual({ total, percentage }, { total: 500, percentage: 100 });
        for (const progress of seen) assert.ok(progress.total === 500 || progress.total === Infinity);
      });

      it('takes an empty one', async () => {
        pool = new Pool({ workers: WORKERS });
        const expected = name === 'forEach' ? undefined : name === 'reduce' ? 0 : [];
        assert.deepEqual(await call(endless(Number, 0)[kind], undefined, undefined, Number), expected);
      });

      it('pulls nothing where the signal has aborted already', async () => {
        pool = new Pool({ workers: WORKERS });
        const source = endless(entry(Number));
        const running = call(source[kind], AbortSignal.abort('before'), undefined, Number);
        if (name === 'batch') assert.deepEqual(await running, []);
        else await assert.rejects(running, (error) => error instanceof AbortError && error.cause === 'before');
        assert.equal(source.pulled, 0);
      });
    });
  }
}

describe('what is pulled', () => {
  it('is refused where it is no entry, and ends the rest', async () => {
    pool = new Pool({ workers: WORKERS });
    const source = endless((n) => (n === 4 ? 'no task' : () => n));
    await assert.rejects(pool.runAll(source.sync), { code: 'ERR_TASKLETS_INVALID_ARGUMENT', message: /tasks\[4\]/ });
    assert.equal(source.returned, 1);
    const configs = endless((n) => ({ task: () => n, ...(n !== 2 && { name: 'x' }) }));
    await assert.rejects(pool.batch(configs.async), { code: 'ERR_TASKLETS_INVALID_OPTION', message: /configs\[2\]/ });
    assert.equal(configs.returned, 1);
  });

  it('is told where it cannot cross, by its number', async () => {
    pool = new Pool({ workers: WORKERS });
    const source = endless((n) => ({ n, bad: n === 3 ? Promise.resolve() : 1 }));
    await assert.rejects(
      pool.map(source.sync, (item) => item.n),
      { code: 'ERR_TASKLETS_NOT_SERIALIZABLE', message: /^items\[3\]\.bad: / },
    );
  });

  it('gives every outcome with settle, up to the abort', async () => {
    pool = new Pool({ workers: 1, maxQueue: 0 });
    const controller = new AbortController();
    const tasks = endless((n) => {
      if (n === 40) controller.abort('enough');
      return n === 1 ? failure : () => n;
    });
    const outcomes = await pool.runAll(tasks.async, { settle: true, signal: controller.signal });
    assert.equal(outcomes[0].value, 0);
    assert.equal(outcomes[1].reason.message, 'at the third');
    assert.ok(outcomes.length <= 41 && outcomes.every(({ status }) => status !== undefined));
    assert.equal(tasks.returned, 1);
  });

  it('goes on while others take all the room', async () => {
    pool = new Pool({ workers: 1, maxQueue: 1 });
    const gate = new Int32Array(new SharedArrayBuffer(4));
    const first = pool.run((shared) => Atomics.wait(shared, 0, 0), { args: [gate] });
    const second = pool.run(() => 'second');
    const all = pool.runAll(endless((n) => () => n, 10).sync);
    Atomics.store(gate, 0, 1);
    Atomics.notify(gate, 0);
    assert.deepEqual(await all, [0, 1, 2, 3, 4, 5, 6, 7, 8, 9]);
    await Promise.all([first, second]);
  });

  it('is closed with the pool', async () => {
    pool = new Pool({ workers: 1 });
    const source = endless(() => () => new Promise(() => {}));
    const all = pool.runAll(source.sync);
    await Promise.all([pool.kill('over'), assert.rejects(all, { code: 'ERR_TASKLETS_POOL_DEATH' })]);
    assert.equal(source.returned, 1);
  });

  it('is waited for by shutdown, and ended past its timeout', async () => {
    pool = new Pool({ workers: 1, maxQueue: 0 });
    const source = endless((n) => () => n, 20);
    const items = endless((n) => n, 20);
    const running = [pool.runAll(source.async), pool.map(items.async, (n) => n)];
    await pool.shutdown();
    const expected = Array.from({ length: 20 }, (_, n) => n);
    assert.deepEqual(await Promise.all(running), [expected, expected]);

    pool = new Pool({ workers: 1 });
    const never = endless((n) => n);
    never.async = {
      [Symbol.asyncIterator]: () => ({ next: () => new Promise(() => {}), return: () => never.returned++ }),
    };
    const ended = [pool.map(never.async, (n) => n), pool.runAll(never.async), pool.sort(never.async)];
    const rejected = ended.map((each) => assert.rejects(each, AbortError));
    await Promise.all([pool.shutdown({ timeout: 1 }), ...rejected]);
    assert.equal(never.returned, 3);
  });

  describe('whose pool ends is reported on by batch(), and by runAll() that settles', () => {
    const never = () => new Promise(() => {});
    const ways = { kill: 'ERR_TASKLETS_POOL_DEATH', shutdown: 'ERR_TASKLETS_ABORTED' };
    for (const [way, code] of Object.entries(ways)) {
      const close = () => pool[way](way === 'kill' ? 'over' : { timeout: 0 });

      it(`as far as it was pulled: ${way}()`, async () => {
        pool = new Pool({ workers: 1 });
        const [configs, tasks] = [endless((n) => ({ name: `${n}`, task: never })), endless(() => never)];
        const all = [pool.batch(configs.sync), pool.runAll(tasks.async, { settle: true })];
        await turn();
        await close();
        const [reports, outcomes] = await Promise.all(all);
        assert.equal(reports.length, configs.pulled);
        assert.deepEqual([...new Set(reports.map(({ error }) => error.code))], [code]);
        assert.ok(outcomes.length > 0 && outcomes.every(({ reason }) => reason.code === code));
        assert.deepEqual([configs.returned, tasks.returned], [1, 1]);
      });

      it(`to the last entry of an array in a pool with maxQueue: ${way}()`, async () => {
        pool = new Pool({ workers: 1, maxQueue: 2 });
        const configs = Array.from({ length: 9 }, (_, n) => ({ name: `${n}`, task: n === 0 ? () => 'done' : never }));
        const told = [];
        const first = new Promise((resolve) => told.push(resolve));
        const onProgress = ({ completed }) => told.push(completed) === 2 && told[0]();
        const all = pool.batch(configs, { onProgress });
        await first;
        await Promise.all([close(), all]);
        const [done, ...others] = await all;
        assert.deepEqual(done, { name: '0', success: true, result: 'done' });
        assert.deepEqual(
          others.map(({ name, error }) => [name, error.code]),
          configs.slice(1).map(({ name }) => [name, code]),
        );
        assert.deepEqual(told.slice(1), [1, 2, 3, 4, 5, 6, 7, 8, 9]);

        pool = new Pool({ workers: 1, maxQueue: 2 });
        const settled = pool.runAll(Array(9).fill(never), { settle: true });
        const rejected = assert.rejects(pool.runAll(Array(9).fill(never)), { code });
        await Promise.all([close(), rejected]);
        assert.deepEqual(
          (await settled).map(({ reason }) => reason.code),
          Array(9).fill(code),
        );
      });
    }
  });

  it('gives way to an onProgress that throws', async () => {
    pool = new Pool({ workers: 1 });
    const onProgress = () => {
      throw new TypeError('from onProgress');
    };
    for (const running of [
      pool.batch(endless((n) => ({ name: `${n}`, task: () => n })).sync, { onProgress }),
      pool.map(endless((n) => n).sync, (n) => n, { onProgress }),
    ]) {
      await assert.rejects(running, { message: 'from onProgress' });
    }
  });

  it('gives way to an onProgress whose promise rejects', async () => {
    pool = new Pool({ workers: 1 });
    const onProgress = async () => {
      throw new TypeError('from onProgress');
    };
    for (const running of [
      pool.batch(endless((n) => ({ name: `${n}`, task: () => n })).sync, { onProgress }),
      pool.batch([{ name: 'only', task: () => 1 }], { onProgress }),
      pool.map(endless((n) => n).sync, (n) => n, { onProgress }),
    ]) {
      await assert.rejects(running, { message: 'from onProgress' });
    }
    const gate = new Int32Array(new SharedArrayBuffer(4));
    const map = pool.map([1], () => Atomics.wait(gate, 0, 0), { onProgress });
    await assert.rejects(map, { message: 'from onProgress' });
    Atomics.store(gate, 0, 1);
    Atomics.notify(gate, 0);
  });

  it('does not keep those waiting that are there, where others are slow to come', async () => {
    pool = new Pool({ workers: 1 });
    const seen = new Int32Array(new SharedArrayBuffer(4));
    async function* slow() {
      for (let n = 0; n < 40; n++) {
        // Enough at once to make chunks grow, and then nothing more until all of them have been dealt with.
        if (n === 20) while (Atomics.load(seen, 0) < 20) await turn();
        yield n;
      }
    }
    await pool.forEach(slow(), () => Atomics.add(seen, 0, 1));
    assert.equal(seen[0], 40);
  });
});

describe('runAll and batch of an array, in a pool with maxQueue', () => {
  it('start its tasks as fast as the pool takes them', async () => {
    pool = new Pool({ workers: 1, maxQueue: 1 });
    const tasks = Array.from({ length: 30 }, (_, n) => () => n);
    const all = pool.runAll(tasks);
    assert.equal(pool.queueSize, 1);
    assert.deepEqual(
      await all,
      Array.from({ length: 30 }, (_, n) => n),
    );
    const reports = await pool.batch(tasks.map((task, n) => ({ name: `${n}`, task })));
    assert.ok(reports.every(({ name, result }) => Number(name) === result));
  });

  it('report what an abort has kept from starting', async () => {
    pool = new Pool({ workers: 1, maxQueue: 0 });
    const { signal, abort } = abortable();
    const never = () => new Promise(() => {});
    const tasks = [() => 0, never, never, never];
    const onProgress = () => abort('enough');
    const reports = await pool.batch(
      tasks.map((task, n) => ({ name: `${n}`, task })),
      { signal, onProgress },
    );
    assert.deepEqual(
      reports.map(({ error }) => error?.cause),
      [undefined, 'enough', 'enough', 'enough'],
    );
    const settled = await pool.runAll(tasks, { settle: true, signal: AbortSignal.timeout(1) });
    assert.equal(settled.length, 4);
    assert.ok(settled.slice(1).every(({ reason }) => reason instanceof AbortError));
  });
});

function abortable() {
  const controller = new AbortController();
  return { signal: controller.signal, abort: (reason) => controller.abort(reason) };
}
