'use strict';
// What tasks leave in their worker goes on: timers tick, servers answer, ports speak while no task runs.

const assert = require('node:assert/strict');
const http = require('node:http');
const { once } = require('node:events');
const { MessageChannel } = require('node:worker_threads');
const { describe, it } = require('node:test');
const { setTimeout: pause } = require('node:timers/promises');
const { Pool } = require('..');
const { alive } = require('./fixtures/alive.js');

describe('what a task left behind', { timeout: 60_000 }, () => {
  for (const [load, fn] of Object.entries({ 'sync tasks': (n) => n, 'async tasks': async (n) => (await null, n) })) {
    it(`ticks while the worker is idle, and under a load of ${load}`, () => ticks(fn));
  }

  async function ticks(fn) {
    const pool = new Pool({ workers: 1 });
    const cell = new Int32Array(new SharedArrayBuffer(4));
    const interval = (shared) => {
      setInterval(() => Atomics.add(shared, 0, 1), 1);
    };
    await pool.run(interval, { args: [cell] });
    while (Atomics.load(cell, 0) < 50) await pause(5);

    const before = Atomics.load(cell, 0);
    const quick = pool.task(fn);
    let loaded = true;
    const load = (async () => {
      while (loaded) await Promise.all(Array.from({ length: 2000 }, (_, n) => quick(n)));
    })();
    while (Atomics.load(cell, 0) < before + 20) await pause(5);
    loaded = false;
    await load;
    await pool.shutdown();
  }

  it('answers requests', async () => {
    const pool = new Pool({ workers: 1 });
    const serve = () =>
      new Promise((resolve) => {
        const server = process
          .getBuiltinModule('node:http')
          .createServer((_, response) => response.end('from a worker'));
        server.listen(0, '127.0.0.1', () => resolve(server.address().port));
      });
    const port = await pool.run(serve);
    for (let round = 0; round < 5; round++) {
      const [response] = await once(http.get({ port, host: '127.0.0.1', agent: false }), 'response');
      let body = '';
      for await (const part of response) body += part;
      assert.equal(body, 'from a worker');
      await alive(pool);
    }
    await pool.shutdown();
  });

  it('speaks through a port', async () => {
    const pool = new Pool({ workers: 1 });
    const { port1, port2 } = new MessageChannel();
    const listen = (port) => {
      port.on('message', (n) => port.postMessage(n * 2));
    };
    await pool.run(listen, { args: [port2], transfer: [port2] });
    for (let n = 0; n < 20; n++) {
      port1.postMessage(n);
      const [answer] = await once(port1, 'message');
      assert.equal(answer, n * 2);
    }
    port1.close();
    await alive(pool);
    await pool.shutdown();
  });
});

describe("the worker's own port", () => {
  it('may be used, closed, and listened to', async () => {
    const pool = new Pool({ workers: 1 });
    const uses = [
      () => process.getBuiltinModule('node:worker_threads').parentPort.postMessage('anything'),
      () => void process.getBuiltinModule('node:worker_threads').parentPort.on('message', () => {}),
      () => process.getBuiltinModule('node:worker_threads').parentPort.unref(),
      () => process.getBuiltinModule('node:worker_threads').parentPort.close(),
    ];
    for (const use of uses) {
      await pool.run(use);
      await alive(pool);
    }
    await pool.shutdown();
  });
});
