'use strict';
// Wrong options are told at the call: by name, with what was given and what is allowed, and with a stable code.

const assert = require('node:assert/strict');
const { describe, it } = require('node:test');
const { SHARE_ENV } = require('node:worker_threads');
const vm = require('node:vm');
const { cpuCount } = require('../lib/cores.js');
const {
  batchOptions,
  callOptions,
  entryOptions,
  handleOptions,
  mapOptions,
  memoryOf,
  poolOptions,
  retryOptions,
  runAllOptions,
  shutdownOptions,
  taskOptions,
  workersOf,
} = require('../lib/options.js');

const INVALID = { class: TypeError, name: 'InvalidOptionError', code: 'ERR_TASKLETS_INVALID_OPTION' };
const RANGE = { class: RangeError, name: 'OptionRangeError', code: 'ERR_TASKLETS_OPTION_RANGE' };
const UNAVAILABLE = { class: TypeError, name: 'OptionUnavailableError', code: 'ERR_TASKLETS_OPTION_UNAVAILABLE' };

/** Asserts the class, the code, and that the message holds each of the given parts. */
function refuses(validate, kind, ...parts) {
  assert.throws(validate, (error) => {
    assert.ok(error instanceof kind.class, `${error} is a ${kind.class.name}`);
    assert.equal(error.name, kind.name);
    assert.equal(error.code, kind.code);
    for (const part of parts) assert.ok(error.message.includes(part), `'${error.message}' says '${part}'`);
    return true;
  });
}

