'use strict';
// What a task throws, as its caller gets it: class, cause, properties, stack, and what the engine adds.

const assert = require('node:assert/strict');
const fs = require('node:fs');
const os = require('node:os');
const path = require('node:path');
const { describe, it } = require('node:test');
const { inherits } = require('node:util');
const tasklets = require('..');

const { Pool, TaskletsError, WorkerExitedError, run, task } = tasklets;

async function thrownBy(fn, options) {
  try {
    await run(fn, options);
  } catch (error) {
    return error;
  }
  throw new assert.AssertionError({ message: 'the task did not fail' });
}

class CustomError extends RangeError {
  constructor(message, status) {
    super(message);
    this.status = status;
  }
  get name() {
    return 'CustomError';
  }
}

describe('a thrown error', () => {
  it('keeps its builtin class', async () => {
    const classes = [Error, TypeError, RangeError, SyntaxError, ReferenceError, EvalError, URIError];
    for (const Class of classes) {
      const error = await thrownBy(
        (name) => {
          throw new globalThis[name]('of a class');
        },
        { args: [Class.name] },
      );
      assert.equal(Object.getPrototypeOf(error), Class.prototype);
      assert.equal(error.message, 'of a class');
    }
    const error = await thrownBy(() => null.missing);
    assert.ok(error instanceof TypeError);
  });

  it('keeps cause, errors, code and other properties', async () => {
    const error = await thrownBy(() => {
      const inner = new Error('inner', { cause: new TypeError('innermost') });
      throw Object.assign(new Error('outer', { cause: inner }), { code: 'E_MINE', details: { list: [1, 2] } });
    });
    assert.equal(error.code, 'E_MINE');
    assert.deepEqual(error.details, { list: [1, 2] });
    assert.equal(error.cause.message, 'inner');
    assert.ok(error.cause.cause instanceof TypeError);
    assert.equal(Object.keys(error).includes('cause'), false);

    const several = await thrownBy(() => Promise.any([Promise.reject(new RangeError('a')), Promise.reject(2)]));
    assert.ok(several instanceof AggregateError);
    assert.ok(several.errors[0] instanceof RangeError);
    assert.equal(several.errors[1], 2);
  });

  it('may be a DOMException, or one of a system call', async () => {
    const dom = await thrownBy(() => {
      throw new DOMException('quota', 'QuotaExceededError');
    });
    assert.ok(dom instanceof DOMException);
    assert.equal(dom.name, 'QuotaExceededError');
    const system = await thrownBy(() => process.getBuiltinModule('node:fs').readFileSync('/no/such/file'));
    assert.equal(system.code, 'ENOENT');
    assert.equal(system.syscall, 'open');
  });

  it('is instanceof the class that the function captured', async () => {
    const error = await thrownBy(() => {
      throw new CustomError('mine', 418);
    });
    assert.ok(error instanceof CustomError);
    assert.equal(error.status, 418);
    assert.equal(error.name, 'CustomError');
    const later = await thrownBy(async () => {
      await null;
      throw new CustomError('later', 419);
    });
    assert.ok(later instanceof CustomError);
  });

  it('is instanceof a constructor that the function captured, however it inherits', async () => {
    function Inherited(message) {
      Error.captureStackTrace?.(this, Inherited);
      this.message = message;
    }
    inherits(Inherited, Error);
    function Bare(message) {
      this.message = message;
    }
    Bare.prototype = Object.create(RangeError.prototype);
    for (const Class of [Inherited, Bare]) {
      const error = await thrownBy(() => {
        throw new Class('of old');
      });
      assert.ok(error instanceof Class, Class.name);
      assert.equal(error.message, 'of old');
    }
  });

  it('is instanceof a class of a module that the function captured', async () => {
    const whole = await thrownBy(() => assert.equal(1, 2));
    assert.ok(whole instanceof assert.AssertionError);
    const { AssertionError } = assert;
    const member = await thrownBy(() => {
      throw new AssertionError({ message: 'by itself' });
    });
    assert.ok(member instanceof AssertionError);
    assert.equal(member.message, 'by itself');
  });

  it('is instanceof a class of a package that the function captured', async () => {
    const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'tasklets-'));
    try {
      const home = path.join(folder, 'node_modules', 'lib');
      fs.mkdirSync(home, { recursive: true });
      const text = 'class LibError extends Error {} module.exports = { LibError, errors: { deep: LibError } };';
      fs.writeFileSync(path.join(home, 'index.js'), text);
      const lib = require(home);
      const { LibError } = lib;
      const fail = (Class) => {
        throw new Class('of a package');
      };
      assert.ok((await thrownBy(() => fail(LibError))) instanceof LibError);
      assert.ok((await thrownBy(() => fail(lib.LibError))) instanceof LibError);
      assert.ok(
        (await thrownBy((callback) => callback(), { args: [() => fail(lib.errors.deep)] })) instanceof LibError,
      );
    } finally {
      fs.rmSync(folder, { recursive: true });
    }
  });

  it('is instanceof a class that a function among the arguments captured', async () => {
    const callback = () => {
      throw new CustomError('called back', 418);
    };
    const error = await thrownBy((fn) => fn(), { args: [callback] });
    assert.ok(error instanceof CustomError);
    assert.equal(error.status, 418);
  });

  it('that is returned is instanceof the class, too', async () => {
    const [error] = await run(() => [new CustomError('returned', 1)]);
    assert.ok(error instanceof CustomError);
    const made = await run((make) => make(), { args: [() => new CustomError('made', 1)] });
    assert.ok(made instanceof CustomError);
  });

  it('keeps the name of a class that is known in the worker only', async () => {
    const error = await thrownBy(() => {
      class LocalError extends TypeError {}
      throw new LocalError('local');
    });
    assert.ok(error instanceof TypeError);
    assert.equal(error.constructor.name, 'LocalError');
  });

  it('may be anything', async () => {
    const things = [undefined, null, 0, 'text', 1n, { plain: [1] }, Symbol.for('symbol')];
    for (const thing of things) {
      let thrown = 'nothing';
      try {
        await run(
          (value) => {
            throw value;
          },
          { args: [thing] },
        );
      } catch (error) {
        thrown = error;
      }
      assert.deepEqual(thrown, thing);
    }
    await assert.rejects(
      run(() => Promise.reject('rejected')),
      (error) => error === 'rejected',
    );
  });

  it('may have what only V8 carries, or what was moved to its task', async () => {
    const shared = new SharedArrayBuffer(4);
    const error = await thrownBy(
      (shared) => {
        throw Object.assign(new Error('it has a body', { cause: shared }), { body: new Blob(['abc']) });
      },
      { args: [shared] },
    );
    assert.equal(error.message, 'it has a body');
    assert.equal(error.body.size, 3);
    new Uint8Array(shared)[1] = 7;
    assert.equal(new Uint8Array(error.cause)[1], 7);
    const buffer = new ArrayBuffer(16);
    const moved = await thrownBy(
      (buffer) => {
        throw Object.assign(new RangeError('too short'), { buffer });
      },
      { args: [buffer], transfer: [buffer] },
    );
    assert.equal(moved.message, 'too short');
    assert.equal(moved.buffer.byteLength, 16);
    const thing = await run(() => {
      throw { memory: new SharedArrayBuffer(8) };
    }).catch((thrown) => thrown);
    assert.equal(thing.memory.byteLength, 8);
    assert.ok(typeof moved.taskId === 'number');
  });

  it('may be a proxy that refuses to be looked at: its worker lives on', async () => {
    const pool = new Pool({ workers: 1 });
    const before = await pool.run(() => tasklets.current.workerId);
    const revoked = () => {
      const { proxy, revoke } = Proxy.revocable({}, {});
      revoke();
      return proxy;
    };
    const strange = {
      'throws a revoked proxy': () => {
        throw revoked();
      },
      'rejects with one': async () => {
        throw revoked();
      },
      'gives one': () => revoked(),
      'has a getter that throws one': () => ({
        get value() {
          throw revoked();
        },
      }),
      'throws what throws when its name is read': () => {
        throw new Proxy(new Error('hidden'), {
          get() {
            throw new Error('trap');
          },
          getPrototypeOf() {
            throw new Error('trap');
          },
        });
      },
      'gives a promise with no constructor': () => Object.assign(Promise.resolve(1), { constructor: null }),
      'gives a promise whose constructor throws': () =>
        Object.assign(Promise.resolve(1), {
          constructor: {
            get [Symbol.species]() {
              throw new Error('species');
            },
          },
        }),
    };
    for (const [what, fn] of Object.entries(strange)) {
      const outcome = await pool.run(fn).then(
        () => null,
        (error) => error,
      );
      assert.ok(outcome instanceof Error && !(outcome instanceof WorkerExitedError), what);
    }
    assert.equal(await pool.run(() => tasklets.current.workerId), before);
    await pool.shutdown();
  });

  it('that cannot cross is told in another', async () => {
    const error = await thrownBy(() => {
      throw new Proxy(
        {},
        {
          ownKeys() {
            throw new Error('trap');
          },
        },
      );
    });
    assert.ok(error instanceof Error);
    const unsendable = await thrownBy(() => {
      throw { socket: new WeakMap() };
    });
    assert.equal(unsendable.code, 'ERR_TASKLETS_NOT_SERIALIZABLE');
    const partly = await thrownBy(() => {
      throw Object.assign(new RangeError('partly'), { request: new WeakMap(), status: 500 });
    });
    assert.ok(partly instanceof RangeError);
    assert.equal(partly.status, 500);
  });
});

