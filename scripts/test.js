'use strict';
// Everything that is checked, in one command: `npm test`, or `npm test -- lint types` for some of it by name. It goes on
// after a failure, says at the end what failed, and exits with 1 then.

const fs = require('node:fs');
const path = require('node:path');
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

/** Of a failure, everything; but of node's test runner only what it repeats at the end, not the tests that passed. */
function failure(output) {
  const repeated = output.lastIndexOf('✖ failing tests:');
  if (repeated === -1) return output.trimEnd();
  return [...output.split('\n').filter((line) => summary.test(line)), output.slice(repeated).trimEnd()].join('\n');
}

/** The lines in which test runners say what they did. */
const summary = /^(\s*Summary \[|test result:|ℹ (tests|pass|fail|cancelled|skipped|todo) )/;

function perform(name) {
  process.stdout.write(`• ${name} … `);
  const started = performance.now();
  const [command, args] = steps[name]();
  const { status, output, missing } = attempt(command, args, { cwd: root });
  const seconds = ((performance.now() - started) / 1000).toFixed(1);
  const ok = status === 0;
  console.log(`${ok ? 'ok' : 'FAILED'} (${seconds} s)`);
  if (missing) console.log(`'${command}' was not found`);
  if (!ok) console.log(failure(output));
  else for (const line of output.split('\n')) if (summary.test(line)) console.log(`    ${line.trim()}`);
  return ok;
}

const names = Object.keys(steps);
/** A word chooses the check of that name, or else those whose names hold it. */
const matches = (word) => (names.includes(word) ? [word] : names.filter((name) => name.includes(word)));
const wanted = process.argv.slice(2);
const unknown = wanted.filter((word) => matches(word).length === 0);
if (unknown.length > 0) {
  console.error(`No such check: ${unknown.join(', ')}. There are: ${names.join(', ')}`);
  process.exit(1);
}
const chosen = wanted.length === 0 ? names : [...new Set(wanted.flatMap(matches))];
const failed = chosen.filter((name) => !perform(name));
console.log(failed.length === 0 ? `All ${chosen.length} checks passed.` : `Failed: ${failed.join(', ')}`);
process.exitCode = failed.length === 0 ? 0 : 1;