describe('options of a task', () => {
  it('gives the same object back where nothing had to be changed', () => {
    const options = {
      args: [1],
      name: 'sum',
      timeout: 10,
      signal: new AbortController().signal,
      cancellable: false,
      transfer: [new ArrayBuffer(1)],
      captures: { fibonacci() {} },
    };
    assert.equal(taskOptions(options), options);
    assert.equal(taskOptions(undefined), undefined);
  });

  it('takes an option that is undefined as one that is not given', () => {
    const options = { args: undefined, timeout: undefined, signal: undefined, transfer: undefined };
    assert.equal(taskOptions(options), options);
  });

  it('names an unknown option and the one that was probably meant', () => {
    refuses(() => taskOptions({ tiemout: 1 }), INVALID, "run(): unknown option 'tiemout'", "did you mean 'timeout'?");
    refuses(() => taskOptions({ prioritty: 1 }), INVALID, "'prioritty'", "did you mean 'priority'?");
    refuses(() => taskOptions({ Signal: 1 }), INVALID, "did you mean 'signal'?");
    refuses(
      () => taskOptions({ transferList: [] }),
      INVALID,
      "'transferList'",
      'Allowed: args, name, priority, timeout, deadline, after, signal',
    );
    refuses(() => taskOptions({ wholly: undefined }), INVALID, "unknown option 'wholly'");
  });

  it('says what options are where they are no plain object', () => {
    const others = [new Map([['timeout', 1]]), Object.create({ name: 'inherited' }), new Date(), AbortSignal.abort()];
    for (const options of [null, 1, 'x', true, [], () => {}, ...others]) {
      refuses(() => taskOptions(options), INVALID, 'options must be a plain object');
    }
    const own = { name: 'own' };
    for (const options of [own, { __proto__: null, ...own }, vm.runInNewContext('({ name: "own" })')]) {
      assert.equal(taskOptions(options).name, 'own');
    }
  });

  it('refuses values of the wrong type', () => {
    refuses(() => taskOptions({ args: 'x' }), INVALID, "option 'args' must be an array; got 'x'");
    refuses(() => taskOptions({ args: { length: 1 } }), INVALID, "'args'", '{ length: 1 }');
    refuses(() => taskOptions({ args: null }), INVALID, "'args'", 'got null');
    refuses(() => taskOptions({ name: 1 }), INVALID, "'name'", 'a string that is not empty');
    refuses(() => taskOptions({ name: '' }), INVALID, "'name'");
    refuses(() => taskOptions({ timeout: '5' }), INVALID, "'timeout'", "got '5'");
    refuses(() => taskOptions({ timeout: null }), INVALID, "'timeout'", 'got null');
    refuses(() => taskOptions({ timeout: 5n }), INVALID, "'timeout'", 'got 5n');
    refuses(() => taskOptions({ signal: {} }), INVALID, "'signal' must be an AbortSignal");
    refuses(() => taskOptions({ signal: new AbortController() }), INVALID, "'signal' must be an AbortSignal");
    refuses(() => taskOptions({ cancellable: 1 }), INVALID, "'cancellable' must be true or false; got 1");
    refuses(() => taskOptions({ captures: ['x'] }), INVALID, "'captures'");
    refuses(() => taskOptions({ captures: null }), INVALID, "'captures'");
    refuses(() => taskOptions({ transfer: new ArrayBuffer(1) }), INVALID, "'transfer'", 'an array');
    refuses(() => taskOptions({ transfer: new Uint8Array(1) }), INVALID, "'transfer'", '[view.buffer]');
    refuses(
      () => taskOptions({ transfer: [new ArrayBuffer(1), 2] }),
      INVALID,
      "'transfer[1]' must be an object; got 2",
    );
    refuses(() => taskOptions({ transfer: 'abc' }), INVALID, "'transfer'");
  });

  it('refuses a timeout that cannot be', () => {
    for (const timeout of [0, -0, -1, NaN, -Infinity, 2 ** 31, Number.MAX_VALUE]) {
      refuses(() => taskOptions({ timeout }), RANGE, "option 'timeout'", 'more than 0 and at most 2147483647');
    }
    for (const timeout of [0.5, 1, 2 ** 31 - 1, Infinity]) assert.ok(taskOptions({ timeout }));
  });

  it('refuses a priority that is none', () => {
    const allowed = "'high', 'normal', 'low', or a number";
    for (const priority of [null, 5n, {}]) {
      refuses(() => taskOptions({ priority }), INVALID, "'priority'", allowed);
    }
    for (const priority of ['urgent', 'toString', '', NaN, Infinity, -Infinity])
      refuses(() => taskOptions({ priority }), RANGE, allowed);
    for (const priority of ['high', 'normal', 'low', 0, -0, 1e300, -0.5]) assert.ok(taskOptions({ priority }));
  });

  it('refuses what no task can come after', () => {
    for (const after of [1, 'a', null, {}]) refuses(() => taskOptions({ after }), INVALID, "'after'", 'an array');
    for (const one of ['a', null, {}, 5n])
      refuses(() => taskOptions({ after: [1, one] }), INVALID, "'after[1]'", 'a task');
    for (const one of [0, -1, 1.5, NaN])
      refuses(() => taskOptions({ after: [one] }), RANGE, "'after[0]'", 'a task or its id');
    assert.ok(taskOptions({ after: [Promise.resolve(), 7] }));
  });

  it('refuses a deadline that is no moment', () => {
    const allowed = 'a Date, or milliseconds from now, more than 0, or Infinity for none';
    for (const deadline of [0, -1, NaN, -Infinity])
      refuses(() => taskOptions({ deadline }), RANGE, "'deadline'", allowed);
    for (const deadline of ['5', null, {}, 5n])
      refuses(() => taskOptions({ deadline }), INVALID, "'deadline'", allowed);
    refuses(() => taskOptions({ deadline: new Date(NaN) }), RANGE, "'deadline'", 'a valid Date');
    for (const deadline of [0.5, 2 ** 40, Infinity, new Date(), new Date(0)]) assert.ok(taskOptions({ deadline }));
  });

  it('knows a signal of another realm by what it can do', () => {
    const signal = vm.runInNewContext('({ aborted: false, addEventListener() {}, removeEventListener() {} })');
    assert.ok(taskOptions({ signal }));
  });

  it('reads an iterable of things to move once, into an array', () => {
    const buffer = new ArrayBuffer(1);
    const options = taskOptions({ name: 'move', transfer: new Set([buffer]) });
    assert.deepEqual(options, { name: 'move', transfer: [buffer] });
    refuses(() => taskOptions({ transfer: new Set([1]) }), INVALID, "'transfer[0]'");
  });

  it('runs none of the user code in what it shows', () => {
    const tricky = {
      toString() {
        throw new Error('ran');
      },
      [Symbol.for('nodejs.util.inspect.custom')]() {
        throw new Error('ran');
      },
    };
    refuses(() => taskOptions({ timeout: tricky }), INVALID, "'timeout'");
  });

  it('leaves arguments and captures to where they belong', () => {
    assert.ok(handleOptions({ captures: {}, timeout: 1 }));
    refuses(() => handleOptions({ args: [] }), INVALID, "task(): option 'args'", 'with each call');
    assert.ok(callOptions({ timeout: 1 }));
    refuses(() => callOptions({ captures: {} }), INVALID, "with(): option 'captures'", 'give it to task()');
    refuses(() => callOptions({ args: [] }), INVALID, "with(): option 'args'");
    refuses(() => callOptions(), INVALID, 'with(): options must be a plain object; got undefined');
  });
});

