'use strict';
<<<<<<< HEAD
// The checks that take too long for every change: `npm run test:deep`, or `npm run test:deep -- loom` for one by name.

const fs = require('node:fs');
const path = require('node:path');
const { perform } = require('./checks.js');
const { root } = require('./setup.js');

const scheduler = ['-p', 'tasklets-scheduler'];
const leakTests = () => fs.readdirSync(path.join(root, '__test__/leak')).filter((file) => file.endsWith('.test.js'));

const steps = {
  /** Every interleaving of the scheduler's protocols. */
  loom: () => [
    'cargo',
    ['test', ...scheduler, '--release', '--target-dir', 'target/loom'],
    { RUSTFLAGS: '--cfg loom' },
  ],
  /** Undefined behaviour; needs a nightly toolchain with miri. crossbeam's deque wants threads to be switched at its own points. */
  miri: () => [
    'cargo',
    ['+nightly', 'miri', 'test', ...scheduler, '--target-dir', 'target/miri'],
    { MIRIFLAGS: '-Zmiri-preemption-rate=0 -Zmiri-disable-isolation' },
  ],
  /** A million tasks by threads that come, go and die. */
  stress: () => ['cargo', ['test', ...scheduler, '--release', '--test', 'stress'], { TASKLETS_TASKS: '1000000' }],
  /** Memory, listeners and handles over millions of tasks. */
  leak: () => [
    process.execPath,
    ['--test', '--test-reporter=spec', ...leakTests().map((file) => `__test__/leak/${file}`)],
    { TASKLETS_DEEP: '1' },
  ],
  /** Ten million tasks, and how far memory moves. */
  soak: () => [process.execPath, ['bench', '--soak']],
};

perform(steps, process.argv.slice(2));
=======
// The checks of the scheduler that take minutes: `npm run test:deep`, or `npm run test:deep -- loom` for one of them.
// loom needs nothing beyond cargo, miri a nightly toolchain with that component.

const { attempt } = require('./run.js');
const { root } = require('./setup.js');

const ROUNDS = 20;
const crate = ['-p', 'tasklets-scheduler'];

const LOOM = ['loom_state', 'loom_notify', 'loom_staff', 'loom_sleep'];

/*
 * Tree borrows, because crossbeam finds an entry from a part of it, which stacked borrows refuse; exposed pointers,
 * because it tags them; and no leak check, because the timekeeper's thread never ends.
 */
const MIRI = ['-Zmiri-tree-borrows', '-Zmiri-permissive-provenance', '-Zmiri-disable-isolation', '-Zmiri-ignore-leaks'];

/** Name, and the runs it is made of: arguments of cargo, and what they need in the environment. */
const checks = {
  loom: LOOM.map((test) => ({
    args: ['test', ...crate, '--release', '--test', test],
    // A target folder of its own, since the flag would have everything else built anew.
    env: { RUSTFLAGS: '--cfg loom', CARGO_TARGET_DIR: 'target/loom' },
  })),
  model: [{ args: ['test', ...crate, '--release', '--test', 'model'], env: { PROPTEST_CASES: '20000' } }],
  stress: Array.from({ length: ROUNDS }, () => ({
    args: ['test', ...crate, '--release', '--test', 'stress', '--', '--nocapture'],
    env: {},
  })),
  miri: [
    {
      args: ['+nightly', 'miri', 'test', ...crate, '--test', 'model', '--test', 'stress'],
      env: { MIRIFLAGS: MIRI.join(' '), CARGO_TARGET_DIR: 'target/miri' },
    },
  ],
};

function perform(name) {
  process.stdout.write(`• ${name} … `);
  const started = performance.now();
  for (const { args, env } of checks[name]) {
    const { status, output, missing } = attempt('cargo', args, { cwd: root, env: { ...process.env, ...env } });
    if (status === 0) continue;
    console.log('FAILED');
    console.log(missing ? 'cargo was not found' : output.trimEnd());
    if (/'cargo-miri' is not installed|toolchain 'nightly/.test(output)) {
      console.log('miri comes with `rustup toolchain install nightly --component miri`');
    }
    return false;
  }
  console.log(`ok (${((performance.now() - started) / 1000).toFixed(0)} s)`);
  return true;
}

const wanted = process.argv.slice(2);
const unknown = wanted.filter((name) => !(name in checks));
if (unknown.length > 0) {
  console.error(`No such check: ${unknown.join(', ')}. There are: ${Object.keys(checks).join(', ')}`);
  process.exit(1);
}
const failed = (wanted.length > 0 ? wanted : Object.keys(checks)).filter((name) => !perform(name));
process.exitCode = failed.length === 0 ? 0 : 1;
>>>>>>> scheduler
