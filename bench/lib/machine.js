'use strict';

// What the figures were measured on.

const os = require('node:os');

/** The version of the kernel without what its builder has added. */
const kernel = () => /^\d+(\.\d+)*/.exec(os.release())?.[0] ?? os.release();

function machine() {
  return {
    cpu: os.cpus()[0]?.model ?? 'unknown',
    cores: os.availableParallelism(),
    memory: `${Math.round(os.totalmem() / 2 ** 30)} GiB`,
    os: `${os.type()} ${kernel()} ${os.arch()}`,
    node: process.versions.node,
    v8: process.versions.v8,
  };
}

module.exports = { machine };
