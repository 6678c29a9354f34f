'use strict';
// How a wrong option is told: the errors of every validator, each naming the option, what was given and what is allowed.

const { inspect } = require('node:util');
const { InvalidOptionError, OptionRangeError, OptionUnavailableError } = require('../errors.js');

/** A value as a reader of the message knows it: short, on one line, and without running the user's own code. */
function show(value) {
  if (typeof value === 'function') return value.name ? `function ${value.name}` : 'a function';
  const text = inspect(value, { depth: 0, breakLength: Infinity, customInspect: false, maxStringLength: 60 });
  return text.length > 80 ? `${text.slice(0, 77)}...` : text;
}

/** How many single edits lead from one name to the other, where a swap of neighbours counts as one. */
function distance(from, to) {
  let before = [];
  let previous = Array.from({ length: to.length + 1 }, (_, column) => column);
  for (let row = 1; row <= from.length; row++) {
    const current = [row];
    for (let column = 1; column <= to.length; column++) {
      const same = from[row - 1] === to[column - 1];
      let edits = Math.min(previous[column] + 1, current[column - 1] + 1, previous[column - 1] + (same ? 0 : 1));
      if (row > 1 && column > 1 && from[row - 1] === to[column - 2] && from[row - 2] === to[column - 1]) {
        edits = Math.min(edits, before[column - 2] + 1);
      }
      current.push(edits);
    }
    before = previous;
    previous = current;
  }
  return previous[to.length];
}

/** The name that was probably meant: another case, or at most two edits away (one, where the name is short). */
function nearest(name, names) {
  const lower = name.toLowerCase();
  let best;
  let fewest = name.length > 4 ? 3 : 2;
  for (const candidate of names) {
    const edits = distance(lower, candidate.toLowerCase());
    if (edits < fewest) {
      fewest = edits;
      best = candidate;
    }
  }
  return best;
}

/**
 * @param {string} where what takes the options: 'run()'
 * @param {string} name
 * @param {readonly string[]} allowed the options that exist
 * @param {readonly string[]} [planned] the options that later versions have
 * @returns {Error}
 */
function unknownOption(where, name, allowed, planned = []) {
  if (planned.includes(name)) {
    const message = `${where}: option '${name}' is not available in this version. Allowed: ${allowed.join(', ')}`;
    return new OptionUnavailableError(message, name);
  }
  const meant = nearest(name, [...allowed, ...planned]);
  const hint = meant === undefined ? '' : ` (did you mean '${meant}'?)`;
  return new InvalidOptionError(`${where}: unknown option '${name}'${hint}. Allowed: ${allowed.join(', ')}`, name);
}

/** The wrong type. */
function wrongType(where, name, value, allowed) {
  return new InvalidOptionError(`${where}: option '${name}' must be ${allowed}; got ${show(value)}`, name);
}

/** The right type, and a value that cannot be. */
function outOfRange(where, name, value, allowed) {
  return new OptionRangeError(`${where}: option '${name}' must be ${allowed}; got ${show(value)}`, name);
}

/** What was given for the options is no object at all. */
function notOptions(where, value) {
  return new InvalidOptionError(`${where}: options must be a plain object; got ${show(value)}`, 'options');
}

module.exports = { nearest, notOptions, outOfRange, show, unknownOption, wrongType };
