'use strict';
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
