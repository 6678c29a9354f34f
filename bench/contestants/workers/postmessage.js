'use strict';

const { parentPort } = require('node:worker_threads');
const tasks = require('../tasks');

const transferring = {
  echoTransfer: tasks.echo,
  chunkTransfer: tasks.chunk,
};

parentPort.on('message', ({ id, name, value }) => {
  try {
    if (name in transferring) {
      const result = transferring[name](value);
      parentPort.postMessage({ id, result }, [result.buffer]);
    } else {
      parentPort.postMessage({ id, result: tasks[name](value) });
    }
  } catch (error) {
    parentPort.postMessage({ id, error });
  }
});
