'use strict';

// The list of contestants, in the order of the table. `ours` is the one that the others are compared with.

const ours = 'tasklets';

const contestants = [
  ours,
  'piscina',
  'piscina-best',
  'tinypool',
  'workerpool',
  'poolifier',
  'jest-worker',
  'postmessage',
];

/** For a first look: the strongest of them. */
const strongest = [ours, 'piscina-best', 'tinypool', 'postmessage'];

/** No pool, but what one writes without any: it has no queue, no recovery and no limits. */
const handWritten = 'postmessage';

module.exports = { contestants, handWritten, ours, strongest };
