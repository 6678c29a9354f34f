'use strict';
// What is moved rather than copied, and what is shared: ArrayBuffers, message ports, shared memory.

const assert = require('node:assert/strict');
const { createSecretKey } = require('node:crypto');
const { once } = require('node:events');
const { MessageChannel } = require('node:worker_threads');
const { describe, it } = require('node:test');
const { Pool, run, task } = require('..');
const { alive } = require('./fixtures/alive.js');

describe('transfer', () => {
  it('refuses what is not among the arguments', async () => {
    const buffer = new ArrayBuffer(8);
    const other = new ArrayBuffer(8);
    const refused = {
      code: 'ERR_TASKLETS_INVALID_OPTION',
      message: /option 'transfer' names an object that is not among/,
    };
    assert.throws(() => run((one) => one.byteLength, { args: [buffer], transfer: [buffer, other] }), refused);
    assert.throws(() => run(() => buffer.byteLength, { transfer: [buffer] }), refused);
    assert.equal(buffer.byteLength, 8);
    assert.equal(await run((one) => one.byteLength, { args: [buffer], transfer: [buffer, buffer] }), 8);
    assert.equal(buffer.byteLength, 0);
  });

  it('moves an ArrayBuffer: the original is detached', async () => {
    for (const size of [16, 1 << 20]) {
      const buffer = new ArrayBuffer(size);
      new Uint8Array(buffer).fill(7);
      const total = (moved) => new Uint8Array(moved).reduce((sum, n) => sum + n, 0);
      const result = run(total, { args: [buffer], transfer: [buffer] });
      assert.equal(buffer.byteLength, 0);
      assert.equal(await result, size * 7);
    }
  });

  it('moves the buffer under a view', async () => {
    const view = new Float64Array([1, 2, 3]);
    const result = run((moved) => moved.length, { args: [view], transfer: [view.buffer] });
    assert.equal(view.length, 0);
    assert.equal(await result, 3);
  });

  it('works for handles, lists and any iterable', async () => {
    const size = task((moved) => moved.byteLength);
    const one = new ArrayBuffer(8);
    assert.equal(await size.with({ transfer: [one] })(one), 8);
    assert.equal(one.byteLength, 0);
    const two = new ArrayBuffer(8);
    assert.equal(await run((moved) => moved.byteLength, { args: [two], transfer: new Set([two]) }), 8);
    assert.equal(two.byteLength, 0);
  });

  it('carries a message port to a cold pool and to a warm one', async () => {
    const pool = new Pool({ workers: 2 });
    for (let round = 0; round < 5; round++) {
      const { port1, port2 } = new MessageChannel();
      const greet = (port, n) => {
        port.postMessage(`hello ${n}`);
        port.close();
        return n;
      };
      const greeted = pool.run(greet, { args: [port2, round], transfer: [port2] });
      const [message] = await once(port1, 'message');
      assert.equal(message, `hello ${round}`);
      assert.equal(await greeted, round);
      port1.close();
    }
    await pool.shutdown();
  });

  it('carries one port each to many tasks at once', async () => {
    const pool = new Pool({ workers: 2 });
    const channels = Array.from({ length: 50 }, () => new MessageChannel());
    const answer = (port, n) => {
      port.postMessage(n);
      port.close();
    };
    const tasks = channels.map(({ port2 }, n) => pool.run(answer, { args: [port2, n], transfer: [port2] }));
    const messages = await Promise.all(channels.map(async ({ port1 }) => (await once(port1, 'message'))[0]));
    await Promise.all(tasks);
    assert.deepEqual(
      messages,
      channels.map((_, n) => n),
    );
    await pool.shutdown();
  });

  it('refuses a port that is not in the list, and goes on', async () => {
    const { port1, port2 } = new MessageChannel();
    assert.throws(() => run((port) => port, { args: [port2] }), { code: 'ERR_TASKLETS_NOT_SERIALIZABLE' });
    port1.close();
    await alive({ task });
  });

  it('addresses a task to a worker after the only one was given up', async () => {
    const pool = new Pool({ workers: 1 });
    await alive(pool);
    const stuck = pool.run(() => {
      for (;;);
    });
    const buffer = new ArrayBuffer(8);
    stuck.cancel();
    const moved = pool.run((there) => there.byteLength, { args: [buffer], transfer: [buffer] });
    await assert.rejects(stuck, { name: 'AbortError' });
    assert.equal(await moved, 8);
    await pool.shutdown();
  });
});