describe('what is known of the task', () => {
  it('stands on the error, not enumerable', async () => {
    const fails = task(
      function named() {
        throw new Error('with details');
      },
      { name: 'shown' },
    );
    const running = fails();
    const error = await running.catch((reason) => reason);
    assert.equal(error.taskId, running.id);
    assert.equal(error.taskName, 'shown');
    assert.equal(typeof error.workerThread, 'number');
    assert.ok(error.workerThread > 0);
    assert.ok(error.duration >= 0 && error.duration < 60_000);
    assert.equal(error.attempt, 1);
    assert.equal(typeof error.stackTrace, 'string');
    assert.deepEqual(Object.keys(error), []);
  });

  it("stands on the engine's errors too", async () => {
    const died = await thrownBy(() => process.exit(7), { name: 'exits' });
    assert.ok(died instanceof TaskletsError);
    assert.equal(died.exitCode, 7);
    assert.equal(died.taskName, 'exits');
    assert.ok(died.workerThread > 0);
    const late = await thrownBy(() => new Promise(() => {}), { name: 'late', timeout: 20 });
    assert.equal(late.taskName, 'late');
    assert.ok(late.duration >= 20);
    const running = run(() => new Promise(() => {}), { name: 'cancelled' });
    running.cancel('reason');
    const cancelled = await running.catch((reason) => reason);
    assert.equal(cancelled.taskId, running.id);
    assert.equal(cancelled.taskName, 'cancelled');
    assert.equal(cancelled.cause, 'reason');
  });
});

