'use strict';
// The checks that take too long for every run: the leak tests over millions of tasks, and the stress test with many
// seeds. `npm run test:deep`, on a machine that has nothing else to do.

const path = require('node:path');
const process = require('node:process');
const { run } = require('./run.js');
const { root } = require('./setup.js');

const SEEDS = 20;

const tests = (...files) => files.map((file) => path.join(root, '__test__', file));
const leaks = ['tasks', 'functions', 'carried', 'workers'].map((name) => path.join('leak', `${name}.test.js`));

const env = { ...process.env, TASKLETS_DEEP: '1' };
run(process.execPath, ['--test', '--test-concurrency=1', ...tests(...leaks)], { cwd: root, env });

for (let round = 1; round <= SEEDS; round++) {
  const TASKLETS_SEED = String(Date.now() % 2 ** 31);
  console.log(`Round ${round} of ${SEEDS}: TASKLETS_SEED=${TASKLETS_SEED}`);
  const files = tests('stress.test.js', 'user-threads.test.js', 'wake-ups.test.js');
  run(process.execPath, ['--test', '--test-concurrency=1', ...files], { cwd: root, env: { ...env, TASKLETS_SEED } });
}
