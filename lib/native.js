'use strict';
// The addon, loaded: the only file that reaches binding.js, and the one error for a platform that has no binary.

const { NoBinaryError } = require('./errors.js');

/** The C library that the binaries for Linux differ by. */
function libc() {
  if (process.platform !== 'linux') return '';
  const { header } = /** @type {any} */ (process.report.getReport());
  return header.glibcVersionRuntime ? ` (glibc ${header.glibcVersionRuntime})` : ' (musl)';
}

/** What stands at the end of a chain of causes is usually the one that tells: a missing library, a wrong glibc. */
function causes(error) {
  const messages = [];
  for (let cause = error; cause instanceof Error && messages.length < 8; cause = /** @type {any} */ (cause.cause)) {
    const line = cause.message.split('\n', 1)[0];
    if (!messages.includes(line)) messages.push(line);
  }
  return messages;
}

function noBinary(error) {
  const { napi } = require('../package.json');
  const platform = `${process.platform}-${process.arch}${libc()}`;
  const message = [
    `tasklets has no compiled addon that loads on ${platform}.`,
    `Compiled ones exist for: ${napi.targets.join(', ')}.`,
    'Where yours is among them, the optional dependency that holds it was not installed: install again without',
    '--omit=optional and, where a lock file was written on another platform, without that lock file.',
    'Where it is not, build it: with Rust 1.95 or later (https://rustup.rs) installed, run `npm install && npm run build`',
    'in a clone of the repository, and install the package from there.',
    'What was tried:',
    ...causes(error).map((line) => `  - ${line}`),
  ].join('\n');
  return new NoBinaryError(message, { cause: error });
}

function load() {
  let native;
  try {
    native = require('../binding.js');
  } catch (error) {
    throw noBinary(error);
  }
  const { version } = require('../package.json');
  if (native.version() !== version) {
    const message = `tasklets ${version} found an addon of version ${native.version()}: install again, or run \`npm run build\``;
    throw new NoBinaryError(message);
  }
  return native;
}

module.exports = load();