describe('the stack', () => {
  it("has the user's file and line, then the caller's frames", async () => {
    const line = Number(/:(\d+):\d+\)?$/.exec(new Error().stack.split('\n')[1])[1]) + 2;
    async function innerFunction() {
      throw new Error('from a worker');
    }
    async function outerCaller() {
      return await run(innerFunction);
    }
    const error = await outerCaller().catch((reason) => reason);
    const lines = error.stack.split('\n');
    assert.equal(lines[0], 'Error: from a worker');
    assert.match(lines[1], /innerFunction/);
    assert.ok(lines[1].includes(`${__filename}:${line}:`), lines[1]);
    assert.ok(
      lines.some((each) => /at async outerCaller/.test(each) && each.includes(__filename)),
      error.stack,
    );
    assert.ok(error.stackTrace.includes('innerFunction'));
    assert.equal(error.stackTrace.includes('outerCaller'), false);
  });

  it('may be of any kind that the program makes it', async () => {
    const { prepareStackTrace, stackTraceLimit } = Error;
    const fails = task(() => {
      throw new RangeError('all the same');
    });
    try {
      for (const prepare of [(_, frames) => frames, () => undefined, () => 'mine']) {
        Error.prepareStackTrace = prepare;
        await assert.rejects(fails(), (error) => error instanceof RangeError && error.message === 'all the same');
        await assert.rejects(
          run(() => process.exit(1)),
          (error) => error.exitCode === 1,
        );
      }
      Error.prepareStackTrace = prepareStackTrace;
      Error.stackTraceLimit = 0;
      await assert.rejects(fails(), (error) => error instanceof RangeError && error.message === 'all the same');
    } finally {
      Object.assign(Error, { prepareStackTrace, stackTraceLimit });
    }
  });

  it('shows none of the engine', async () => {
    const error = await run(() => {
      throw new Error('seen');
    }).catch((reason) => reason);
    const engine = require('node:path').join(__dirname, '..', 'lib');
    assert.equal(error.stack.includes(engine), false, error.stack);
  });
});
