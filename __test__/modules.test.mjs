// The package from an ES module: the default export, the names, and functions that use imports.

import assert from 'node:assert/strict';
import * as crypto from 'node:crypto';
import path from 'node:path';
import { describe, it } from 'node:test';
import tasklets, { AbortError, Pool, TaskletsError, batch, run, runAll, shutdown, task } from '../index.mjs';

const three = 3;

describe('from an ES module', () => {
  it('has the same functions by name and as the default', async () => {
    assert.equal(tasklets.run, run);
    assert.equal(tasklets.shutdown, shutdown);
    assert.equal(tasklets.Pool, Pool);
    assert.equal(tasklets.current, null);
    assert.equal(await run(() => three * 2), 6);
    assert.equal(await task((n) => n + three)(1), 4);
    assert.deepEqual(await runAll([() => 1, () => three]), [1, 3]);
    assert.equal((await batch([{ name: 'x', task: () => three }]))[0].result, 3);
    assert.equal(Object.getPrototypeOf(AbortError), TaskletsError);
  });

  it('takes imports along', async () => {
    assert.equal(await run(() => path.posix.join('a', 'b')), 'a/b');
  });

  it('takes the namespace of a builtin module along as a value, behind a proxy too', async () => {
    const namespace = crypto;
    assert.equal(await run((name) => typeof namespace[name], { args: ['getRandomValues'] }), 'function');
    assert.equal(await run(() => namespace.default.createHash === namespace.createHash), true);
    // As Vitest gives a test file its imports.
    const proxy = new Proxy(crypto, { get: (target, name) => target[name] ?? target.default[name] });
    assert.equal(await run(() => proxy.createHash('sha256').update('hello').digest('hex').slice(0, 8)), '2cf24dba');
  });

  it('works with a pool of its own', async () => {
    const pool = new Pool({ workers: 1 });
    const { run: runThere } = pool;
    assert.equal(await runThere(() => three), 3);
    await pool.shutdown();
  });
});
