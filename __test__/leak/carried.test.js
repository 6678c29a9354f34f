'use strict';
// Shared memory, what is moved, and message ports are let go of on both sides.

const assert = require('node:assert/strict');
const { MessageChannel } = require('node:worker_threads');
const { after, describe, it } = require('node:test');
const { Pool } = require('../..');
const { assertFlat, resourceLimits, times } = require('./memory.js');

const WORKERS = 2;
const SIZE = 2 ** 20;

const pool = new Pool({ workers: WORKERS, resourceLimits });
after(() => pool.shutdown());

const touch = pool.task((memory) => new Uint8Array(memory).fill(1).length);
const make = pool.task((size) => new SharedArrayBuffer(size));
const wait = pool.task((cell) => Atomics.wait(cell, 0, 0, 1));

const kinds = {
  'shared memory as an argument': () => touch(new SharedArrayBuffer(SIZE)),
  'shared memory as a result': async () => assert.equal((await make(SIZE)).byteLength, SIZE),
  'shared memory, captured': () => {
    const memory = new SharedArrayBuffer(SIZE);
    return pool.run(() => new Uint8Array(memory).fill(1).length);
  },
  'moved buffers': () => {
    const buffer = new ArrayBuffer(SIZE);
    return touch.with({ transfer: [buffer] })(buffer);
  },
  'moved buffers of cancelled tasks': async () => {
    const cell = new Int32Array(new SharedArrayBuffer(4));
    const busy = [wait(cell), wait(cell)];
    const buffer = new ArrayBuffer(SIZE);
    const task = touch.with({ transfer: [buffer] })(buffer);
    task.cancel();
    await Promise.allSettled([task, ...busy]);
  },
  'message ports': async () => {
    const { port1, port2 } = new MessageChannel();
    await pool.run((port) => port.close(), { args: [port2], transfer: [port2] });
    port1.close();
  },
};

describe('what V8 carries is let go of', { concurrency: 1, timeout: 3_600_000 }, () => {
  for (const [kind, act] of Object.entries(kinds)) {
    it(kind, async (t) => {
      const handles = process.getActiveResourcesInfo().length;
      const many = async () => {
        await Promise.all([act(), act(), act(), act()]);
        await new Promise((resolve) => setTimeout(resolve, 1));
      };
      // 120 MB would remain each time.
      await assertFlat(t, { pool, workers: WORKERS }, { rounds: times(30), allowed: 10 }, many);
      assert.ok(process.getActiveResourcesInfo().length <= handles + 8, process.getActiveResourcesInfo().join());
    });
  }
});
