'use strict';
// The option `logging`: its check, and what it comes to.

const fs = require('node:fs');
const path = require('node:path');
const { FILE, LEVELS } = require('../log.js');
const { InvalidOptionError } = require('../errors.js');
const { outOfRange, unknownOption, wrongType } = require('./refuse.js');

const LOGGING = ['level', 'format', 'destination'];
const FORMATS = ['text', 'json'];
const listed = (names) => names.map((name) => `'${name}'`).join(', ');

function oneOf(where, name, value, names) {
  if (names.includes(value)) return value;
  const refuse = typeof value === 'string' ? outOfRange : wrongType;
  throw refuse(where, name, value, `one of ${listed(names)}`);
}

function destinationOf(where, value) {
  if (typeof value !== 'string' || value === '') {
    throw wrongType(where, 'logging.destination', value, "'stderr', 'file' or the path of a file");
  }
  return value;
}

/**
 * What the option comes to.
 *
 * @param {any} value
 * @param {string} [where] what was called, for the message
 * @returns {{ level: any, format: 'text' | 'json', destination: string }}
 */
function loggingOf(value = 'off', where = 'new Pool()') {
  if (typeof value === 'string') {
    return { level: oneOf(where, 'logging', value, LEVELS), format: 'text', destination: 'stderr' };
  }
  if (typeof value !== 'object' || value === null || Array.isArray(value)) {
    throw wrongType(where, 'logging', value, `one of ${listed(LEVELS)}, or an object of ${LOGGING.join(', ')}`);
  }
  for (const name in value) {
    if (!LOGGING.includes(name)) throw unknownOption(`${where}: logging`, name, LOGGING);
  }
  const { level = 'info', format = 'text', destination = 'stderr' } = value;
  return {
    level: oneOf(where, 'logging.level', level, LEVELS),
    format: oneOf(where, 'logging.format', format, FORMATS),
    destination: destinationOf(where, destination),
  };
}

/** Checks the option where it is given: also whether its file can be written, which is made by that. */
function logging(value, where) {
  const { level, destination } = loggingOf(value, where);
  if (level === 'off' || destination === 'stderr') return;
  const file = path.resolve(destination === 'file' ? FILE : destination);
  try {
    fs.appendFileSync(file, '');
  } catch (error) {
    throw new InvalidOptionError(
      `${where}: option 'logging.destination' must be a file that can be written; got ${file}: ${error.message}`,
      'logging.destination',
    );
  }
}

module.exports = { logging, loggingOf };
