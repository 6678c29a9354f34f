'use strict';

// The list of contestants, in the order of the table. `ours` is the one that the others are compared with.

const ours = 'tasklets';

const contestants = [
  ours,
  'piscina',
  'piscina-best',
  'tinypool',
  'tinypool-best',
  'workerpool',
  'workerpool-best',
  'poolifier',
  'poolifier-best',
  'jest-worker',
  'postmessage',
];

/** For the cases that the settings hardly touch: each peer once, and piscina both ways. */
const oncePerPeer = [
  ours,
  'piscina',
  'piscina-best',
  'tinypool-best',
  'workerpool-best',
  'poolifier',
  'jest-worker',
  'postmessage',
];

/** For a first look: the strongest of them. */
const strongest = [ours, 'piscina-best', 'tinypool-best', 'postmessage'];

/** No pool, but what one writes without any: it has no queue, no recovery and no limits. */
const handWritten = 'postmessage';

module.exports = { contestants, handWritten, oncePerPeer, ours, strongest };
