'use strict';
// The log of a pool.

const assert = require('node:assert/strict');
const fs = require('node:fs');
const os = require('node:os');
const path = require('node:path');
const { afterEach, beforeEach, describe, it } = require('node:test');
const { attempt } = require('../scripts/run.js');
const { Pool } = require('..');
const { poolOptions } = require('../lib/options.js');

let folder;
let file;
beforeEach(() => {
  folder = fs.mkdtempSync(path.join(os.tmpdir(), 'tasklets-log-'));
  file = path.join(folder, 'pool.log');
});
afterEach(() => fs.rmSync(folder, { recursive: true, force: true }));

const lines = () => fs.readFileSync(file, 'utf8').split('\n').filter(Boolean);
const entries = () => lines().map((line) => JSON.parse(line));
const messages = () => entries().map(({ message }) => message);

describe('logging', () => {
  it('tells of workers and of the end of the pool, as JSON lines', async () => {
    const pool = new Pool({ workers: 1, name: 'own', logging: { level: 'info', format: 'json', destination: file } });
    await pool.run(() => 1);
    await assert.rejects(pool.run(() => process.exit(3)));
    await pool.run(() => 2);
    await pool.shutdown();
    const all = entries();
    assert.deepEqual(
      all.map(({ level, message }) => [level, message]).filter(([, message]) => message !== 'worker ended'),
      [
        ['info', 'worker started'],
        ['warn', 'worker crashed'],
        ['info', 'worker started'],
        ['info', 'pool closed'],
      ],
    );
    const crash = all.find(({ level }) => level === 'warn');
    assert.equal(crash.exitCode, 3);
    assert.equal(crash.pool, 'own');
    assert.equal(new Date(crash.time).toISOString(), crash.time);
    assert.equal(crash.workerId, all[0].workerId);
  });

  it('keeps to its level, which can be changed', async () => {
    const pool = new Pool({ workers: 1, logging: { level: 'error', format: 'json', destination: file } });
    await pool.run(() => 1, { name: 'silent' });
    assert.deepEqual(messages(), []);
    pool.config({ logging: { level: 'debug', format: 'json', destination: file } });
    await pool.run(() => 1, { name: 'told' });
    await assert.rejects(
      pool.run(
        () => {
          throw new RangeError('no');
        },
        { name: 'fails' },
      ),
    );
    pool.config({ logging: 'off' });
    await pool.run(() => 1);
    await pool.kill();
    assert.deepEqual(
      entries().map(({ message, name }) => [message, name]),
      [
        ['task submitted', 'told'],
        ['task ended', 'told'],
        ['task submitted', 'fails'],
        ['task failed', 'fails'],
      ],
    );
    const { error, duration, workerId } = entries().at(-1);
    assert.equal(error.name, 'RangeError');
    assert.ok(duration >= 0 && workerId > 0);
    assert.equal(pool.config().logging.level, 'off');
  });

  it('says that the queue is full, and not for each task', async () => {
    const pool = new Pool({ workers: 1, maxQueue: 0, logging: { level: 'warn', format: 'json', destination: file } });
    await Promise.allSettled(Array.from({ length: 50 }, () => pool.run(() => 1)));
    const full = entries().filter(({ message }) => message === 'queue full');
    assert.ok(full.length >= 1 && full.length < 10, `${full.length} lines`);
    assert.equal(full[0].limit, 0);
    await pool.kill('no more');
  });

  it('writes lines of text to stderr', () => {
    const program = `
      const { Pool } = require(${JSON.stringify(path.join(__dirname, '..'))});
      const pool = new Pool({ workers: 1, name: 'own', logging: 'info' });
      pool.run(() => 1).then(() => pool.kill(new Error('over and out')));
    `;
    const { status, output, stdout } = attempt(process.execPath, ['-e', program]);
    assert.equal(status, 0, output);
    assert.equal(stdout, '');
    assert.match(output, /^\d{4}-\d\d-\d\dT\S+Z INFO {2}tasklets own: worker started workerId=\d+$/m);
    assert.match(output, /INFO {2}tasklets own: pool killed reason="Error: over and out"$/m);
  });

  for (const format of ['json', 'text']) {
    it(`holds what JSON cannot, as ${format}`, async () => {
      const circle = { name: 'round' };
      circle.self = circle;
      const pool = new Pool({ workers: 1, logging: { level: 'debug', format, destination: file } });
      const fail = pool.task((value) => {
        throw value;
      });
      await assert.rejects(fail(10n), (error) => error === 10n);
      await assert.rejects(fail(circle), (error) => error.self === error);
      // Ends the worker, whose end is told from the handler of its exit.
      await assert.rejects(
        pool.run(() => {
          setTimeout(() => {
            throw 10n;
          });
          return new Promise(() => {});
        }),
        { code: 'ERR_TASKLETS_WORKER_EXITED' },
      );
      await pool.kill(circle);
      const log = fs.readFileSync(file, 'utf8');
      assert.match(log, format === 'json' ? /"task failed".*"error":"10"/ : /task failed.*error="10"/);
      assert.match(log, format === 'json' ? /"pool killed","reason":".*round/ : /pool killed reason=".*round/);
      if (format === 'json') assert.ok(entries().length > 0);
    });
  }

  it('looks at its file where the option is given, and no more', async () => {
    const pool = new Pool({ workers: 1, logging: { level: 'warn', destination: file } });
    assert.ok(fs.existsSync(file));
    fs.rmSync(folder, { recursive: true });
    assert.equal(await pool.run(() => 1), 1);
    assert.equal(pool.config({ workers: 1 }).logging.destination, file);
    assert.ok(!fs.existsSync(folder));
    await pool.shutdown();
  });

  it('makes no file where nothing is logged', () => {
    poolOptions({ logging: { level: 'off', destination: file } });
    assert.ok(!fs.existsSync(file));
  });

  it("writes to tasklets.log in the working directory, as 'file'", () => {
    const program = `
      const { Pool } = require(${JSON.stringify(path.join(__dirname, '..'))});
      const pools = ['file', 'other.log'].map((destination) => new Pool({ workers: 1, logging: { destination } }));
      process.chdir('..');
      for (const pool of pools) pool.run(() => 1).then(() => pool.shutdown());
    `;
    const cwd = path.join(folder, 'below');
    fs.mkdirSync(cwd);
    const { status, output } = attempt(process.execPath, ['-e', program], { cwd });
    assert.equal(status, 0, output);
    assert.deepEqual(fs.readdirSync(cwd), ['other.log', 'tasklets.log']);
    assert.ok(!fs.existsSync(path.join(folder, 'tasklets.log')), 'where it was given, not where the first line came');
    assert.match(fs.readFileSync(path.join(cwd, 'other.log'), 'utf8'), /pool closed$/m);
    assert.match(fs.readFileSync(path.join(cwd, 'tasklets.log'), 'utf8'), /tasklets: pool closed$/m);
  });

  it('refuses what cannot be', () => {
    const refuses = (logging, code, message) => assert.throws(() => poolOptions({ logging }), { code, message });
    refuses('loud', 'ERR_TASKLETS_OPTION_RANGE', /'logging' must be one of 'off', 'error', 'warn', 'info', 'debug'/);
    refuses(3, 'ERR_TASKLETS_INVALID_OPTION', /'logging'/);
    refuses({ level: 'loud' }, 'ERR_TASKLETS_OPTION_RANGE', /'logging.level'/);
    refuses({ format: 'xml' }, 'ERR_TASKLETS_OPTION_RANGE', /'logging.format' must be one of 'text', 'json'/);
    refuses({ destination: 5 }, 'ERR_TASKLETS_INVALID_OPTION', /'logging.destination'/);
    refuses({ lvl: 'info' }, 'ERR_TASKLETS_INVALID_OPTION', /logging: unknown option 'lvl'/);
    const nowhere = path.join(folder, 'no such folder', 'log');
    refuses({ destination: nowhere }, 'ERR_TASKLETS_INVALID_OPTION', /must be a file that can be written.*ENOENT/);
  });
});
