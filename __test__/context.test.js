'use strict';
// The asynchronous context of the caller: stores that are carried into a task, and what runs in the caller's own.

const assert = require('node:assert/strict');
const { AsyncLocalStorage } = require('node:async_hooks');
const fs = require('node:fs');
const os = require('node:os');
const path = require('node:path');
const { after, before, describe, it } = require('node:test');
const { pathToFileURL } = require('node:url');
const tasklets = require('..');
const { withPool } = require('./fixtures/with-pool.js');

const { run, task } = tasklets;

const storage = new AsyncLocalStorage();
const other = new AsyncLocalStorage();
const context = [storage];

/** A helper in the function's surroundings: it sees the same storage. */
const user = () => storage.getStore()?.user;

describe('context', () => {
  it('carries a store into the task, across every kind of waiting', async () => {
    const wander = async () => {
      const seen = [storage.getStore().user, user()];
      await null;
      seen.push(user());
      await new Promise((resolve) => setTimeout(() => resolve(seen.push(user())), 1));
      await new Promise((resolve) => setImmediate(() => resolve(seen.push(user()))));
      await new Promise((resolve) => process.nextTick(() => queueMicrotask(() => resolve(seen.push(user())))));
      await require('node:fs/promises').readFile(__filename);
      return [...seen, user()];
    };
    const seen = await storage.run({ user: 'a' }, () => run(wander, { context }));
    assert.deepEqual(seen, Array(7).fill('a'));
  });

  it('carries what is named, and nothing else', () =>
    storage.run({ user: 'a' }, () =>
      other.run(5, async () => {
        const both = () => [user(), other.getStore()];
        assert.deepEqual(await run(both), [undefined, undefined]);
        assert.deepEqual(await run(both, { context: [] }), [undefined, undefined]);
        assert.deepEqual(await run(both, { context }), ['a', undefined]);
        assert.deepEqual(await run(both, { context: [other, storage, other] }), ['a', 5]);
        assert.deepEqual(await storage.exit(() => run(both, { context: [other, storage] })), [undefined, 5]);
      }),
    ));

  it('carries any value that an argument may be, as a copy', async () => {
    const cell = new Int32Array(new SharedArrayBuffer(4));
    const bytes = new Uint8Array(300_000).fill(7);
    const given = { bytes, cell, seen: new Map([['x', new Date(5)]]), add: (n) => n + bytes.length };
    const look = () => {
      const store = storage.getStore();
      Atomics.add(store.cell, 0, 1);
      store.seen.set('y', 1);
      return [store.bytes[299_999], store.seen.get('x').getTime(), store.add(1)];
    };
    assert.deepEqual(await storage.run(given, () => run(look, { context })), [7, 5, 300_001]);
    assert.equal(cell[0], 1);
    assert.equal(given.seen.size, 1);
    for (const value of [null, 0, '', undefined, NaN, [1], 'text']) {
      assert.deepEqual(await storage.run(value, () => run(() => [storage.getStore()], { context })), [value]);
    }
  });

  it('goes along with arguments, whatever else the task has', async () => {
    const moved = new ArrayBuffer(100_000);
    const options = { args: [moved, [1, 2]], transfer: [moved], name: 'named', priority: 'high', context };
    const fn = (buffer, list) => [buffer.byteLength, list, tasklets.current.name, user(), storage.getStore().moved];
    const seen = await storage.run({ user: 'a', moved: moved.slice(0, 2).byteLength }, () => run(fn, options));
    assert.deepEqual(seen, [100_000, [1, 2], 'named', 'a', 2]);
    assert.equal(moved.byteLength, 0);
  });

  it('gives each task the store of its own call', () =>
    withPool({ workers: 3 }, async (pool) => {
      const look = pool.task(
        async (n) => {
          const before = storage.getStore();
          if (n % 3 === 0) await new Promise((resolve) => setImmediate(resolve));
          return [before, storage.getStore()];
        },
        { context },
      );
      const calls = Array.from({ length: 200 }, (_, n) => storage.run(n, () => look(n)));
      assert.deepEqual(
        await Promise.all(calls),
        calls.map((_, n) => [n, n]),
      );
      assert.deepEqual(await look(1), [undefined, undefined]);
    }));

  it('is an option of a handle, of its calls, and of entries', () =>
    storage.run({ user: 'a' }, async () => {
      const look = task(() => user(), { context });
      assert.equal(await look(), 'a');
      assert.equal(await look.with({ context: [] })(), undefined);
      assert.equal(await look.with({ name: 'x' })(), 'a');
      assert.equal(await run(look, { context: [other] }), undefined);
      const bare = task(() => user());
      assert.equal(await bare(), undefined);
      assert.equal(await bare.with({ context })(), 'a');
      assert.deepEqual(await tasklets.runAll([{ task: () => user(), context }, bare, look]), ['a', undefined, 'a']);
      const [report] = await tasklets.batch([{ name: 'x', task: () => user(), context }]);
      assert.equal(report.result, 'a');
    }));

  it('goes with each attempt of retry()', () =>
    storage.run({ user: 'a' }, async () => {
      const failing = () => {
        throw new Error(`${tasklets.current.attempt} ${user()}`);
      };
      const seen = [];
      const retryIf = ({ message }) => seen.push(message, storage.getStore().user) > 0;
      await assert.rejects(tasklets.retry(failing, { attempts: 3, delay: 1, retryIf, context }), /^Error: 3 a$/);
      assert.deepEqual(seen, ['1 a', 'a', '2 a', 'a']);
    }));

  it('is an option of map and the like', () =>
    storage.run({ user: 3 }, async () => {
      const items = Array.from({ length: 100 }, (_, n) => n);
      const tripled = items.map((n) => n * 3);
      assert.deepEqual(await tasklets.map(items, (n) => n * user(), { context }), tripled);
      assert.deepEqual(await tasklets.map(items, async (n) => n * user(), { context }), tripled);
      assert.deepEqual(await tasklets.map(new Set(items).values(), (n) => n * user(), { context }), tripled);
      assert.deepEqual(
        await tasklets.map(Int32Array.from(items), (n) => n * user(), { context }),
        Int32Array.from(tripled),
      );
      assert.deepEqual(await tasklets.filter(items, (n) => n < user(), { context }), [0, 1, 2]);
      const sum = await tasklets.reduce(items, (a, b) => (user() === 3 ? a + b : NaN), 0, { context });
      assert.equal(sum, 4950);
      const sorted = await tasklets.sort(items, (a, b) => (b - a) * user(), { context });
      assert.deepEqual(sorted, items.toReversed());
      assert.deepEqual(await tasklets.map([1], () => user()), [undefined]);
    }));

  it('can be carried on to tasks of tasks, and ends where it is not', () =>
    withPool({ workers: 1 }, async (pool) => {
      const outer = async () => {
        const inner = () => storage.getStore()?.user;
        const carried = await tasklets.run(inner, { context: [storage] });
        const changed = await storage.run({ user: 'b' }, () => tasklets.run(inner, { context: [storage] }));
        return [carried, changed, await tasklets.run(inner), inner()];
      };
      const seen = await storage.run({ user: 'a' }, () => pool.run(outer, { context }));
      assert.deepEqual(seen, ['a', 'b', undefined, 'a']);
    }));

  it('lets another task that starts in the worker meanwhile see nothing of it', () =>
    withPool({ workers: 1 }, async (pool) => {
      const look = pool.task(() => user());
      const waiting = storage.run({ user: 'a' }, () =>
        pool.run(
          async () => {
            // A task of one's own lets others run here.
            const own = await tasklets.run(() => 1);
            return [own, user()];
          },
          { context },
        ),
      );
      const others = Array.from({ length: 20 }, () => look());
      assert.deepEqual(await waiting, [1, 'a']);
      assert.deepEqual(await Promise.all(others), Array(20).fill(undefined));
    }));

  it('finds the same storage in a function among the arguments', async () => {
    const call = (fn) => [fn(), user()];
    const seen = await storage.run({ user: 'a' }, () => run(call, { args: [() => user()], context }));
    assert.deepEqual(seen, ['a', 'a']);
  });

  it('finds a storage that is supplied by hand', async () => {
    const als = new AsyncLocalStorage();
    const seen = await als.run(6, () =>
      run(() => /** @type {any} */ (globalThis).nothing ?? als.getStore(), { captures: { als }, context: [als] }),
    );
    assert.equal(seen, 6);
  });

  it('says what cannot be carried, at the call', () => {
    const server = require('node:net').createServer();
    const wrong = (store, message, code) =>
      storage.run(store, () => assert.throws(() => run(() => 1, { context: [other, storage] }), { message, code }));
    wrong(
      { a: { b: Promise.resolve() } },
      /^context\[1\]\.a\.b: a Promise cannot be sent/,
      'ERR_TASKLETS_NOT_SERIALIZABLE',
    );
    wrong({ fn: () => server }, /^context\[1\]\.fn: captured variable 'server' is a server/, 'ERR_TASKLETS_CAPTURE');
  });

  it('refuses what is no list of storages', () => {
    const refuse = (given, message) => {
      for (const call of [
        () => run(() => 1, { context: given }),
        () => task(() => 1, { context: given }),
        () => task(() => 1).with({ context: given }),
        () => tasklets.retry(() => 1, { context: given }),
        () => tasklets.runAll([{ task: () => 1, context: given }]),
        () => tasklets.batch([{ name: 'x', task: () => 1, context: given }]),
        () => tasklets.map([1], () => 1, { context: given }),
      ]) {
        assert.throws(call, { code: 'ERR_TASKLETS_INVALID_OPTION', message });
      }
    };
    refuse(storage, /option 'context' must be an array of AsyncLocalStorage instances; got AsyncLocalStorage/);
    refuse(new Set([storage]), /option 'context' must be an array/);
    refuse([storage, { getStore() {} }], /option 'context\[1\]' must be an AsyncLocalStorage, .*; got/);
    refuse([undefined], /option 'context\[0\]' must be an AsyncLocalStorage, .*; got undefined/);
    class Own extends AsyncLocalStorage {}
    refuse([new Own()], /option 'context\[0\]' must be an AsyncLocalStorage, of no class derived from it; got/);
  });
});

