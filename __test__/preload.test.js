'use strict';
// Workers that cannot start: a preload file that fails, a system that has no thread to give.

const assert = require('node:assert/strict');
const fs = require('node:fs');
const os = require('node:os');
const path = require('node:path');
const { after, before, describe, it } = require('node:test');
const { attempt } = require('../scripts/run.js');
const { Pool } = require('..');
const { alive } = require('./fixtures/alive.js');
const { runProgram } = require('./fixtures/program.js');

let folder;
before(() => {
  folder = fs.mkdtempSync(path.join(os.tmpdir(), 'tasklets-'));
});
after(() => fs.rmSync(folder, { recursive: true }));

function fileOf(name, content) {
  const file = path.join(folder, name);
  fs.writeFileSync(file, content);
  return file;
}

describe('preload', () => {
  it('runs before any task, in every worker', async () => {
    const preload = [fileOf('sets.js', 'globalThis.preloaded = (globalThis.preloaded ?? 0) + 1;')];
    const pool = new Pool({ workers: 2, preload });
    const read = pool.task(() => globalThis.preloaded);
    assert.deepEqual(new Set(await Promise.all(Array.from({ length: 20 }, () => read()))), new Set([1]));
    await pool.shutdown();
  });

  it('is found from the working directory: paths and packages', async () => {
    fileOf('relative.js', 'globalThis.loaded = [...(globalThis.loaded ?? []), "relative"];');
    fs.mkdirSync(path.join(folder, 'node_modules', 'some-package'), { recursive: true });
    fileOf('node_modules/some-package/index.js', 'globalThis.loaded = [...(globalThis.loaded ?? []), "package"];');
    const program = `
      const { Pool } = require(${JSON.stringify(path.join(__dirname, '..'))});
      const pool = new Pool({ workers: 1, preload: ['./relative', 'some-package'] });
      process.chdir('/');
      pool.run(() => globalThis.loaded.join()).then(console.log);
    `;
    const { status, output } = attempt(process.execPath, ['-e', program], { cwd: folder });
    assert.equal(status, 0, output);
    assert.match(output, /^relative,package$/m);
  });

  const broken = {
    'that throws': 'throw new RangeError("in the preload");',
    'that exits': 'process.exit(9);',
    'that does not parse': 'this is no JavaScript',
    'that is gone by then': null,
  };
  for (const [how, content] of Object.entries(broken)) {
    it(`${how} rejects what waits, and does not start workers for ever`, async () => {
      const starts = path.join(folder, 'starts');
      fs.writeFileSync(starts, '');
      const count = fileOf('counts.js', `require('node:fs').appendFileSync(${JSON.stringify(starts)}, 'x');`);
      const file = fileOf('broken.js', content ?? '');
      const pool = new Pool({ workers: 2, preload: [count, file] });
      if (content === null) fs.rmSync(file);
      for (let round = 0; round < 2; round++) {
        const outcomes = await Promise.allSettled(
          Array.from({ length: 10 }, (_, n) => pool.run((x) => x, { args: [n] })),
        );
        for (const { reason } of outcomes) assert.equal(reason?.code, 'ERR_TASKLETS_WORKER_EXITED', String(reason));
      }
      await pool.shutdown();
      assert.ok(fs.readFileSync(starts, 'utf8').length <= 20);
    });
  }

  it('that leaves an error behind does not keep tasks from ending', async () => {
    const preload = [fileOf('later.js', 'setTimeout(() => { throw new Error("later"); }, 20);')];
    const pool = new Pool({ workers: 1, preload });
    const quick = pool.task((n) => n);
    for (let round = 0; round < 30; round++) {
      const outcomes = await Promise.allSettled(Array.from({ length: 20 }, (_, n) => quick(n)));
      for (const { status, reason } of outcomes) {
        if (status === 'rejected') assert.equal(reason.code, 'ERR_TASKLETS_WORKER_EXITED');
      }
    }
    await pool.shutdown();
  });
});

describe('a system without a thread to give', () => {
  it('rejects what waits, and is asked again for the next task', async () => {
    const { code, output, errors } = await runProgram(
      `
      const threads = require('node:worker_threads');
      const { Worker } = threads;
      let refuse = true;
      const host = require('node:module').prototype;
      (async () => {
        const outcomes = await Promise.allSettled([run(() => 1), run(() => 2)]);
        refused = false;
        console.log(outcomes.map(({ reason }) => reason?.code).join());
        console.log(await run(() => 'started'));
      })();`,
      { flags: ['-r', path.join(__dirname, 'fixtures', 'no-threads.js')] },
    );
    assert.equal(code, 0, errors);
    assert.equal(output, 'ERR_TASKLETS_WORKER_EXITED,ERR_TASKLETS_WORKER_EXITED\nstarted\n', errors);
    await alive(new Pool({ workers: 1 }));
  });
});
