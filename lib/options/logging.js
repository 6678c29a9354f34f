'use strict';
// The option `logging`: its check, and what it comes to.

const fs = require('node:fs');
const path = require('node:path');
const { FILE, LEVELS } = require('../log.js');
const { InvalidOptionError } = require('../errors.js');
const check = require('./checks.js');
const { unknownOption, wrongType } = require('./refuse.js');

const LOGGING = ['level', 'format', 'destination'];
const FORMATS = ['text', 'json'];

/**
 * What the option comes to.
 *
 * @param {any} value
 * @param {string} [where] what was called, for the message
 * @returns {{ level: any, format: 'text' | 'json', destination: string }}
 */
function loggingOf(value = 'off', where = 'new Pool()') {
  if (typeof value === 'string') {
    check.oneOf(where, 'logging', value, LEVELS);
    return { level: value, format: 'text', destination: 'stderr' };
  }
  if (!check.isPlain(value)) {
    throw wrongType(where, 'logging', value, `${check.listed(LEVELS)}, or a plain object of ${LOGGING.join(', ')}`);
  }
  for (const name in value) {
    if (!LOGGING.includes(name)) throw unknownOption(`${where}: logging`, name, LOGGING);
  }
  const { level = 'info', format = 'text', destination = 'stderr' } = value;
  check.oneOf(where, 'logging.level', level, LEVELS);
  check.oneOf(where, 'logging.format', format, FORMATS);
  if (typeof destination !== 'string' || destination === '') {
    throw wrongType(where, 'logging.destination', destination, "'stderr', 'file' or the path of a file");
  }
  return { level, format, destination };
}

/**
 * Checks the option where it is given: also whether its file can be written, which is made by that. Gives it with the path
 * of the file as it is found from the working directory now, which may be another one when the first line is written.
 */
function logging(value, where) {
  const { level, format, destination } = loggingOf(value, where);
  if (destination === 'stderr') return value;
  const file = path.resolve(destination === 'file' ? FILE : destination);
  const found = { level, format, destination: file };
  if (level === 'off') return found;
  try {
    fs.appendFileSync(file, '');
  } catch (error) {
    throw new InvalidOptionError(
      `${where}: option 'logging.destination' must be a file that can be written; got ${file}: ${error.message}`,
      'logging.destination',
    );
  }
  return found;
}

module.exports = { logging, loggingOf };