describe('a storage that belongs to a package', () => {
  let folder;
  const write = (file, text) => {
    fs.mkdirSync(path.dirname(path.join(folder, file)), { recursive: true });
    fs.writeFileSync(path.join(folder, file), text);
  };
  before(() => {
    folder = fs.realpathSync(fs.mkdtempSync(path.join(os.tmpdir(), 'tasklets-context-')));
    const body = (exported) => `
      const storage = new AsyncLocalStorage();
      const look = () => storage.getStore();
      ${exported}`;
    const common = body('module.exports = { storage, look };');
    write('node_modules/common/index.js', `const { AsyncLocalStorage } = require('node:async_hooks');${common}`);
    const module = body('export { storage, look };');
    write('node_modules/modern/package.json', '{ "type": "module", "exports": "./index.js" }');
    write('node_modules/modern/index.js', `import { AsyncLocalStorage } from 'node:async_hooks';${module}`);
    write(
      'modern.mjs',
      `import { storage, look } from 'modern';
       const local = () => storage.getStore();
       export const calls = (run) => storage.run('m', async () => [
         await run(() => [look(), storage.getStore()], { context: [storage] }),
         await run(() => [look(), local()], { context: [storage] }),
         await run((fn) => fn(), { args: [() => [look(), storage.getStore()]], context: [storage] }),
       ]);`,
    );
  });
  after(() => fs.rmSync(folder, { recursive: true, force: true }));

  it("is the package's own in the worker", () =>
    withPool({ workers: 1 }, async (pool) => {
      const { storage: own, look } = require(path.join(folder, 'node_modules/common'));
      const direct = () => [look(), own.getStore()];
      assert.deepEqual(await own.run('c', () => pool.run(direct, { context: [own] })), ['c', 'c']);
      assert.deepEqual(await pool.run(direct), [undefined, undefined]);
    }));

  it('is so where the function only calls the package', () =>
    withPool({ workers: 1 }, async (pool) => {
      const { storage: own, look } = require(path.join(folder, 'node_modules/common'));
      assert.equal(await own.run('c', () => pool.run(() => look(), { context: [own] })), 'c');
    }));

  it('is so for an ES package that the function uses by name', () =>
    withPool({ workers: 1 }, async (pool) => {
      const { calls } = await import(pathToFileURL(path.join(folder, 'modern.mjs')).href);
      assert.deepEqual(await calls(pool.run), Array(3).fill(['m', 'm']));
    }));
});

