'use strict';
// current.progress and onProgress: in order, the latest under load, in the caller's context, never after the end.

const assert = require('node:assert/strict');
const { AsyncLocalStorage } = require('node:async_hooks');
const { describe, it } = require('node:test');
const tasklets = require('..');
const { alive } = require('./fixtures/alive.js');

const { Pool, run, task } = tasklets;

/** A callback that keeps what it is told, and says when it has been told something. */
function recorder() {
  const told = [];
  let tell = () => {};
  const onProgress = (percent, data) => {
    told.push([percent, data]);
    tell();
  };
  const next = () => new Promise((resolve) => (tell = resolve));
  return { told, onProgress, next };
}

describe('current.progress', () => {
  it('reaches onProgress while the task runs, without a turn of its event loop', async () => {
    const gate = new Int32Array(new SharedArrayBuffer(4));
    const { told, onProgress, next } = recorder();
    const first = next();
    const running = run(
      (shared) => {
        tasklets.current.progress(25, { step: 'one', bytes: new Uint8Array([1, 2, 3]) });
        Atomics.wait(shared, 0, 0);
        tasklets.current.progress(100);
        return 'done';
      },
      { args: [gate], onProgress },
    );
    await first;
    assert.deepEqual(told, [[25, { step: 'one', bytes: new Uint8Array([1, 2, 3]) }]]);
    Atomics.store(gate, 0, 1);
    Atomics.notify(gate, 0);
    assert.equal(await running, 'done');
    assert.deepEqual(told.slice(1), [[100, undefined]]);
  });

  it('can be taken out of current and handed on', async () => {
    const { told, onProgress } = recorder();
    const working = () => {
      const { progress } = tasklets.current;
      [25, 100].forEach((percent) => progress(percent));
    };
    await run(working, { onProgress });
    assert.deepEqual(told.at(-1), [100, undefined]);
  });

  it('is in order, and the last one comes before the end, however many there are', async () => {
    const { told, onProgress } = recorder();
    const steps = 50_000;
    await run(
      (count) => {
        for (let step = 1; step <= count; step++) tasklets.current.progress((step / count) * 100, step);
      },
      { args: [steps], onProgress },
    );
    assert.ok(told.length >= 1 && told.length <= steps);
    for (let index = 1; index < told.length; index++) assert.ok(told[index][1] > told[index - 1][1]);
    assert.deepEqual(told.at(-1), [100, steps]);
  });

  it('is told of although the result that follows it has no room beside it, and each has its own bytes', async () => {
    // The result is larger than what came before: there is room for the report and not for both.
    const tell = (shared, n) => {
      tasklets.current.progress(50, n);
      Atomics.wait(shared, n, 0);
      tasklets.current.progress(100, { bytes: new Uint8Array(40_000).fill(n) });
      return { text: 'x'.repeat(200_000 * (n + 1)), bytes: new Uint8Array(40_001).fill(100 + n) };
    };
    const pool = new Pool({ workers: 1 });
    const rounds = 5;
    const [gates, ends] = [0, 1].map(() => new Int32Array(new SharedArrayBuffer(4 * rounds)));
    const end = pool.task((shared, n) => Atomics.store(shared, n, 1));
    for (let n = 0; n < rounds; n++) {
      const told = [];
      const onProgress = (percent, data) => {
        told.push([percent, data]);
        if (percent !== 50) return;
        Atomics.store(gates, n, 1);
        Atomics.notify(gates, n);
        // Its report is to be read together with its result: until the one worker has gone on to the next task.
        while (Atomics.load(ends, n) === 0);
      };
      const running = pool.run(tell, { args: [gates, n], onProgress });
      await end(ends, n);
      const result = await running;
      assert.deepEqual(told, [
        [50, n],
        [100, { bytes: new Uint8Array(40_000).fill(n) }],
      ]);
      assert.deepEqual(result.bytes, new Uint8Array(40_001).fill(100 + n));
    }
    await pool.shutdown();
  });

  it('does not keep the caller from its event loop', async () => {
    const stop = new Int32Array(new SharedArrayBuffer(4));
    const { told, onProgress } = recorder();
    const endless = task((shared) => {
      for (let step = 1; Atomics.load(shared, 0) === 0; step++) tasklets.current.progress(50, step);
    });
    const tasks = [0, 1].map(() => endless.with({ onProgress })(stop));
    while (told.length < 100) await new Promise((resolve) => setTimeout(resolve, 1));
    Atomics.store(stop, 0, 1);
    await Promise.all(tasks);
  });

  it('tells of many tasks at once, each to its own callback', async () => {
    const work = task(async (n) => {
      for (let step = 1; step <= 10; step++) {
        tasklets.current.progress(step * 10, n);
        await null;
      }
      return n;
    });
    const recorders = Array.from({ length: 200 }, recorder);
    const results = await Promise.all(recorders.map(({ onProgress }, n) => work.with({ onProgress })(n)));
    assert.deepEqual(
      results,
      recorders.map((_, n) => n),
    );
    for (const [n, { told }] of recorders.entries()) {
      assert.deepEqual(told.at(-1), [100, n]);
      assert.ok(told.every(([percent, who], index) => who === n && (index === 0 || percent > told[index - 1][0])));
    }
  });

  it('is never told after the end, nor after a cancelling', async () => {
    const pool = new Pool({ workers: 2 });
    let settled = 0;
    const late = [];
    const chatter = pool.task(async (rounds) => {
      const { current } = tasklets;
      for (let round = 0; round < rounds; round++) {
        current.progress(round, round);
        if (round % 7 === 0) await null;
      }
      setImmediate(() => current.progress(100, 'too late'));
    });
    const tasks = Array.from({ length: 300 }, (_, n) => {
      let over = false;
      const onProgress = (_percent, data) => {
        if (over || data === 'too late') late.push(n);
      };
      const running = chatter.with({ onProgress })(n % 50);
      if (n % 3 === 0) setImmediate(() => running.cancel());
      return running.catch(() => {}).then(() => ((over = true), settled++));
    });
    await Promise.all(tasks);
    await alive(pool);
    assert.equal(settled, 300);
    assert.deepEqual(late, []);
    await pool.shutdown();
  });

  it('calls the callback in the context of the call', async () => {
    const storage = new AsyncLocalStorage();
    const seen = [];
    const report = task(() => tasklets.current.progress(1));
    const call = (request) =>
      storage.run(request, () => report.with({ onProgress: () => seen.push(storage.getStore()) })());
    await Promise.all(['a', 'b', 'c'].map(call));
    assert.deepEqual(seen.sort(), ['a', 'b', 'c']);
  });

  it('does nothing where nobody listens', async () => {
    assert.equal(await run(() => tasklets.current.progress(10, () => {})), undefined);
  });

  it('takes a number from 0 to 100, and what can be sent', async () => {
    const { told, onProgress } = recorder();
    await run(() => tasklets.current.progress(100.000001), { onProgress });
    await run(() => tasklets.current.progress(-3), { onProgress });
    assert.deepEqual(told, [
      [100, undefined],
      [0, undefined],
    ]);
    for (const wrong of ['50', undefined, NaN, {}]) {
      await assert.rejects(
        run((percent) => tasklets.current.progress(percent), { args: [wrong], onProgress }),
        { code: 'ERR_TASKLETS_INVALID_ARGUMENT', name: 'InvalidArgumentError' },
      );
    }
    for (const data of [() => Promise.resolve(), () => new SharedArrayBuffer(8)]) {
      await assert.rejects(
        run((make) => tasklets.current.progress(1, make()), { args: [data], onProgress }),
        { code: 'ERR_TASKLETS_NOT_SERIALIZABLE' },
      );
    }
  });

  it('carries large binary data', async () => {
    const { told, onProgress } = recorder();
    await run(() => tasklets.current.progress(5, new Uint8Array(300_000).fill(9)), { onProgress });
    assert.deepEqual(told, [[5, new Uint8Array(300_000).fill(9)]]);
  });
});