describe('shared memory', () => {
  it('is the same memory everywhere', async () => {
    const shared = new Int32Array(new SharedArrayBuffer(4));
    const add = task((counter) => Atomics.add(counter, 0, 1));
    await Promise.all(Array.from({ length: 200 }, () => add(shared)));
    assert.equal(shared[0], 200);
    await run(() => Atomics.add(shared, 0, 1));
    assert.equal(shared[0], 201);
  });

  it('reaches a task that waits on it', async () => {
    const gate = new Int32Array(new SharedArrayBuffer(4));
    const waits = run((there) => Atomics.wait(there, 0, 0), { args: [gate] });
    await run(
      (there) => {
        Atomics.store(there, 0, 1);
        Atomics.notify(there, 0);
      },
      { args: [gate] },
    );
    assert.match(await waits, /ok|not-equal/);
  });

  it('comes back as a result, and is known again', async () => {
    const made = await run(() => {
      const memory = new SharedArrayBuffer(8);
      new Uint8Array(memory)[0] = 5;
      return { memory, view: new Uint8Array(memory) };
    });
    assert.ok(made.memory instanceof SharedArrayBuffer);
    assert.equal(made.view.buffer, made.memory);
    assert.equal(made.view[0], 5);
    await run((view) => (view[0] = 6), { args: [made.view] });
    assert.equal(made.view[0], 6);
  });

  it('reaches workers that start later', async () => {
    const pool = new Pool({ workers: 1 });
    const shared = new Int32Array(new SharedArrayBuffer(4));
    const add = pool.task((counter) => Atomics.add(counter, 0, 1));
    await add(shared);
    for (let i = 0; i < 3; i++) {
      await assert.rejects(
        pool.run(() => process.exit(1)),
        { code: 'ERR_TASKLETS_WORKER_EXITED' },
      );
      await add(shared);
    }
    assert.equal(shared[0], 4);
    await pool.shutdown();
  });

  it('is carried for a captured function', async () => {
    const shared = new Int32Array(new SharedArrayBuffer(4));
    const pool = new Pool({ workers: 2 });
    const add = pool.task(() => Atomics.add(shared, 0, 1));
    await Promise.all(Array.from({ length: 50 }, () => add()));
    assert.equal(shared[0], 50);
    await pool.shutdown();
  });
});

describe('what V8 copies and a function has captured', () => {
  it('reaches every worker that builds it', async () => {
    const pool = new Pool({ workers: 3 });
    const key = createSecretKey(Buffer.from('a key'));
    const blob = new Blob(['a text']);
    const size = pool.task(() => key.symmetricKeySize);
    const text = pool.task(() => blob.text());
    for (let round = 0; round < 20; round++) {
      const sizes = Array.from({ length: 6 }, () => [size(), pool.run(() => key.symmetricKeySize)]);
      assert.deepEqual(await Promise.all(sizes.flat()), new Array(12).fill(5));
      const texts = Array.from({ length: 6 }, () => [text(), pool.run(() => blob.text())]);
      assert.deepEqual(await Promise.all(texts.flat()), new Array(12).fill('a text'));
    }
    assert.deepEqual(await pool.map([1, 2, 3, 4], (n) => n + key.symmetricKeySize, { chunk: 1 }), [6, 7, 8, 9]);
    await pool.shutdown();
  });
});
