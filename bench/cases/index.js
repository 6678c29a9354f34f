'use strict';

// The list of cases, in the order of the table.

const path = require('node:path');

/** @type {{ file: string, ids: string[] }[]} */
const files = [
  { file: 'noop', ids: ['noop-1', 'noop-64', 'noop-1000', 'noop-burst'] },
  { file: 'payload', ids: ['string', 'object', 'buffer-copied', 'buffer-transferred', 'buffer-shared'] },
  { file: 'closure', ids: ['closure-new', 'closure-same'] },
  { file: 'cold', ids: ['cold'] },
  { file: 'factorial', ids: ['factorial'] },
  { file: 'map', ids: ['map-light', 'map-heavy', 'map-light-array', 'map-heavy-array'] },
  { file: 'idle', ids: ['idle'] },
  { file: 'queued', ids: ['queued'] },
];

const cases = files.flatMap(({ ids }) => ids);

/**
 * Loads one case, and none of the others: a measuring process loads as little as it can.
 * @param {string} id
 * @returns {import('../lib/case').Case}
 */
function load(id) {
  const entry = files.find(({ ids }) => ids.includes(id));
  if (!entry) throw new RangeError(`unknown case ${id}: the cases are ${cases.join(', ')}`);
  return require(path.join(__dirname, entry.file))[id];
}

module.exports = { cases, load };
