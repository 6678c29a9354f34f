'use strict';
// Running other programs, for the scripts of this repository.

const { spawnSync } = require('node:child_process');
const process = require('node:process');

/** npm is a script itself: the one that started us is called through Node, which works on every platform. */
function resolve(command, args) {
  const npm = process.env.npm_execpath;
  if (command === 'npm' && npm?.endsWith('npm-cli.js')) return { file: process.execPath, args: [npm, ...args] };
  return { file: command, args };
}

/**
 * Runs a program to its end.
 *
 * @param {string} command
 * @param {string[]} args
 * @param {import('node:child_process').SpawnSyncOptions} [options]
 * @returns {{ status: number | null, stdout: string, output: string, missing: boolean }} `output` is both streams
 */
function attempt(command, args, options) {
  const { file, args: all } = resolve(command, args);
  const shell = process.platform === 'win32' && file === command && command === 'npm';
  const result = spawnSync(file, all, { encoding: 'utf8', maxBuffer: 2 ** 28, shell, ...options });
  const missing = /** @type {any} */ (result.error)?.code === 'ENOENT';
  const stdout = String(result.stdout ?? '');
  return { status: result.status, stdout, output: `${stdout}${result.stderr ?? ''}`, missing };
}

/** Runs a program with its output shown (where it is piped, only if it fails), and ends this one if it fails. */
function run(command, args, options) {
  const { status, missing, output } = attempt(command, args, { stdio: 'inherit', ...options });
  if (status !== 0 && output !== '') console.error(output);
  if (missing)
    console.error(
      `'${command}' was not found. Node 20 or later, npm and Rust 1.95 or later (https://rustup.rs) are needed.`,
    );
  if (status !== 0) process.exit(status ?? 1);
}

module.exports = { attempt, run };
