'use strict';

// poolifier with the settings that served it best here: see "What was tried" in the README beside.

const poolifier = require('./poolifier');

/** @type {import('../lib/contestant').Contestant} */
module.exports = {
  name: 'poolifier, best',
  package: 'poolifier',
  settings: 'FixedThreadPool, enableEvents: false',
  open: (workers) => poolifier.open(workers, { enableEvents: false }),
};
