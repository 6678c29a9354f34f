'use strict';
// Putting together what the workers brought back.

const { constructors, kindOf, likewise } = require('./elements.js');

/** Writes the parts over what stands in `target`; a hole in a part leaves it as it is. */
function lay(parts, target) {
  for (const [start, values] of parts) {
    for (let i = 0; i < values.length; i++) {
      const value = values[i];
      if (value !== undefined || i in values) target[start + i] = value;
    }
  }
  return target;
}

/** What Array.from does, in less than half the time. */
function toArray(numbers) {
  const array = new Array(numbers.length);
  for (let i = 0; i < numbers.length; i++) array[i] = numbers[i];
  return array;
}

/** The items that are marked, in the same kind of array. */
function select(items, marks) {
  const kind = kindOf(items);
  let count = 0;
  for (let i = 0; i < marks.length; i++) count += marks[i];
  const selected = kind === undefined ? new Array(count) : new constructors[kind](count);
  for (let i = 0, at = 0; at < count; i++) if (marks[i] === 1) selected[at++] = items[i];
  return kind === undefined ? selected : likewise(items, selected);
}

module.exports = { lay, select, toArray };
