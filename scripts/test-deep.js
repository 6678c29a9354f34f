'use strict';
// The checks that take too long for every change: `npm run test:deep`, or `npm run test:deep -- loom` for one by name.

const fs = require('node:fs');
const path = require('node:path');
const { perform } = require('./checks.js');
const { root } = require('./setup.js');

const scheduler = ['-p', 'tasklets-scheduler'];
/*
 * Tree borrows and exposed pointers, because crossbeam finds an entry from a part of it, which stacked borrows refuse,
 * and tags its pointers; no leak check, because the timekeeper's thread never ends.
 */
const MIRIFLAGS = '-Zmiri-tree-borrows -Zmiri-permissive-provenance -Zmiri-disable-isolation -Zmiri-ignore-leaks';
const leakTests = () => fs.readdirSync(path.join(root, '__test__/leak')).filter((file) => file.endsWith('.test.js'));

const steps = {
  /** Every interleaving of the scheduler's protocols. */
  loom: () => [
    'cargo',
    ['test', ...scheduler, '--release', '--target-dir', 'target/loom'],
    { RUSTFLAGS: '--cfg loom' },
  ],
  /** Undefined behaviour and data races, at a small size; needs a nightly toolchain with miri. */
  miri: () => [
    'cargo',
    ['+nightly', 'miri', 'test', ...scheduler, '--target-dir', 'target/miri', '--test', 'model', '--test', 'stress'],
    { MIRIFLAGS },
  ],
  /** Random operations against the sequential model. */
  model: () => ['cargo', ['test', ...scheduler, '--release', '--test', 'model'], { PROPTEST_CASES: '20000' }],
  /** A million tasks by threads that come, go and die. */
  stress: () => ['cargo', ['test', ...scheduler, '--release', '--test', 'stress'], { TASKLETS_TASKS: '1000000' }],
  /** A million tasks of every kind, with everything at once done to them. */
  matrix: () => [
    process.execPath,
    ['--test', '--test-reporter=spec', '__test__/fault-matrix.test.js'],
    { TASKLETS_TASKS: '1000000' },
  ],
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