describe('onProgress', () => {
  it('that throws cancels its task, which rejects with what was thrown', async () => {
    const pool = new Pool({ workers: 1 });
    const failure = new Error('the callback failed');
    const onProgress = () => {
      throw failure;
    };
    const waits = () => {
      tasklets.current.progress(1);
      while (!tasklets.current.signal.aborted);
    };
    await assert.rejects(pool.run(waits, { onProgress }), failure);
    await assert.rejects(
      pool.run(() => tasklets.current.progress(1), { onProgress }),
      failure,
    );
    await alive(pool);
    await pool.shutdown();
  });

  it('that is async cancels its task by a rejection, however many there are', async () => {
    const pool = new Pool({ workers: 1 });
    const failure = new Error('the callback failed');
    const onProgress = async () => {
      await null;
      throw failure;
    };
    const waits = async () => {
      for (let step = 0; !tasklets.current.signal.aborted; step++) {
        tasklets.current.progress(step);
        await new Promise((resolve) => setImmediate(resolve));
      }
    };
    await assert.rejects(pool.run(waits, { onProgress }), failure);
    await alive(pool);
    await pool.shutdown();
  });

  it('may start and cancel tasks', async () => {
    const started = [];
    let first;
    const onProgress = (percent) => {
      started.push(run((n) => n * 2, { args: [percent] }));
      if (percent === 3) assert.equal(first.cancel('enough'), true);
    };
    first = run(
      async () => {
        for (let step = 1; ; step++) {
          tasklets.current.progress(Math.min(step, 3));
          await new Promise((resolve) => setImmediate(resolve));
        }
      },
      { onProgress },
    );
    await assert.rejects(first, (error) => error.cause === 'enough');
    assert.equal((await Promise.all(started)).at(-1), 6);
  });
});
