// The typings as a user meets them. It is compiled and never run: a wrong inference is a compile error, and so is an
// expected error that does not come.

import { AsyncLocalStorage } from 'node:async_hooks';
import { on, once } from 'node:events';
import tasklets, {
  AbortError,
  Pool,
  TaskletsError,
  batch,
  filter,
  map,
  reduce,
  retry,
  run,
  runAll,
  sort,
  task,
  type Task,
  type TaskFunction,
} from 'tasklets';

type Equal<A, B> = (<T>() => T extends A ? 1 : 2) extends <T>() => T extends B ? 1 : 2 ? true : false;
declare function expectType<Expected>(): <Given>(value: Given, same: Equal<Given, Expected>) => void;

// run
expectType<Task<number>>()(
  run(() => 42),
  true,
);
expectType<Task<number>>()(
  run(async () => 1),
  true,
);
expectType<Task<string>>()(
  run((a: number, b: string) => b.repeat(a), { args: [1, 'x'] }),
  true,
);
expectType<Task<number>>()(
  run((a, b) => a + b, { args: [1, 2] }),
  true,
);
expectType<Task<number>>()(
  run((a: number, b?: number) => a + (b ?? 0), { args: [1] }),
  true,
);
expectType<Task<number>>()(
  run((...all: number[]) => all.length, { args: [1, 2, 3] }),
  true,
);
expectType<Task<number>>()(
  run(() => 1, { name: 'one', timeout: 5, signal: AbortSignal.timeout(1), captures: {} }),
  true,
);
expectType<number>()(run(() => 1).id, true);
expectType<boolean>()(run(() => 1).cancel('why'), true);
// @ts-expect-error the arguments are missing
run((a: number) => a);
// @ts-expect-error an argument of another type
run((a: number, b: string) => [a, b], { args: ['x', 1] });
// @ts-expect-error no such option
run(() => 1, { prioritty: 1 });
run(() => 1, { exclusive: true });
// @ts-expect-error a yes or a no
run(() => 1, { exclusive: 'yes' });
// @ts-expect-error not in this version
new Pool({ isolation: 'process' });
// @ts-expect-error not a function
run(42);

// task
const double = task((n: number) => n * 2, { timeout: 100 });
expectType<TaskFunction<[n: number], number>>()(double, true);
expectType<Task<number>>()(double(21), true);
expectType<Task<number>>()(double.with({ signal: AbortSignal.timeout(1) })(21), true);
expectType<Task<string>>()(task(async (text: string) => text)('x'), true);
// @ts-expect-error called with a string
double('x');
// @ts-expect-error arguments come with each call
task((n: number) => n, { args: [1] });
// @ts-expect-error captured already
double.with({ captures: {} });

// @ts-expect-error names are those of entries of a list
run(() => 1, { after: ['name'] });

// runAll
runAll([
  { task: () => 1, name: 'first' },
  { task: () => 2, after: ['first', 7] },
]);
expectType<Promise<[number, string]>>()(runAll([() => 1, async () => 'x']), true);
expectType<Promise<[number, string, number]>>()(
  runAll([() => 1, { task: (s: string) => s, args: ['x'] }, { task: double, args: [2], timeout: 5 }]),
  true,
);
expectType<Promise<[PromiseSettledResult<number>, PromiseSettledResult<string>]>>()(
  runAll([() => 1, () => 'x'], { settle: true }),
  true,
);
expectType<Promise<number[]>>()(runAll([1, 2].map((n) => () => n)), true);
expectType<Promise<number[]>>()(runAll(new Set([() => 1])), true);
expectType<Promise<number[]>>()(runAll([1, 2].map((n) => ({ task: double, args: [n] }))), true);
// @ts-expect-error an argument of another type
runAll([{ task: double, args: ['x'] }]);
// @ts-expect-error arguments in the wrong order
runAll([{ task: (a: number, b: string) => b.repeat(a), args: ['x', 1] }]);
// @ts-expect-error no such option
runAll([{ task: double, args: [1], tiemout: 5 }]);
// @ts-expect-error no such option, without arguments
runAll([{ task: () => 1, tiemout: 5 }]);
// @ts-expect-error the arguments are missing
runAll([{ task: double }]);
// @ts-expect-error the arguments are missing
runAll([double]);

// batch
const reports = await batch([
  { name: 'a', task: () => 1 },
  { name: 'b', task: (s: string) => s, args: ['x'] },
]);
if (reports[0].success) expectType<number>()(reports[0].result, true);
if (reports[1].success) expectType<string>()(reports[1].result, true);
else expectType<unknown>()(reports[1].error, true);
// @ts-expect-error a task without a name
batch([{ task: () => 1 }]);

// retry
expectType<Task<number>>()(
  retry(() => 1, { attempts: 5, retryIf: (error) => error.code === 'EBUSY' }),
  true,
);
expectType<Task<number>>()(
  retry(async (n: number) => n, { args: [1], jitter: 0.5 }),
  true,
);

