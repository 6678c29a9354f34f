'use strict';
// What a program survives, the pool survives with it: listeners that throw, and results for which there is no memory.

const assert = require('node:assert/strict');
const { describe, it } = require('node:test');
const { runProgram } = require('./fixtures/program.js');

/** An exception that nobody catches is told, and the program goes on. The engine's large arrays can be made to fail. */
const prelude = `
  process.on('uncaughtException', (error) => console.log('uncaught: ' + error.message));
  let most = Infinity;
  const refuse = (size) => {
    if (size > most) throw new RangeError('Array buffer allocation failed');
  };
  const { allocUnsafeSlow } = Buffer;
  Buffer.allocUnsafeSlow = (size) => (refuse(size), allocUnsafeSlow(size));
  globalThis.Uint8Array = new Proxy(Uint8Array, {
    construct(array, args, target) {
      if (typeof args[0] === 'number') refuse(args[0]);
      return Reflect.construct(array, args, target);
    },
  });
  const outcome = (promise) => promise.then((value) => 'value ' + value, (error) => error.name + ': ' + error.message);
`;

/** What a program prints, line by line; it ends by itself. */
async function linesOf(program) {
  const { code, signal, output, errors } = await runProgram(`${prelude}(async () => {${program}})();`);
  assert.equal(signal, null, errors);
  assert.equal(code, 0, errors);
  return output.trim().split('\n');
}

describe('a program that survives what it has thrown', () => {
  it("goes on with its tasks after a listener of 'memory' has thrown", async () => {
    const lines = await linesOf(`
      const pool = new Pool({ workers: 2, memory: { limit: 60 * 2 ** 20 } });
      pool.on('memory', () => { throw new Error('listener'); });
      const hoard = pool.task((bytes) => { (globalThis.kept ??= []).push(new Float64Array(bytes / 8).fill(1.5)); });
      // The caller looks for outcomes by itself as long as they come quickly, and is told in the middle of that.
      let over = false;
      const busy = (async () => { while (!over) await pool.run(() => 1); })();
      for (let n = 0; n < 30; n++) await hoard(4 * 2 ** 20);
      over = true;
      await busy;
      console.log(await outcome(pool.run(() => 'later')));
      await pool.shutdown();
      console.log('closed');
    `);
    assert.ok(lines.includes('uncaught: listener'), lines.join('\n'));
    assert.deepEqual(lines.slice(-2), ['value later', 'closed']);
  });

  it('loses only the result for which there is no memory', async () => {
    const lines = await linesOf(`
      const pool = new Pool({ workers: 2 });
      await pool.run(() => 1);
      most = 10e6;
      const large = pool.run(() => Array.from({ length: 5e5 }, (_, n) => 'some text of ' + n + ' '.repeat(30)));
      console.log(await outcome(large), large.cancel());
      console.log(await outcome(pool.run(() => 'small')));
      most = Infinity;
      console.log(await outcome(pool.run(() => 'x'.repeat(2e7).length)));
      console.log(pool.queueSize);
      const { succeeded, failed } = pool.getMetrics().tasks;
      console.log('succeeded', succeeded, 'failed', failed);
      await pool.shutdown();
      console.log('closed');
    `);
    assert.deepEqual(lines, [
      'RangeError: Array buffer allocation failed false',
      'value small',
      'value 20000000',
      '0',
      'succeeded 3 failed 1',
      'closed',
    ]);
  });

  it('ends the task whose report there is no memory for, and no later one', async () => {
    const lines = await linesOf(`
      const pool = new Pool({ workers: 2 });
      const gate = new Int32Array(new SharedArrayBuffer(4));
      most = 10e6;
      const reports = pool.run((gate) => {
        tasklets.current.progress(50, new Uint8Array(2e7));
        while (Atomics.load(gate, 0) === 0 && !tasklets.current.signal.aborted);
        return 'the result of the first task';
      }, { args: [gate], onProgress: () => {} });
      console.log(await outcome(reports));
      most = Infinity;
      // Every slot is used again.
      let wrong = 0;
      for (let n = 0; n < 3000; n++) if ((await pool.run((n) => n, { args: [n] })) !== n) wrong++;
      Atomics.store(gate, 0, 1);
      for (let n = 0; n < 100; n++) if ((await pool.run((n) => n, { args: [n] })) !== n) wrong++;
      console.log(wrong);
      await pool.shutdown();
      console.log('closed');
    `);
    assert.deepEqual(lines, ['RangeError: Array buffer allocation failed', '0', 'closed']);
  });
});
