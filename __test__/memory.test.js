'use strict';
// A pool whose memory is limited: who gives it back, who waits, and who is told.

const assert = require('node:assert/strict');
const { once } = require('node:events');
const { after, describe, it } = require('node:test');
const { Pool } = require('..');
const { alive } = require('./fixtures/alive.js');

const here = require.resolve('..');
const MB = 2 ** 20;

/** Keeps so many bytes for as long as its worker lives, and says which that is. */
const keep = (there, bytes) => {
  globalThis.kept = bytes > 0 ? Buffer.alloc(bytes, 1) : undefined;
  // Long enough to be looked at afterwards.
  const end = performance.now() + 3;
  while (performance.now() < end);
  return require(there).current.workerId;
};
/** The same, once so many are there. */
const keepTogether = (there, bytes, shared, many) => {
  globalThis.kept = Buffer.alloc(bytes, 1);
  if (Atomics.add(shared, 0, 1) + 1 === many) {
    Atomics.store(shared, 1, 1);
    Atomics.notify(shared, 1);
  }
  Atomics.wait(shared, 1, 0);
  return require(there).current.workerId;
};
const workerOf = (there) => require(there).current.workerId;
const gate = () => new Int32Array(new SharedArrayBuffer(8));

describe('a pool whose memory is limited', () => {
  // Idle workers do not keep the process alive.
  const awake = setInterval(() => {}, 1000);
  after(() => clearInterval(awake));

  it('tells when it becomes scarce, once, and goes on with one worker', async () => {
    const pool = new Pool({ workers: 1, memory: '64MB' });
    const told = [];
    pool.on('memory', (state) => told.push(state));
    const event = once(pool, 'memory');
    const worker = await pool.run(keep, { args: [here, 100 * MB] });
    await event;
    assert.equal(told.length, 1);
    assert.equal(told[0].limit, 64 * MB);
    assert.equal(told[0].full, true);
    assert.ok(told[0].used > 100 * MB, String(told[0].used));
    for (let n = 0; n < 3; n++) assert.equal(await pool.run(keep, { args: [here, 100 * MB] }), worker);
    await alive(pool);
    assert.equal(told.length, 1);
    await pool.shutdown();
  });

  it('lets new tasks wait while it is full, and starts workers again when it is not', async () => {
    const pool = new Pool({ workers: 1, maxMemory: 64 * MB });
    const full = once(pool, 'memory');
    await Promise.all([full, pool.run(keep, { args: [here, 100 * MB] })]);
    pool.config({ workers: 2 });
    const shared = gate();
    // Without a limit each would have a worker of its own.
    const held = pool.run(keepTogether, { args: [here, 100 * MB, shared, Infinity] });
    const waiting = Array.from({ length: 10 }, () => pool.run(workerOf, { args: [here] }));
    while (Atomics.load(shared, 0) === 0) await new Promise(setImmediate);
    for (let turn = 0; turn < 100; turn++) await new Promise(setImmediate);
    Atomics.store(shared, 1, 1);
    Atomics.notify(shared, 1);
    const worker = await held;
    assert.deepEqual(await Promise.all(waiting), Array(10).fill(worker));

    // Once the first worker has told that it holds less, another one comes.
    let more = false;
    pool.once('workerStart', () => (more = true));
    while (!more) await Promise.all([1, 2, 3, 4].map(() => pool.run(keep, { args: [here, 0] })));
    await pool.shutdown();
  });

  it('has idle workers give back what they hold', async () => {
    const pool = new Pool({ workers: 2, memory: { limit: '96MB' } });
    const shared = gate();
    const workers = await Promise.all([1, 2].map(() => pool.run(keepTogether, { args: [here, 15 * MB, shared, 2] })));
    assert.notEqual(workers[0], workers[1]);
    const exit = once(pool, 'workerExit');
    const busy = await pool.run(keep, { args: [here, 100 * MB] });
    const [{ workerId, crashed }] = await exit;
    assert.notEqual(workerId, busy);
    assert.equal(crashed, false);
    await alive(pool);
    await pool.shutdown();
  });

  it('replaces a worker that goes on holding too much, where the cleanup is aggressive', async () => {
    const pool = new Pool({ workers: 1, memory: { limit: '64MB', cleanup: 'aggressive' } });
    const exits = [];
    pool.on('workerExit', (worker) => exits.push(worker));
    const seen = new Set();
    for (let round = 0; round < 4; round++) seen.add(await pool.run(keep, { args: [here, 100 * MB] }));
    assert.equal(seen.size, 4);
    await pool.shutdown();
    assert.ok(exits.every(({ crashed }) => !crashed));
  });

  it('keeps a worker that left only garbage', async () => {
    const pool = new Pool({ workers: 1, memory: { limit: '64MB', cleanup: 'aggressive' } });
    const litter = (there) => {
      for (let n = 0; n < 10; n++) globalThis.last = Buffer.alloc(20 * 2 ** 20, 1);
      globalThis.last = undefined;
      return require(there).current.workerId;
    };
    const seen = new Set();
    for (let round = 0; round < 5; round++) seen.add(await pool.run(litter, { args: [here] }));
    assert.equal(seen.size, 1);
    await pool.shutdown();
  });

  it('loses no task while its workers come and go', async () => {
    const pool = new Pool({
      workers: { min: 0, max: 4, idleTimeout: 5 },
      memory: { limit: '64MB', cleanup: 'aggressive' },
    });
    const some = pool.task((n) => {
      if (n % 7 === 0) globalThis.kept = Buffer.alloc((n % 5) * 20 * 2 ** 20, 1);
      return n;
    });
    const results = await Promise.all(Array.from({ length: 120 }, (_, n) => some(n)));
    assert.deepEqual(
      results,
      Array.from({ length: 120 }, (_, n) => n),
    );
    await pool.shutdown();
  });

  it('goes on after it has looked again at what it holds, while it slept', { timeout: 60_000 }, async () => {
    for (let round = 0; round < 12; round++) {
      const pool = new Pool({ workers: 1, memory: '64MB' });
      const keep = pool.task((megabytes) => void (globalThis.kept ??= []).push(Buffer.alloc(megabytes * 2 ** 20, 1)));
      await keep(70);
      // So soon after it has collected its garbage that it puts the next time off.
      await new Promise((resolve) => setTimeout(resolve, round % 6));
      await keep(1);
      await new Promise((resolve) => setTimeout(resolve, 100));
      await keep(1);
      await pool.shutdown();
    }
  });

  it('replaces one that has run out of its own heap', async () => {
    const pool = new Pool({ workers: 2, memory: '512MB', resourceLimits: { maxOldGenerationSizeMb: 24 } });
    const hoard = () => {
      const kept = [];
      for (;;) kept.push(Array.from({ length: 1000 }, () => ({ some: 'object' })));
    };
    const waiting = Array.from({ length: 20 }, (_, n) => pool.run((x) => x, { args: [n] }));
    await assert.rejects(pool.run(hoard), { code: 'ERR_TASKLETS_OUT_OF_MEMORY' });
    assert.equal((await Promise.all(waiting)).length, 20);
    await alive(pool);
    await pool.shutdown();
  });
});
