'use strict';
// How many cores this process may use.

const { availableParallelism } = require('node:os');
const native = require('./native.js');

/** `os.availableParallelism()` knows the quotas of containers from Node.js 22.12 on, the addon on each version. */
function cpuCount() {
  return Math.min(availableParallelism(), native.cpuCount());
}

module.exports = { cpuCount };