// arrays
expectType<Promise<string[]>>()(
  map([1, 2], (n) => String(n)),
  true,
);
expectType<Promise<number[]>>()(
  map(new Set(['a']), async (s, index) => s.length + index),
  true,
);
expectType<Promise<Float64Array>>()(
  map(new Float64Array(4), (n) => Math.sqrt(n)),
  true,
);
expectType<Promise<Buffer<ArrayBuffer>>>()(
  map(Buffer.alloc(4), (n) => n + 1),
  true,
);
expectType<Promise<BigInt64Array>>()(
  map(new BigInt64Array(4), (n) => n * 2n),
  true,
);
expectType<Promise<Int16Array>>()(
  filter(new Int16Array(4), (n) => n > 0),
  true,
);
expectType<Promise<string[]>>()(
  filter(['a', 1], (item) => typeof item === 'string'),
  true,
);
async function* lines() {
  yield 'a';
}
expectType<Promise<number[]>>()(
  map(lines(), (line) => line.length),
  true,
);
async function* functions() {
  yield () => 1;
}
expectType<Promise<number[]>>()(runAll(functions()), true);
expectType<Promise<number>>()(
  reduce([1, 2], (a, b) => a + b, 0),
  true,
);
expectType<Promise<number>>()(
  reduce(new Uint32Array(4), (a, b) => a + b, 0),
  true,
);
expectType<Promise<string[]>>()(sort(['b', 'a']), true);
expectType<Promise<Float32Array>>()(
  sort(new Float32Array(4), (a, b) => b - a),
  true,
);
expectType<Promise<bigint>>()(
  reduce(new BigInt64Array(4), (a, b) => a + b),
  true,
);
// @ts-expect-error a typed array has numbers as its results
map(new Float64Array(4), (n) => String(n));

// the pool
{
  await using pool = new Pool({ workers: 2, resourceLimits: { maxOldGenerationSizeMb: 64 }, name: 'own' });
  expectType<Task<number>>()(
    pool.run(() => 42),
    true,
  );
  expectType<Promise<[number]>>()(pool.runAll([() => 1]), true);
  expectType<Promise<void>>()(pool.kill('over'), true);
  expectType<Pool>()(
    pool.on('workerExit', ({ workerId, crashed, error }) => [workerId.toFixed(), crashed === true, error]),
    true,
  );
  // @ts-expect-error no such event
  pool.once('exit', () => {});
}
expectType<number>()(tasklets.on('error', (error) => String(error)).listenerCount('error'), true);
const { workers } = tasklets.config({ workers: 'auto' });
expectType<number>()(typeof workers === 'number' ? workers : workers.max, true);
new Pool({ workers: 'cpu_count * 2' });
new Pool({ workers: { min: 1, max: 'cpu_count * 2', scaling: 'adaptive', idleTimeout: 1000 } });
// @ts-expect-error no such scaling
new Pool({ workers: { scaling: 'elastic' } });
expectType<Promise<void>>()(tasklets.shutdown({ timeout: 100 }), true);
expectType<Promise<boolean>>()(tasklets.cancel(1), true);
expectType<boolean>()(tasklets.isWorker, true);
expectType<number | undefined>()(tasklets.current?.attempt, true);
{
  const pool = new Pool({ maxQueue: 10, overflow: 'wait' });
  expectType<number>()(pool.queueSize, true);
  expectType<Pool>()(
    pool.once('drain', () => {}),
    true,
  );
  // @ts-expect-error there is no such event
  pool.on('dry', () => {});
  // @ts-expect-error there is no such way
  new Pool({ overflow: 'drop' });
}

// the events, by node:events too
{
  const pool = new Pool();
  once(pool, 'drain');
  on(pool, 'workerExit');
  once(tasklets, 'drain');
  on(tasklets, 'workerExit');
  // @ts-expect-error only the pool itself emits
  pool.emit('drain');
  // @ts-expect-error only the pool itself emits
  tasklets.emit('drain');
}

// the context
{
  const storage = new AsyncLocalStorage<{ user: string }>();
  expectType<Task<string>>()(
    tasklets.run(() => storage.getStore()!.user, { context: [storage, new AsyncLocalStorage()] }),
    true,
  );
  // @ts-expect-error a list
  tasklets.run(() => 1, { context: storage });
  // @ts-expect-error of storages
  map([1], (n) => n, { context: [1] });
}

// what is going on
expectType<string>()(tasklets.metrics.prometheus(), true);
new Pool({ logging: 'warn' });
new Pool({ logging: { level: 'debug', format: 'json', destination: './pool.log' } });
// @ts-expect-error there is no such level
new Pool({ logging: 'loud' });
expectType<'healthy' | 'degraded' | 'unhealthy'>()(tasklets.getHealth().status, true);
expectType<number>()(tasklets.getMetrics().byTask.render.running.p99, true);

// errors
const error: unknown = new AbortError('why');
if (error instanceof TaskletsError && error.code === 'ERR_TASKLETS_ABORTED') {
  expectType<number | undefined>()(error.taskId, true);
}
