'use strict';
// Makes the frames of a worker's stack the user's own, on the caller's side: code whose positions are not the file's
// runs under a marked name.

const path = require('node:path');
const { fileURLToPath } = require('node:url');
const { MARK, maps } = require('./scripts');

const FRAME = new RegExp(`${MARK}(.+?):(\\d+):(\\d+)`, 'g');

/**
 * @param {string} stack
 * @returns {string}
 */
function remapStack(stack) {
  if (typeof stack !== 'string' || !stack.includes(MARK)) return stack;
  return stack.replace(FRAME, (_, name, line, column) => original(name, Number(line), Number(column)));
}

/** Where a position of the code that V8 ran stands in the file that the user wrote. */
function original(name, line, column) {
  const file = name.startsWith('file:') ? fileURLToPath(name) : name;
  const map = maps.get(name);
  const entry = /** @type {any} */ (map?.findEntry(line - 1, column - 1));
  if (entry?.originalSource === undefined) return `${file}:${line}:${column}`;
  const { originalSource, originalLine, originalColumn } = entry;
  const source = originalSource.startsWith('file:')
    ? fileURLToPath(originalSource)
    : path.resolve(path.dirname(file), originalSource);
  return `${source}:${originalLine + 1}:${originalColumn + 1}`;
}

module.exports = { remapStack };
