'use strict';

// Our own engine, as its users call it: the default pool and its default settings, the number of workers apart.

const { noop, echo, factorial, block, chunk } = require('./tasks');
const { kernels } = require('../lib/kernels');

/** @type {import('../lib/contestant').Contestant} */
module.exports = {
  name: 'tasklets',
  package: 'tasklets',
  settings: 'defaults',
  open(workers) {
    const tasklets = require('../..');
    tasklets.config({ workers });
    const echoTask = tasklets.task(echo);
    const chunkTask = tasklets.task(chunk);
    const offset = 1;
    const same = (n) => n + offset;
    return {
      noop: tasklets.task(noop),
      echo: echoTask,
      echoTransfer: (view) => echoTask.with({ transfer: [view.buffer] })(view),
      factorial: tasklets.task(factorial),
      block: tasklets.task(block),
      chunk: (kernel, chunk) =>
        chunk instanceof Float64Array
          ? chunkTask.with({ transfer: [chunk.buffer] })({ kernel, chunk })
          : chunkTask({ kernel, chunk }),
      map: (kernel, items) => tasklets.map(items, kernels[kernel]),
      closureNew: (n) => tasklets.run(() => n + offset),
      closureSame: (n) => tasklets.run(same, { args: [n] }),
    };
  },
};
