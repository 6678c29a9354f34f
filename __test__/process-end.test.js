'use strict';
// How a process that uses the pool ends: by itself when nothing is outstanding, at once when it is told to.

const assert = require('node:assert/strict');
const { describe, it } = require('node:test');
const { runProgram } = require('./fixtures/program.js');

/** Programs that have to end with exit code 5. */
const programs = {
  'a process that has loaded the package ends': `process.exitCode = 5;`,
  'a pool that was never used keeps nothing alive': `new Pool({ workers: 2 }); process.exitCode = 5;`,
  'a process that used the default pool ends by itself': `run(() => 1).then(() => { process.exitCode = 5; });`,
  'a process that left a pool open ends by itself': `
    const pool = new Pool({ workers: 2 });
    pool.runAll([() => 1, () => 2, () => 3]).then(() => { process.exitCode = 5; });`,
  'a process with an outstanding task stays until it has settled': `
    run(() => new Promise((resolve) => setTimeout(resolve, 300, 5))).then((code) => { process.exitCode = code; });`,
  'a process with a task that is retried stays': `
    const failing = () => { throw new Error('no'); };
    tasklets.retry(failing, { attempts: 3, delay: 20 }).catch((error) => { process.exitCode = error.attempts + 2; });`,
  'a process that awaits shutdown() stays until it is done': `
    run(() => 1).then(() => tasklets.shutdown()).then(() => { process.exitCode = 5; });`,
  'a process that awaits kill() stays until it is done': `
    const pool = new Pool({ workers: 2 });
    pool.run(() => { for (;;); }).catch(() => {});
    setTimeout(() => pool.kill().then(() => { process.exitCode = 5; }), 100);`,
  'intervals that tasks left behind do not keep it': `
    run(() => { setInterval(() => {}, 1); }).then(() => { process.exitCode = 5; });`,
  'a task that was cancelled does not keep it': `
    const task = run(() => { for (;;); });
    task.catch(() => { process.exitCode = 5; });
    setTimeout(() => task.cancel(), 100);`,
  'a task that timed out does not keep it': `
    run(() => new Promise(() => {}), { timeout: 50 }).catch(() => { process.exitCode = 5; });`,
  'beforeExit may start tasks': `
    let once = false;
    process.on('beforeExit', () => {
      if (once) return;
      once = true;
      run(() => 5).then((code) => { process.exitCode = code; });
    });`,
  'results that are still held are no obstacle': `
    run(() => new Uint8Array(1 << 20)).then((bytes) => { globalThis.bytes = bytes; process.exitCode = 5; });`,

  'process.exit() with busy workers': `
    tasklets.runAll([() => { for (;;); }, () => { for (;;); }, () => { for (;;); }]);
    setTimeout(() => process.exit(5), 150);`,
  'process.exit() with workers that have just parked': `run(() => 1).then(() => process.exit(5));`,
  'process.exit() with workers that park': `run(() => 1).then(() => { setTimeout(() => process.exit(5), 1); });`,
  'process.exit() with workers that doze': `run(() => 1).then(() => { setTimeout(() => process.exit(5), 100); });`,
  'process.exit() with workers that start': `run(() => 1); process.exit(5);`,
  'process.exit() with workers that have nearly started': `run(() => 1); setTimeout(() => process.exit(5), 25);`,
  'process.exit() with async tasks': `
    run(() => new Promise(() => {})); setTimeout(() => process.exit(5), 150);`,
  'process.exit() with workers that wait for an Atomics.notify': `
    const cell = new Int32Array(new SharedArrayBuffer(4));
    run((there) => Atomics.wait(there, 0, 0), { args: [cell] });
    setTimeout(() => process.exit(5), 150);`,
  'process.exit() under load': `
    let done = 0;
    const next = () => run(() => 1).then(() => { if (++done === 2000) process.exit(5); return next(); });
    for (let i = 0; i < 50; i++) next();`,
  'process.exit() with 100,000 waiting': `
    const noop = tasklets.task(() => 1);
    for (let i = 0; i < 100000; i++) noop();
    setImmediate(() => process.exit(5));`,
  'process.exit() in the middle of kill()': `
    const pool = new Pool({ workers: 2 });
    pool.run(() => { for (;;); }).catch(() => {});
    setTimeout(() => { pool.kill(); process.exit(5); }, 100);`,
  'process.exit() with large results under way': `
    const make = tasklets.task(() => new Uint8Array(1 << 20));
    for (let i = 0; i < 50; i++) make();
    make().then(() => process.exit(5));`,
  'a task that starts in an exit handler is no obstacle': `
    run(() => 1).then(() => { process.exitCode = 5; });
    process.on('exit', () => { run(() => 1); });`,
};

describe('the end of a process', { concurrency: 2 }, () => {
  for (const [what, body] of Object.entries(programs)) {
    it(what, async () => {
      const { code, signal, errors } = await runProgram(body);
      assert.equal(signal, null, `it was killed by ${signal}: ${errors}`);
      assert.equal(code, 5, errors);
    });
  }

  it('an uncaught exception ends it with busy workers', async () => {
    const { code, errors } = await runProgram(`
      run(() => { for (;;); });
      setTimeout(() => { throw new RangeError('mine'); }, 100);`);
    assert.equal(code, 1);
    assert.match(errors, /RangeError: mine/);
  });

  it('a rejection that nobody handles ends it, with the stack of the task', async () => {
    const { code, errors } = await runProgram(`run(function culprit() { throw new RangeError('of a task'); });`);
    assert.equal(code, 1);
    assert.match(errors, /RangeError: of a task\n\s+at culprit/);
  });

  it('tasks that kill their workers do not end it', async () => {
    const { code, output, errors } = await runProgram(`
      (async () => {
        const outcomes = await tasklets.runAll([
          () => process.exit(1),
          () => { setTimeout(() => { throw new Error('astray'); }, 1); return new Promise(() => {}); },
          () => { Promise.reject(new Error('astray')); return new Promise(() => {}); },
          () => 'fine',
        ], { settle: true });
        console.log(outcomes.map(({ status, reason }) => reason?.code ?? status).join());
      })();`);
    assert.equal(code, 0, errors);
    const exited = 'ERR_TASKLETS_WORKER_EXITED';
    assert.equal(output.trim(), [exited, exited, exited, 'fulfilled'].join());
  });
});