describe("the caller's context", () => {
  it('is that of what follows a task, and of every callback', async () => {
    const seen = [];
    const note = () => void seen.push(storage.getStore());
    const call = async (name) => {
      await run(() => tasklets.current.progress(5), { onProgress: note });
      await run(() => 1).then(note);
      await run(() => Promise.reject(new Error('no'))).catch(note);
      await run(() => 1).finally(note);
      note();
      await tasklets.batch([{ name: 'x', task: () => 1 }], { onProgress: note });
      await tasklets.map([1, 2], (n) => n, { onProgress: note });
      await tasklets.runAll([() => 1]);
      note();
      return name;
    };
    const names = ['a', 'b', 'c'];
    await Promise.all(names.map((name) => storage.run(name, () => call(name))));
    for (const name of names) assert.ok(seen.filter((one) => one === name).length >= 8);
    assert.ok(seen.every((one) => names.includes(one)));
  });

  it('is that in which an iterable is pulled, whoever has made room for its next', () =>
    withPool({ workers: 1, maxQueue: 1, overflow: 'wait' }, async (pool) => {
      const gate = new Int32Array(new SharedArrayBuffer(4));
      const blocking = storage.run('blocker', () =>
        Promise.all([1, 2].map(() => pool.run((cell) => void Atomics.wait(cell, 0, 0), { args: [gate] }))),
      );
      const pulled = [];
      function* items() {
        for (let n = 0; n < 20; n++) {
          pulled.push(storage.getStore());
          yield { task: () => storage.getStore(), context };
        }
      }
      const results = storage.run('puller', () => pool.runAll(items()));
      Atomics.store(gate, 0, 1);
      Atomics.notify(gate, 0);
      await blocking;
      assert.deepEqual(await results, Array(20).fill('puller'));
      assert.deepEqual(pulled, Array(20).fill('puller'));
    }));
});