describe('options of a pool', () => {
  it('takes all that exist', () => {
    const options = {
      workers: 2,
      timeout: 1000,
      resourceLimits: { maxOldGenerationSizeMb: 64, stackSizeMb: 4 },
      env: { PATH: '/bin' },
      name: 'render',
    };
    assert.equal(poolOptions(options), options);
    assert.ok(poolOptions({ workers: 'auto', timeout: Infinity, env: SHARE_ENV }));
    assert.deepEqual(poolOptions(undefined), {});
  });

  it('takes expressions over the number of cores', () => {
    const cores = cpuCount();
    const max = (workers) => workersOf({ min: 0, max: workers }).max;
    assert.equal(workersOf('cpu_count').max, cores);
    assert.equal(max('cpu_count * 2 + 1'), cores * 2 + 1);
    assert.equal(max('2 * (cpu_count + 3) / 2'), cores + 3);
    assert.equal(max(' max( 3 , cpu_count - cpu_count, min(1,2) ) '), 3);
    assert.equal(max('floor(cpu_count + 0.9) - -1'), cores + 1);
    assert.equal(max('cpu_count - 1 - 1 + 3'), cores + 1);
    // Rounded down, and at least the least there can be.
    assert.equal(max('cpu_count - cpu_count + 2.9'), 2);
    assert.equal(max('cpu_count - 2000'), 1);
    assert.equal(workersOf({ min: 'cpu_count - 2000' }).min, 0);
  });

  it('refuses what is no such expression, and runs none of it', () => {
    const texts = [
      'cpu_count *',
      '* cpu_count',
      '(cpu_count',
      'cpu_count)',
      'cpu_count cpu_count',
      'cpu_count()',
      'max cpu_count',
      'max()+cpu_count',
      'cpu_count.constructor',
      'constructor(cpu_count)',
      'process.exit(cpu_count)',
      'cpu_count; 1',
      'cpu_count ** 2',
      '1e3 + cpu_count',
      `${'('.repeat(5000)}cpu_count`,
    ];
    for (const max of texts) {
      refuses(() => poolOptions({ workers: { max } }), INVALID, "option 'workers.max'", "'cpu_count * 2'");
    }
    for (const max of ['cpu_count * 5000', 'cpu_count / 0', '0 / 0 * cpu_count']) {
      refuses(() => poolOptions({ workers: { max } }), RANGE, "option 'workers.max'", 'cores it is');
    }
  });

  it('refuses bounds that cannot be', () => {
    refuses(
      () => poolOptions({ workers: { min: 3, max: 2 } }),
      RANGE,
      "'workers.min'",
      "at most 'workers.max', which is 2",
    );
    refuses(() => poolOptions({ workers: { min: -1 } }), RANGE, "'workers.min'", 'from 0 to 1024');
    refuses(() => poolOptions({ workers: { max: 0 } }), RANGE, "'workers.max'", 'from 1 to 1024');
    refuses(() => poolOptions({ workers: { max: '4' } }), INVALID, "'workers.max'");
    refuses(() => poolOptions({ workers: { scaling: 'elastic' } }), RANGE, "'workers.scaling'", "'adaptive', 'fixed'");
    refuses(() => poolOptions({ workers: { scaling: true } }), INVALID, "'workers.scaling'");
    refuses(() => poolOptions({ workers: { idleTimeout: 0 } }), RANGE, "'workers.idleTimeout'");
    refuses(() => poolOptions({ workers: { maximum: 2 } }), INVALID, "unknown option 'maximum'", 'min, max');
  });

  it('takes sizes of memory', () => {
    const limit = (memory) => memoryOf({ memory }).limit;
    assert.equal(limit('2GB'), 2 * 2 ** 30);
    assert.equal(limit(' 1.5 gb '), 1.5 * 2 ** 30);
    assert.equal(limit('65536KB'), 64 * 2 ** 20);
    assert.equal(limit('64MiB'), 64 * 2 ** 20);
    assert.equal(limit('100000000B'), 1e8);
    assert.equal(limit(1e8), 1e8);
    assert.deepEqual(memoryOf({ maxMemory: '1GB' }), { limit: 2 ** 30, cleanup: 'normal' });
    assert.deepEqual(memoryOf({ maxMemory: 2 ** 30, memory: '1GB' }), { limit: 2 ** 30, cleanup: 'normal' });
    const both = { maxMemory: '1GB', memory: { cleanup: 'aggressive' } };
    assert.deepEqual(memoryOf(both), { limit: 2 ** 30, cleanup: 'aggressive' });
    assert.equal(memoryOf({}), undefined);
  });

  it('refuses a memory that cannot be', () => {
    for (const memory of ['', 'much', '2', '2 parsecs', 'GB', '-1GB', '1e9B', true, null, [], { limit: 'much' }]) {
      refuses(() => poolOptions({ memory }), INVALID, "option 'memory", "'512MB'");
    }
    for (const memory of ['1MB', 0, -1, NaN, -Infinity, 2 ** 24]) {
      refuses(() => poolOptions({ memory }), RANGE, "option 'memory'", 'at least 32MB');
      refuses(() => poolOptions({ maxMemory: memory }), RANGE, "option 'maxMemory'", 'at least 32MB');
    }
    refuses(() => poolOptions({ memory: {} }), INVALID, "'memory.limit'");
    refuses(() => poolOptions({ memory: { limit: '1GB', cleanup: 'none' } }), RANGE, "one of 'normal', 'aggressive'");
    refuses(() => poolOptions({ memory: { limit: '1GB', cleanup: 1 } }), INVALID, "'memory.cleanup'");
    refuses(() => poolOptions({ memory: { most: '1GB' } }), INVALID, "unknown option 'most'");
    refuses(() => poolOptions({ memory: '1GB', maxMemory: '2GB' }), RANGE, "'maxMemory'", "what 'memory' says");
  });

  it('refuses a number of workers that cannot be', () => {
    for (const workers of [0, -1, 1.5, NaN, Infinity, 1025]) {
      refuses(() => poolOptions({ workers }), RANGE, "new Pool(): option 'workers'", 'from 1 to 1024');
    }
    for (const workers of ['2', null, true, [2]])
      refuses(() => poolOptions({ workers }), INVALID, "'workers'", "'auto'");
  });

  it('refuses by name what a later version has', () => {
    const names = ['isolation'];
    for (const name of names) refuses(() => poolOptions({ [name]: 1 }), UNAVAILABLE, `option '${name}'`);
  });

  it('knows two ways of scheduling', () => {
    for (const scheduling of ['fifo', 'hrrn']) assert.ok(poolOptions({ scheduling }));
    refuses(() => poolOptions({ scheduling: 'lifo' }), RANGE, "'scheduling'", "'fifo', 'hrrn'");
    for (const scheduling of [true, null]) refuses(() => poolOptions({ scheduling }), INVALID, "'scheduling'");
  });

  it('takes timeouts by name, and refuses what is none', () => {
    for (const timeout of [
      {},
      { default: 5 },
      { perTask: { a: 1, b: undefined } },
      { default: Infinity, perTask: {} },
    ]) {
      assert.ok(poolOptions({ timeout }));
    }
    refuses(() => poolOptions({ timeout: { perTsk: {} } }), INVALID, "'perTsk'", "did you mean 'perTask'?");
    refuses(() => poolOptions({ timeout: { default: 0 } }), RANGE, "'timeout.default'");
    refuses(() => poolOptions({ timeout: { perTask: 5 } }), INVALID, "'timeout.perTask'", 'by the name of the task');
    refuses(() => poolOptions({ timeout: { perTask: { a: '1' } } }), INVALID, "'timeout.perTask.a'", "got '1'");
    refuses(() => poolOptions({ timeout: [5] }), INVALID, "'timeout'", 'perTask');
  });

  it('refuses a queue that cannot be', () => {
    assert.ok(poolOptions({ maxQueue: 0, overflow: 'wait' }));
    assert.ok(poolOptions({ maxQueue: Infinity, overflow: 'reject' }));
    for (const maxQueue of [-1, 1.5, NaN, -Infinity]) {
      refuses(() => poolOptions({ maxQueue }), RANGE, "new Pool(): option 'maxQueue'", 'at least 0');
    }
    for (const maxQueue of ['10', null, true]) refuses(() => poolOptions({ maxQueue }), INVALID, "'maxQueue'");
    refuses(() => poolOptions({ overflow: 'drop' }), RANGE, "'overflow' must be one of 'reject', 'wait'; got 'drop'");
    refuses(() => poolOptions({ overflow: true }), INVALID, "'overflow'");
    refuses(() => poolOptions({ maxqueue: 5 }), INVALID, "did you mean 'maxQueue'?");
  });

  it('names an unknown option and who was called', () => {
    refuses(() => poolOptions({ worker: 1 }), INVALID, "new Pool(): unknown option 'worker' (did you mean 'workers'?)");
    refuses(() => poolOptions({ idle: 1 }, 'config()'), INVALID, "config(): unknown option 'idle'");
  });

  it('looks into limits, environment and preloaded modules', () => {
    refuses(() => poolOptions({ resourceLimits: { maxOld: 1 } }), INVALID, "unknown option 'maxOld'");
    refuses(() => poolOptions({ resourceLimits: { stackSizeMb: '4' } }), INVALID, "'resourceLimits.stackSizeMb'");
    refuses(() => poolOptions({ resourceLimits: { stackSizeMb: 0 } }), RANGE, "'resourceLimits.stackSizeMb'");
    refuses(() => poolOptions({ resourceLimits: { stackSizeMb: 1025 } }), RANGE, 'at least 0.5, and at most 1024');
    refuses(() => poolOptions({ resourceLimits: { codeRangeSizeMb: 513 } }), RANGE, 'more than 0, and at most 512');
    refuses(() => poolOptions({ resourceLimits: { maxOldGenerationSizeMb: Infinity } }), RANGE, 'at least 8;');
    refuses(() => poolOptions({ env: { A: 1 } }), INVALID, "'env.A' must be a string; got 1");
    refuses(() => poolOptions({ env: 'A=1' }), INVALID, "'env'");
    refuses(() => poolOptions({ preload: './setup.js' }), INVALID, "'preload' must be an array");
    refuses(() => poolOptions({ preload: ['a', 2] }), INVALID, "'preload[1]'");
    refuses(() => poolOptions({ preload: [__filename, './no such file'] }), RANGE, "'preload[1]'", './no such file');
    refuses(() => poolOptions({ preload: ['no-such-package'] }), RANGE, "'preload[0]'", 'a package');
    assert.deepEqual(poolOptions({ preload: [__filename, 'node:fs'] }).preload, [__filename, 'node:fs']);
  });
});

