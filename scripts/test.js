'use strict';
// Everything that is checked, in one command: `npm test`, or `npm test -- lint types` for some of it by name. It goes on
// after a failure, says at the end what failed, and exits with 1 then.

const fs = require('node:fs');
const path = require('node:path');
const { perform } = require('./checks.js');
const { attempt } = require('./run.js');
const { root } = require('./setup.js');

const bin = (name, file) => path.join(root, 'node_modules', name, file);
const node = (...args) => [process.execPath, args];
const cargo = (...args) => ['cargo', args];

/** All test files below a folder; `node --test` knows no patterns on Node 20. */
function testFiles(folder, except = []) {
  const files = [];
  for (const entry of fs.readdirSync(path.join(root, folder), { withFileTypes: true })) {
    const file = `${folder}/${entry.name}`;
    if (entry.isDirectory() && entry.name !== 'fixtures' && !except.includes(entry.name))
      files.push(...testFiles(file));
    else if (/\.test\.m?js$/.test(entry.name)) files.push(file);
  }
  return files.sort();
}

const nodeTest = (files) => node('--test', '--test-reporter=spec', ...files);

/** cargo-nextest where it is installed, cargo's own runner elsewhere. The addon itself is tested from JavaScript. */
function rustTests() {
  const selection = ['--workspace', '--exclude', 'tasklets'];
  const nextest = attempt('cargo', ['nextest', '--version']).status === 0;
  return nextest ? cargo('nextest', 'run', '--no-tests=pass', ...selection) : cargo('test', ...selection);
}

/** Name, and the command with its arguments; made only when it is run. */
const steps = {
  'rust format': () => cargo('fmt', '--all', '--check', '--', '-l'),
  'rust lint': () => cargo('clippy', '--workspace', '--all-targets', '--', '-D', 'warnings'),
  'rust tests': rustTests,
  format: () => node(bin('prettier', 'bin/prettier.cjs'), '--check', '--log-level=warn', '.'),
  lint: () => node(bin('oxlint', 'bin/oxlint'), '--deny-warnings'),
  'type check': () => node(bin('typescript', 'bin/tsc'), '-p', root),
  'type tests': () => node(bin('typescript', 'bin/tsc'), '-p', path.join(root, '__test__/types')),
  unused: () => node(bin('knip', 'bin/knip.js'), '--no-progress'),
  generated: () => node(path.join(__dirname, 'check-generated.js')),
  workflows: () => node(path.join(__dirname, 'check-workflows.js')),
  publint: () => node(bin('publint', 'src/cli.js'), '--strict'),
  'are the types wrong': () => node(bin('@arethetypeswrong/cli', 'dist/index.js'), '--pack', root, '--no-emoji'),
  tests: () => nodeTest(testFiles('__test__', ['runtimes', 'package', 'leak'])),
  // One by one, since they measure memory.
  'leak tests': () => nodeTest(['--test-concurrency=1', ...testFiles('__test__/leak')]),
  'package tests': () => nodeTest(testFiles('__test__/package')),
  'runtime tests': () => nodeTest(testFiles('__test__/runtimes')),
};

perform(steps, process.argv.slice(2));
