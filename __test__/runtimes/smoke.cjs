'use strict';
// The public calls, one after the other, on whatever runtime this is started with. It prints a line of JSON for each:
// what was checked, and 'ok' or how it failed. runtimes.test.js knows what to expect of whom.

const assert = require('node:assert/strict');
const path = require('node:path');
const { AsyncLocalStorage } = require('node:async_hooks');
const tasklets = require('../../index.js');

const { AbortError, Pool, PoolClosedError, PoolDeathError, batch, retry, run, runAll, task } = tasklets;

const fibonacci = (n) => (n < 2 ? n : fibonacci(n - 1) + fibonacci(n - 2));
const spin = () => {
  for (;;);
};

const storage = new AsyncLocalStorage();

/** A pool for checks that cost a worker, so that one check does not disturb another. */
async function withPool(options, use) {
  const pool = new Pool({ workers: 1, ...options });
  try {
    await use(pool);
  } finally {
    await pool.kill();
  }
}

const checks = {
  'a function without variables': async () => assert.equal(await run(() => 42), 42),
  'an async function': async () => assert.equal(await run(async () => 'x'), 'x'),
  arguments: async () => assert.equal(await run((a, b) => a + b, { args: [1, 2] }), 3),
  'a captured function': async () => {
    assert.deepEqual(await runAll([() => fibonacci(10), () => fibonacci(11)]), [55, 89]);
  },
  'a captured module': async () => assert.equal(await run(() => path.basename('/a/b')), 'b'),
  'captures given by hand': async () => {
    assert.equal(await run(() => fibonacci(10), { captures: { fibonacci } }), 55);
  },
  'a task that is called often': async () => {
    const double = task((n) => n * 2);
    const results = await Promise.all(Array.from({ length: 1000 }, (_, index) => double(index)));
    assert.equal(results[999], 1998);
    assert.equal(await double.with({ name: 'double' })(4), 8);
  },
  batch: async () => {
    const seen = [];
    const configs = [
      { name: 'fine', task: () => 1 },
      {
        name: 'fails',
        task: () => {
          throw new Error('no');
        },
      },
    ];
    const reports = await batch(configs, { onProgress: ({ completed }) => seen.push(completed) });
    assert.deepEqual(
      reports.map(({ success }) => success),
      [true, false],
    );
    assert.deepEqual(seen, [1, 2]);
  },
  retry: async () => {
    const failing = () => {
      throw new Error('no');
    };
    await assert.rejects(retry(failing, { attempts: 2, delay: 1 }), { attempts: 2 });
  },
  values: async () => {
    const given = {
      map: new Map([[{ key: 1 }, new Set([1n, -0, NaN])]]),
      date: new Date(0),
      regexp: /x/giu,
      holes: [1, , 3], // oxlint-disable-line no-sparse-arrays
      buffer: Buffer.from('buffer'),
      floats: new Float64Array([0.5, -0.5]),
      nothing: undefined,
      text: 'ä\u{1F600}\uD800',
    };
    given.self = given;
    const echoed = await run((value) => value, { args: [given] });
    assert.deepEqual(echoed, given);
    assert.ok(Buffer.isBuffer(echoed.buffer));
  },
  'a large buffer': async () => {
    const large = new Uint8Array(1 << 20).fill(7);
    const echoed = await run((bytes) => bytes.map((byte) => byte + 1), { args: [large] });
    assert.equal(echoed.length, large.length);
    assert.equal(echoed[large.length - 1], 8);
  },
  'a moved buffer': async () => {
    const moved = new ArrayBuffer(1 << 20);
    assert.equal(await run((buffer) => buffer.byteLength, { args: [moved], transfer: [moved] }), 1 << 20);
    assert.equal(moved.byteLength, 0);
  },
  'shared memory': async () => {
    const shared = new Int32Array(new SharedArrayBuffer(4));
    await run((cells) => void Atomics.add(cells, 0, 42), { args: [shared] });
    assert.equal(shared[0], 42);
  },
  errors: async () => {
    const failing = () => {
      throw Object.assign(new TypeError('wrong', { cause: new RangeError('why') }), { detail: [1] });
    };
    const error = await run(failing, { name: 'failing' }).catch((reason) => reason);
    assert.ok(error instanceof TypeError);
    assert.ok(error.cause instanceof RangeError);
    assert.deepEqual(error.detail, [1]);
    assert.equal(error.taskName, 'failing');
  },
  'the line of an error': async () => {
    const { stack } = await run(() => {
      throw new Error('here');
    }).catch((reason) => reason);
    const [, line] = /smoke\.cjs:(\d+)/.exec(stack) ?? [];
    const source = require('node:fs').readFileSync(__filename, 'utf8').split('\n');
    assert.match(source[line - 1] ?? '', /throw new Error\('here'\)/);
  },
  'an argument that cannot cross': async () => {
    assert.throws(() => run((value) => value, { args: [Promise.resolve()] }), {
      code: 'ERR_TASKLETS_NOT_SERIALIZABLE',
    });
  },
  'the context of the caller': async () => {
    const call = async (name) => {
      const seen = [];
      const onProgress = () => seen.push(storage.getStore());
      await batch([{ name, task: () => 1 }], { onProgress });
      await run(() => 1).then(onProgress);
      return [...seen, storage.getStore()];
    };
    const names = ['a', 'b', 'c'];
    const seen = await Promise.all(names.map((name) => storage.run(name, () => call(name))));
    assert.deepEqual(
      seen,
      names.map((name) => [name, name, name]),
    );
  },
  'a store that goes along': async () => {
    const look = async () => {
      const before = storage.getStore();
      await new Promise((resolve) => setTimeout(resolve, 1));
      return [before.user, storage.getStore().user];
    };
    const looking = task(look, { context: [storage], captures: { storage } });
    const calls = [1, 2, 3].map((user) => storage.run({ user }, () => looking()));
    assert.deepEqual(await Promise.all(calls), [[1, 1], [2, 2], [3, 3]]); // prettier-ignore
  },
  'a wrong option': async () => {
    assert.throws(() => run(() => 1, { timeout: -1 }), RangeError);
    assert.throws(() => run(() => 1, { prioritty: 1 }), TypeError);
  },
  'cancelling a waiting task': () =>
    withPool({}, async (pool) => {
      const running = pool.run(spin);
      const waiting = pool.run(() => 1);
      assert.equal(waiting.cancel('enough'), true);
      await assert.rejects(waiting, { code: 'ERR_TASKLETS_ABORTED', cause: 'enough' });
      running.cancel();
      await assert.rejects(running, AbortError);
    }),
  'a timeout of a busy task': () =>
    withPool({}, async (pool) => {
      await assert.rejects(pool.run(spin, { timeout: 50 }), { name: 'TimeoutError' });
      assert.equal(await pool.run(() => 1), 1);
    }),
  'a signal': () =>
    withPool({}, async (pool) => {
      const controller = new AbortController();
      const task = pool.run(spin, { signal: controller.signal });
      controller.abort('enough');
      await assert.rejects(task, { name: 'AbortError', cause: 'enough' });
    }),
  'process.exit() in a task': () =>
    withPool({}, async (pool) => {
      await assert.rejects(
        pool.run(() => process.exit(3)),
        { code: 'ERR_TASKLETS_WORKER_EXITED', exitCode: 3 },
      );
      assert.equal(await pool.run(() => 1), 1);
    }),
  'an uncaught exception': () =>
    withPool({}, async (pool) => {
      const stray = () =>
        new Promise(() => {
          setTimeout(() => {
            throw new Error('stray');
          });
        });
      await assert.rejects(pool.run(stray), { code: 'ERR_TASKLETS_WORKER_EXITED' });
      assert.equal(await pool.run(() => 1), 1);
    }),
  'a full heap': () =>
    withPool({ resourceLimits: { maxOldGenerationSizeMb: 32 } }, async (pool) => {
      // Small objects, and not for ever: where the limit has no effect, this machine's memory is the next one.
      const hoard = () => {
        const kept = [];
        for (let index = 0; index < 4e6; index++) kept.push({ index });
        return kept.length;
      };
      await assert.rejects(pool.run(hoard), { code: 'ERR_TASKLETS_OUT_OF_MEMORY' });
      assert.equal(await pool.run(() => 1), 1);
    }),
  'a stack overflow': async () => {
    const deep = function deep() {
      return deep() + 1;
    };
    await assert.rejects(run(deep), RangeError);
  },
  'a pool that is shut down': async () => {
    const pool = new Pool({ workers: 2 });
    const tasks = [1, 2, 3].map((n) => pool.run((value) => value, { args: [n] }));
    await pool.shutdown();
    assert.deepEqual(await Promise.all(tasks), [1, 2, 3]);
    assert.throws(() => pool.run(() => 1), PoolClosedError);
  },
  'a pool that is killed': async () => {
    const pool = new Pool({ workers: 1 });
    const outcome = assert.rejects(pool.run(spin), PoolDeathError);
    await pool.kill('over');
    await outcome;
  },
  'the context of a task': async () => {
    assert.equal(tasklets.current, null);
    assert.equal(tasklets.isWorker, false);
    const inside = await run(() => [tasklets.isWorker, tasklets.current.name], {
      name: 'inside',
      captures: { tasklets },
    });
    assert.deepEqual(inside, [true, 'inside']);
  },
  'a task within a task': async () => {
    assert.equal(await run(() => tasklets.run(() => 42), { captures: { tasklets } }), 42);
  },
  'map, filter and reduce': async () => {
    const items = Array.from({ length: 10_000 }, (_, index) => index);
    assert.deepEqual(
      await tasklets.map(items, (n) => n + 1),
      items.map((n) => n + 1),
    );
    assert.equal((await tasklets.filter(items, (n) => n % 2 === 0)).length, 5000);
    assert.equal(await tasklets.reduce(items, (a, b) => a + b, 0), 49_995_000);
    assert.deepEqual(await tasklets.map(['a', 'b'], async (text) => text + text), ['aa', 'bb']);
  },
  'typed arrays': async () => {
    const floats = Float64Array.from({ length: 20_000 }, (_, index) => 20_000 - index);
    assert.deepEqual(
      await tasklets.map(floats, (n) => n * 2),
      floats.map((n) => n * 2),
    );
    assert.deepEqual(await tasklets.sort(floats), floats.slice().sort());
    assert.deepEqual(await tasklets.sort(floats, (a, b) => b - a), floats);
  },
  'the ES module': async () => {
    const module = await import('../../index.mjs');
    assert.equal(module.default, tasklets);
    assert.equal(await module.run(() => 42), 42);
  },
};

const LIMIT = 20_000;

/** A check that hangs is a failure of its own, and must not keep the others from being made. */
async function outcomeOf(check) {
  let timer;
  const late = new Promise((_, reject) => {
    timer = setTimeout(() => reject(new Error('it hangs')), LIMIT);
  });
  try {
    await Promise.race([check(), late]);
    return 'ok';
  } catch (error) {
    return error?.code === 'ERR_ASSERTION' || error?.code === undefined ? String(error?.message ?? error) : error.code;
  } finally {
    clearTimeout(timer);
  }
}

async function main() {
  for (const [name, check] of Object.entries(checks)) {
    console.log(JSON.stringify({ name, outcome: await outcomeOf(check) }));
  }
  // Nothing is shut down: an idle pool must not keep the process alive.
}

main();