describe('objects within options', () => {
  it('are plain ones', async () => {
    class Own {}
    for (const value of [new Map([['default', 1]]), new Date(), new Error('no'), new Own(), []]) {
      for (const name of ['workers', 'timeout', 'memory', 'logging', 'resourceLimits', 'env']) {
        refuses(() => poolOptions({ [name]: value }), INVALID, `'${name}' must be`, 'got ');
      }
      refuses(() => poolOptions({ timeout: { perTask: value } }), INVALID, "'timeout.perTask' must be a plain object");
      for (const options of [handleOptions, taskOptions, mapOptions]) {
        refuses(() => options({ captures: value }), INVALID, "'captures' must be a plain object");
      }
    }
    const bare = Object.assign(Object.create(null), { a: 1 });
    const foreign = vm.runInNewContext('({ a: 1 })');
    for (const captures of [{ a: 1 }, bare, foreign, await import('node:os')]) {
      assert.ok(taskOptions({ captures }));
      assert.ok(mapOptions({ captures }));
    }
    assert.ok(poolOptions({ env: process.env }));
    assert.ok(poolOptions({ env: { ...process.env } }));
  });
});

describe('options of calls that start many tasks', () => {
  it('say where Infinity is allowed', () => {
    refuses(() => shutdownOptions({ timeout: -1 }), RANGE, 'or Infinity to wait for all');
    refuses(() => retryOptions({ attempts: 0 }), RANGE, 'or Infinity for no limit');
    refuses(() => retryOptions({ maxDelay: -1 }), RANGE, 'or Infinity for no limit');
    refuses(() => retryOptions({ delay: Infinity }), RANGE, 'from 0 to 2147483647; got Infinity');
    assert.ok(shutdownOptions({ timeout: Infinity }));
    assert.ok(retryOptions({ attempts: Infinity, maxDelay: Infinity }));
  });

  it('gives retry its defaults and its task the rest', () => {
    assert.deepEqual(retryOptions(undefined), {
      attempts: 3,
      delay: 100,
      backoff: 2,
      maxDelay: Infinity,
      jitter: 0,
      retryIf: undefined,
      task: {},
    });
    const { jitter, task } = retryOptions({ jitter: true, args: [1], timeout: 5 });
    assert.equal(jitter, 1);
    assert.deepEqual(task, { args: [1], timeout: 5 });
  });

  it('refuses nonsense in retry', () => {
    refuses(() => retryOptions({ attempts: 0 }), RANGE, "retry(): option 'attempts'", 'got 0');
    refuses(() => retryOptions({ attempts: '3' }), INVALID, "'attempts'");
    refuses(() => retryOptions({ delay: -1 }), RANGE, "'delay'");
    refuses(() => retryOptions({ delay: NaN }), RANGE, "'delay'");
    refuses(() => retryOptions({ backoff: 0.5 }), RANGE, "'backoff'");
    refuses(() => retryOptions({ backoff: '2' }), INVALID, "'backoff'");
    refuses(() => retryOptions({ maxDelay: -1 }), RANGE, "'maxDelay'");
    refuses(() => retryOptions({ jitter: 1.1 }), RANGE, "'jitter'");
    refuses(() => retryOptions({ jitter: '0.5' }), INVALID, "'jitter'");
    refuses(() => retryOptions({ retryIf: true }), INVALID, "'retryIf' must be a function");
    refuses(() => retryOptions({ timeout: -1 }), RANGE, "'timeout'");
    refuses(() => retryOptions({ attemps: 3 }), INVALID, "did you mean 'attempts'?");
  });

  it('refuses nonsense in map', () => {
    assert.ok(mapOptions({ chunk: 1, signal: AbortSignal.abort(), onProgress() {}, captures: {} }));
    refuses(() => mapOptions({ chunk: 0 }), RANGE, "map(): option 'chunk'");
    refuses(() => mapOptions({ chunk: 1.5 }), RANGE, "'chunk'");
    refuses(() => mapOptions({ onProgress: 1 }), INVALID, "'onProgress' must be a function");
    refuses(() => mapOptions({ chunks: 1 }, 'filter()'), INVALID, "filter(): unknown option 'chunks'", "'chunk'?");
    refuses(() => mapOptions({ exclusive: true }), INVALID, "map(): unknown option 'exclusive'");
  });

  it('refuses nonsense in runAll, batch and shutdown', () => {
    assert.ok(runAllOptions({ settle: true, signal: AbortSignal.abort() }));
    refuses(() => runAllOptions({ settle: 1 }), INVALID, "runAll(): option 'settle'");
    refuses(() => runAllOptions({ settled: true }), INVALID, "did you mean 'settle'?");
    assert.ok(batchOptions({ onProgress() {}, signal: AbortSignal.abort() }));
    refuses(() => batchOptions({ onProgress: {} }), INVALID, "batch(): option 'onProgress'");
    assert.ok(shutdownOptions({ timeout: 0 }));
    assert.ok(shutdownOptions({ timeout: Infinity }));
    refuses(() => shutdownOptions({ timeout: -1 }), RANGE, "shutdown(): option 'timeout'");
    refuses(() => shutdownOptions(100), INVALID, 'shutdown(): options must be a plain object; got 100');
  });

  it('says which entry of a list is wrong', () => {
    const task = () => {};
    assert.deepEqual(entryOptions(task, 'x'), { task, options: undefined });
    assert.deepEqual(entryOptions({ task, args: [1] }, 'x'), { task, options: { args: [1] } });
    refuses(
      () => entryOptions({ task, arg: [1] }, 'runAll(): tasks[3]'),
      INVALID,
      "runAll(): tasks[3]: unknown option 'arg'",
    );
    const argument = { class: TypeError, name: 'InvalidArgumentError', code: 'ERR_TASKLETS_INVALID_ARGUMENT' };
    refuses(() => entryOptions(5, 'runAll(): tasks[0]'), argument, 'runAll(): tasks[0]', 'a function', 'got 5');
    refuses(() => entryOptions({ args: [] }, 'x'), argument, "'task' must be a function; got undefined");
  });
});
