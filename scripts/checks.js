'use strict';
// Performs checks one after the other: says of each how it went, goes on after a failure, and tells at the end.

const { attempt } = require('./run.js');
const { root } = require('./setup.js');

/** Of a failure, everything; but of node's test runner only what it repeats at the end, not the tests that passed. */
function failure(output) {
  const repeated = output.lastIndexOf('✖ failing tests:');
  if (repeated === -1) return output.trimEnd();
  return [...output.split('\n').filter((line) => summary.test(line)), output.slice(repeated).trimEnd()].join('\n');
}

/** The lines in which test runners say what they did. */
const summary = /^(\s*Summary \[|test result:|ℹ (tests|pass|fail|cancelled|skipped|todo) )/;

function check(name, step) {
  process.stdout.write(`• ${name} … `);
  const started = performance.now();
  const [command, args, env] = step();
  const { status, output, missing } = attempt(command, args, { cwd: root, env: { ...process.env, ...env } });
  const seconds = ((performance.now() - started) / 1000).toFixed(1);
  const ok = status === 0;
  console.log(`${ok ? 'ok' : 'FAILED'} (${seconds} s)`);
  if (missing) console.log(`'${command}' was not found`);
  if (!ok) console.log(failure(output));
  else for (const line of output.split('\n')) if (summary.test(line)) console.log(`    ${line.trim()}`);
  return ok;
}

/**
 * Performs the checks that the words choose: a word is the name of one, or a part of the names of some. None chooses all.
 * The process ends with 1 where one fails.
 *
 * @param {Record<string, () => any[]>} steps by name: the command, its arguments, and what it wants in its environment
 * @param {string[]} words
 */
function perform(steps, words) {
  const names = Object.keys(steps);
  const matches = (word) => (names.includes(word) ? [word] : names.filter((name) => name.includes(word)));
  const unknown = words.filter((word) => matches(word).length === 0);
  if (unknown.length > 0) {
    console.error(`No such check: ${unknown.join(', ')}. There are: ${names.join(', ')}`);
    process.exit(1);
  }
  const chosen = words.length === 0 ? names : [...new Set(words.flatMap(matches))];
  const failed = chosen.filter((name) => !check(name, steps[name]));
  console.log(failed.length === 0 ? `All ${chosen.length} checks passed.` : `Failed: ${failed.join(', ')}`);
  process.exitCode = failed.length === 0 ? 0 : 1;
}

module.exports = { perform };
