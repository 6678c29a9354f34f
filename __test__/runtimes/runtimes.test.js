'use strict';
// The public calls on every runtime that is supported: each is installed from npm the first time, into target/, and runs
// smoke.cjs. What it cannot do is listed in limits.js and has to be seen there; anything else has to work.
//
// TASKLETS_RUNTIMES names those to be tested (`bun,deno`, or `none`); without it, all of them are.

const assert = require('node:assert/strict');
const fs = require('node:fs');
const path = require('node:path');
const { describe, it } = require('node:test');
const { attempt } = require('../../scripts/run.js');
const { root } = require('../../scripts/setup.js');
const { limits } = require('./limits.js');

const smoke = path.join(__dirname, 'smoke.cjs');
const chosen = process.env.TASKLETS_RUNTIMES?.split(',') ?? Object.keys(limits);

/** Installs a runtime where it is missing, and gives the command that starts it. */
function executable(runtime) {
  const folder = path.join(root, 'target', 'runtimes', runtime);
  const name = runtime.split('@')[0];
  const file = path.join(folder, 'node_modules', '.bin', process.platform === 'win32' ? `${name}.cmd` : name);
  if (!fs.existsSync(file)) {
    fs.mkdirSync(folder, { recursive: true });
    fs.writeFileSync(path.join(folder, 'package.json'), '{ "private": true }');
    const args = ['install', '--no-audit', '--no-fund', '--loglevel=error', runtime];
    const { status, output } = attempt('npm', args, { cwd: folder });
    assert.equal(status, 0, output);
  }
  return file;
}

function outcomes(runtime, file) {
  const args = runtime === 'deno' ? ['run', '--allow-all', smoke] : [smoke];
  const { status, stdout, output } = attempt(file, args, { timeout: 300_000, shell: process.platform === 'win32' });
  // It ends by itself, although no pool was shut down.
  assert.equal(status, 0, output);
  const lines = stdout.split('\n').filter((line) => line.startsWith('{'));
  return Object.fromEntries(lines.map((line) => JSON.parse(line)).map(({ name, outcome }) => [name, outcome]));
}

for (const runtime of [process.version, ...Object.keys(limits).filter((name) => chosen.includes(name))]) {
  const expected = limits[runtime] ?? {};
  const here = runtime === process.version;

  describe(here ? `node ${runtime}, which runs the tests` : runtime, () => {
    const seen = outcomes(runtime, here ? process.execPath : executable(runtime));

    it('does everything but what it is known to be unable to', () => {
      const failed = Object.entries(seen).filter(([name, outcome]) => outcome !== 'ok' && !(name in expected));
      assert.deepEqual(failed, []);
      assert.ok(Object.keys(seen).length > 25, 'it came to the end');
    });

    for (const [name, outcome] of Object.entries(expected)) {
      it(`has a limit: ${name}`, () => {
        if (outcome instanceof RegExp) assert.match(seen[name], outcome);
        else assert.equal(seen[name], outcome);
      });
    }
  });
}

describe("Node's permission model", { skip: !chosen.includes('node@24') && 'node@24 was not chosen' }, () => {
  it('has a limit: variables are captured by hand only', () => {
    const permissions = ['--permission', '--allow-fs-read=*', '--allow-worker', '--allow-addons'];
    const program = path.join(__dirname, 'permission.cjs');
    const { stdout, output } = attempt(executable('node@24'), [...permissions, program]);
    assert.equal(stdout.trim(), '42\nERR_TASKLETS_CAPTURE\n6', output);
  });
});
