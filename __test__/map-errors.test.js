'use strict';
// map() when the function throws, or its worker is lost.

const assert = require('node:assert/strict');
const { Socket } = require('node:net');
const { after, describe, it } = require('node:test');
const { NotSerializableError, Pool, WorkerExitedError } = require('..');

const pool = new Pool({ workers: 2 });
after(() => pool.shutdown());

const socket = new Socket();
const items = Float64Array.from({ length: 10_000 }, (_, i) => i);

describe('an error in map', () => {
  it('arrives as it was thrown', async () => {
    const fail = (item) => {
      if (item === 7777) throw Object.assign(new RangeError(`no ${item}`), { code: 'E_ITEM', item });
      return item;
    };
    await assert.rejects(pool.map(items, fail), (error) => {
      assert.ok(error instanceof RangeError);
      assert.equal(error.message, 'no 7777');
      assert.equal(error.code, 'E_ITEM');
      assert.equal(error.item, 7777);
      assert.match(error.stack, /map-errors\.test\.js/);
      assert.equal(error.taskName, 'fail');
      return true;
    });
  });

  it('may be anything', async () => {
    await assert.rejects(
      pool.map(items, () => {
        throw 'a string';
      }),
      (error) => error === 'a string',
    );
    await assert.rejects(
      pool.map(['a'], () => {
        throw undefined;
      }),
      (error) => error === undefined,
    );
  });

  it('says where in the items, the initial value or a result something stands that cannot cross', async () => {
    const weak = new WeakMap();
    const refused = (call, path, what = 'a WeakMap cannot be sent') =>
      assert.rejects(call, (error) => {
        assert.ok(error.path.startsWith(path), error.path);
        assert.ok(error.message.startsWith(`${error.path}`) && error.message.includes(what), error.message);
        assert.ok(error.stack.startsWith(`${error.name}: ${error.message}`), error.stack);
        assert.equal(error.path.includes('args') || error.path.includes('parts'), false, error.path);
        return true;
      });
    const give = (item) => ({ deep: [item, new WeakMap()] });
    for (const [numbers, objects] of [
      [() => [1, 2], () => [1, { deep: weak }]],
      [() => [1, 2].values(), () => [1, { deep: weak }].values()],
    ]) {
      await refused(pool.map(numbers(), give), 'result.deep[1]');
      await refused(
        pool.map(numbers(), async (item) => ({ deep: [item, new WeakMap()] })),
        'result.deep[1]',
      );
      await refused(pool.reduce(numbers(), give), 'result.deep[1]');
      const reduced = pool.reduce(numbers(), (a) => a, { deep: weak });
      await refused(reduced, 'initial.deep');
      for (const name of ['map', 'filter', 'forEach', 'reduce', 'sort']) {
        await refused(
          pool[name](objects(), (a) => a),
          'items[1].deep',
        );
      }
      await refused(
        pool.map([1, { call: () => socket }].values(), (a) => a),
        'items[1].call',
        'socket',
      );
    }
  });

  it('stops the rest', async () => {
    const calls = new Int32Array(new SharedArrayBuffer(4));
    const fail = (item) => {
      Atomics.add(calls, 0, 1);
      if (item === 0) throw new Error('the first');
      return item;
    };
    await assert.rejects(pool.map(items, fail, { chunk: 1 }), /the first/);
    const stopped = calls[0];
    assert.ok(stopped < items.length, `${stopped} calls`);
    // What comes after has the workers for itself, and nothing of the failed one is called any more.
    await pool.map(items, (item) => item);
    assert.equal(calls[0], stopped);
  });

  it('is the first in order when two fail at once', async () => {
    const both = new Int32Array(new SharedArrayBuffer(4));
    const fail = (item) => {
      Atomics.add(both, 0, 1);
      while (Atomics.load(both, 0) < 2);
      throw new Error(`item ${item}`);
    };
    await assert.rejects(pool.map([0, 1], fail, { chunk: 1 }), /item 0/);
  });

  it('may be a stack overflow', async () => {
    const deep = (item) => deep(item) + 1;
    await assert.rejects(pool.map(items, deep), RangeError);
    assert.deepEqual(await pool.map([1], (item) => item + 1), [2]);
  });

  it('may be a result that cannot cross', async () => {
    await assert.rejects(
      pool.map([1], () => new WeakMap()),
      NotSerializableError,
    );
    await assert.rejects(
      pool.map(BigInt64Array.of(1n), () => 5),
      TypeError,
    );
  });

  it('names the item that cannot cross', async () => {
    await assert.rejects(
      pool.map(['a', { deep: new WeakMap() }], () => 1),
      (error) => {
        assert.ok(error instanceof NotSerializableError);
        assert.match(error.message, /^items\[1\]\.deep/);
        return true;
      },
    );
  });

  it('may be the end of the worker', async () => {
    await assert.rejects(
      pool.map(items, (item) => (item === 5000 ? process.exit(3) : item)),
      (error) => {
        assert.ok(error instanceof WorkerExitedError);
        assert.equal(error.exitCode, 3);
        return true;
      },
    );
    assert.deepEqual(await pool.map([1], (item) => item + 1), [2]);
  });
});
