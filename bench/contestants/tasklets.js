'use strict';

// Our own engine, as its users call it: the default pool and its default settings, the number of workers apart.

const { noop, echo, factorial, block, chunk: chunkOf } = require('./tasks');
const { kernels } = require('../lib/kernels');

/** @type {import('../lib/contestant').Contestant} */
module.exports = {
  name: 'tasklets',
  package: 'tasklets',
  settings: 'defaults',
  open(workers) {
    const tasklets = require('../..');
    tasklets.config({ workers });
    // As in a program: a function becomes a task where it is first needed.
    const handles = new Map();
    const handle = (fn) => {
      if (!handles.has(fn)) handles.set(fn, tasklets.task(fn));
      return handles.get(fn);
    };
    const offset = 1;
    const same = (n) => n + offset;
    return {
      get noop() {
        return handle(noop);
      },
      get echo() {
        return handle(echo);
      },
      echoTransfer: (view) => handle(echo).with({ transfer: [view.buffer] })(view),
      get factorial() {
        return handle(factorial);
      },
      get block() {
        return handle(block);
      },
      chunk: (kernel, chunk) =>
        chunk instanceof Float64Array
          ? handle(chunkOf).with({ transfer: [chunk.buffer] })({ kernel, chunk })
          : handle(chunkOf)({ kernel, chunk }),
      map: (kernel, items) => tasklets.map(items, kernels[kernel]),
      closureNew: (n) => tasklets.run(() => n + offset),
      closureSame: (n) => tasklets.run(same, { args: [n] }),
    };
  },
};
