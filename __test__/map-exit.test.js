'use strict';
// map() and the end of the process or of the thread that called it.

const assert = require('node:assert/strict');
const { spawnSync } = require('node:child_process');
const path = require('node:path');
const { describe, it } = require('node:test');
const { Worker } = require('node:worker_threads');
const { Pool } = require('..');

const root = path.join(__dirname, '..');

/** Runs a script in a process of its own, with a limit beyond which it counts as hanging. */
function script(body) {
  const program = `const { Pool, map, sort } = require(${JSON.stringify(root)});\n${body}`;
  const { status, signal, stdout, stderr } = spawnSync(process.execPath, ['-e', program], {
    timeout: 60_000,
    killSignal: 'SIGKILL',
    encoding: 'utf8',
  });
  return { status, signal, stdout: stdout.trim(), stderr };
}

describe('a process that maps', () => {
  it('ends by itself', () => {
    const { status, stdout, stderr } = script(`
      map([1, 2, 3], (item) => item * 2).then((mapped) => console.log(mapped.join()));
      sort(Float64Array.from({ length: 20_000 }, (_, i) => -i)).then((sorted) => console.log(sorted[0]));`);
    assert.deepEqual([status, stderr], [0, '']);
    assert.match(stdout, /2,4,6/);
    assert.match(stdout, /-19999/);
  });

  it('may exit while all workers are inside leaves that do not end', () => {
    const { status, signal, stderr } = script(`
      const started = new Int32Array(new SharedArrayBuffer(4));
      const pool = new Pool({ workers: 3 });
      pool.map(new Float64Array(1000), (item) => { Atomics.add(started, 0, 1); for (;;); }, { chunk: 1 });
      const look = () => (Atomics.load(started, 0) === 3 ? process.exit(7) : setImmediate(look));
      look();`);
    assert.deepEqual([status, signal, stderr], [7, null, '']);
  });

  it('may exit while some wait for another that does not end', () => {
    const { status, signal, stderr } = script(`
      const started = new Int32Array(new SharedArrayBuffer(8));
      const pool = new Pool({ workers: 3 });
      // Whoever gets the last item never returns; the others have come and have nothing left to do.
      pool.map(new Float64Array(3), (item, index) => {
        Atomics.add(started, 0, 1);
        while (Atomics.load(started, 0) < 3);
        if (index === 2) for (;;);
        Atomics.add(started, 1, 1);
      }, { chunk: 1 });
      const look = () => (Atomics.load(started, 1) === 2 ? setTimeout(() => process.exit(7), 20) : setImmediate(look));
      look();`);
    assert.deepEqual([status, signal, stderr], [7, null, '']);
  });

  it('may exit in the middle of a sort', () => {
    const { status, signal, stderr } = script(`
      sort(Float64Array.from({ length: 2_000_000 }, Math.random));
      process.exit(7);`);
    assert.deepEqual([status, signal, stderr], [7, null, '']);
  });
});

describe('a thread that maps', () => {
  it('may be terminated in the middle of it', async () => {
    const started = new Int32Array(new SharedArrayBuffer(4));
    const body = `
      const { workerData, parentPort } = require('node:worker_threads');
      const { Pool } = require(workerData.root);
      const pool = new Pool({ workers: 2 });
      const { started } = workerData;
      const items = Int32Array.from({ length: 1_000_000 }, (_, i) => i);
      const step = (item) => {
        for (let i = 0; i < 1000; i++) item = (item * 31 + i) | 0;
        return item;
      };
      pool.run(() => Atomics.add(started, 0, 1));
      pool.map(items, step);`;
    for (let round = 0; round < 5; round++) {
      const thread = new Worker(body, { eval: true, workerData: { root, started } });
      while (Atomics.load(started, 0) <= round) await new Promise(setImmediate);
      await thread.terminate();
    }
    const pool = new Pool({ workers: 2 });
    assert.deepEqual(await pool.map([1, 2], (item) => item + 1), [2, 3]);
    await pool.shutdown();
  });
});
