// The public contract of tasklets, and its reference documentation: every function, option and error, with units,
// defaults and what goes wrong.

/// <reference lib="esnext.disposable" />

export = tasklets;

/**
 * Runs JavaScript functions on every core.
 *
 * ```js
 * const tasklets = require('tasklets');
 * const [a, b] = await tasklets.runAll([() => fibonacci(35), () => fibonacci(36)]);
 * ```
 *
 * The functions of this module use the default pool, which belongs to everyone in the process. It starts at the first
 * task, never keeps an idle process alive, and cannot be killed. All functions are bound: `const { run } = tasklets`
 * works. From an ES module, `import tasklets, { run, Pool } from 'tasklets'`.
 *
 * Wrong use (not a function, an unknown option, a value that cannot be sent to a worker, a pool that is closed) throws
 * at the call, before anything has started; what happens to a task afterwards rejects its promise.
 */
declare namespace tasklets {
  // ─── Tasks ─────────────────────────────────────────────────────────────────────────────────────────────────────────

  /** A task under way: a real promise of what its function returns, with a number and a way to cancel it. */
  interface Task<T> extends Promise<T> {
    /**
     * The number of this task: unique among the tasks that this thread gives to the same pool, and rising, though not
     * without gaps. Every pool counts for itself in every thread that uses it, so another pool, or another thread, may
     * have a task of the same number. For {@link retry}, that of the latest attempt. 0 where the task was refused at
     * once because its signal had aborted.
     */
    readonly id: number;

    /**
     * Cancels the task, which rejects at once with an {@link AbortError} whose `cause` is `reason`. A waiting task never
     * starts. A running one sees `current.signal` abort; where it has not ended when its {@link CallOptions.grace} is
     * over, it loses its worker, which is replaced.
     *
     * @returns whether it had an effect: false where the task had ended, or is not `cancellable`
     */
    cancel(reason?: unknown): boolean;
  }

  /** A function that was captured once and can be called many times: what {@link task} gives. */
  interface TaskFunction<A extends unknown[], R> {
    /** Runs the function on a worker. */
    (...args: A): Task<R>;

    /**
     * The same task, its calls run with these options. The function is not captured again.
     *
     * @throws {InvalidOptionError} `args` and `captures` are not options of a call
     */
    with(options: CallOptions): TaskFunction<A, R>;
  }

  /**
   * What {@link CallOptions.context} takes: an `AsyncLocalStorage` of `node:async_hooks`, by its outline, so that these
   * types need none of Node's.
   */
  interface ContextStorage {
    getStore(): any;
    enterWith(store: any): void;
    run<R>(store: any, callback: () => R): R;
  }

  /** The options of one call of a task. */
  interface CallOptions {
    /** What the task is called in errors and metrics. Default: the function's own name. */
    name?: string | undefined;

    /**
     * Which of the tasks that wait comes next: `'high'`, `'normal'`, `'low'`, or a number. A task is ordered as if it had
     * come so many seconds earlier as its number says, and the names stand for 60, 0 and -60: waiting makes up for a lower
     * priority, so that no task waits for ever. With `scheduling: 'hrrn'` ten points double a task's response ratio.
     * Default: `'normal'`.
     */
    priority?: 'high' | 'normal' | 'low' | number | undefined;

    /**
     * Milliseconds that the task may *run*; the time it waits for a worker does not count. More than 0 and at most
     * 2147483647, or `Infinity` for none. Default: the pool's `timeout`. Past it the task rejects with a
     * {@link TimeoutError}, `current.signal` aborts in the worker, and a worker that has not let go of the task when
     * its `grace` is over is replaced.
     */
    timeout?: number | undefined;

    /**
     * What has to succeed before the task is queued: tasks (or other promises), or the ids of tasks that this thread gave to
     * the same pool; in an entry of {@link runAll} or {@link batch} also the `name` of another entry of the same call (of one
     * that stands before it, in an iterable, or where the pool has a `maxQueue`). Where one of them fails,
     * the task never runs and rejects with a {@link DependencyError}. What they result in is {@link TaskContext.after}. A
     * circle of names is refused at the call. It cannot be combined with what goes to one worker alone: `transfer`, and
     * arguments such as a KeyObject. Default: none.
     */
    after?: readonly (PromiseLike<unknown> | number)[] | undefined;

    /**
     * The latest moment at which the task may *start*: a date, or milliseconds from the call, more than 0. One that has
     * not started by then never runs and rejects with a {@link DeadlineError}; one that has is not ended. A date that has
     * passed is too late for any task. Default: `Infinity`, none.
     */
    deadline?: Date | number | undefined;

    /**
     * Cancels the task when it aborts. The task rejects with an {@link AbortError} whose `cause` is the signal's reason;
     * where the signal has aborted already, it never starts.
     */
    signal?: AbortSignal | undefined;

    /** Whether `signal`, `cancel()` and the failure of a neighbour in {@link runAll} may cancel it. Default: true. */
    cancellable?: boolean | undefined;

    /**
     * Milliseconds that the task may go on in its worker once it was cancelled or timed out; then the worker is ended and
     * replaced. 0 ends it at once. Its promise has rejected before, and what it still gives is dropped. Default: 1000 for
     * a task that has asked for `current.signal`, 50 for one that has not: about as long as a worker takes to start.
     */
    grace?: number | undefined;

    /**
     * Called with what the task gives to `current.progress()`, in order, until the task has ended. Where reports come
     * faster than they are read only the latest is told; the last one before the end always is. It runs in the
     * asynchronous context of the call. If it throws, or gives a promise that rejects before the end, the task is
     * cancelled and rejects with that.
     */
    onProgress?: ((percent: number, data: any) => void) | undefined;

    /**
     * Runs the task alone: it starts in a worker that runs nothing else, and nothing else starts there until it has ended.
     * It waits in the order of all tasks; where no worker is without a task by itself, one after the other takes no more
     * until it is. Only tasks that wait for tasks of their own may be there beside it, and while it waits for tasks of its
     * own its worker may run others. With the default `concurrency` of 1 only those make a difference. It cannot be
     * combined with `transfer`. Default: false.
     */
    exclusive?: boolean | undefined;

    /**
     * Whose stores go along: the function runs with a copy of what each of these has where the task is called, and finds
     * it with the same variable, `als.getStore()`, also after an `await` and in its timers. What it puts into a store
     * stays in the worker. Default: none.
     */
    context?: readonly ContextStorage[] | undefined;

    /**
     * Whether the task must not be run again where another task has taken down the worker that they shared. It rejects
     * with a {@link RetryError} then. Default: false, and it is run once more. It matters only with the pool's
     * {@link PoolOptions.concurrency}: a task that has its worker to itself is never run again. Nor is one that something
     * was moved to (`transfer`): that is gone with the worker.
     */
    noRetry?: boolean | undefined;

    /**
     * Objects within the arguments to be moved rather than copied: ArrayBuffers, MessagePorts and what else
     * `structuredClone` can transfer. They can no longer be used here afterwards. What is not among the arguments is
     * refused. Default: none.
     */
    transfer?: Iterable<object> | undefined;
  }

  /** The options of {@link task}: those of a call, as defaults of every call, and how its function is captured. */
  interface TaskOptions extends CallOptions {
    /**
     * Variables that the function uses, given by hand: `{ fibonacci }`. They take precedence over what is found by
     * itself. A plain object, or what `import * as` gives. Needed where the runtime cannot be asked for a function's
     * variables (Bun, Deno, `node --permission`).
     */
    captures?: Record<string, unknown> | undefined;
  }

  /** The options of {@link run}. */
  interface RunOptions<A extends readonly unknown[] = readonly unknown[]> extends TaskOptions {
    /**
     * The arguments of the function. They are copied as `structuredClone` does, and more faithfully where it can be
     * done: functions are captured, a Buffer stays a Buffer, and so on. Default: none.
     */
    args?: A | undefined;
  }

  /**
   * Runs a function on a worker. The function may be sync or async, and may use variables of its surroundings: they are
   * captured as they stand at the call, and the worker gets a copy.
   *
   * ```js
   * const hash = await run(() => createHash('sha256').update(text).digest('hex'));
   * const sum = await run((a, b) => a + b, { args: [1, 2] });
   * ```
   *
   * A function that is run often is better given to {@link task}, which captures it once.
   *
   * @throws {InvalidArgumentError} `fn` is not a function
   * @throws {InvalidOptionError} or {@link OptionRangeError}, {@link OptionUnavailableError}: a wrong option
   * @throws {CaptureError} the function uses something that cannot be captured
   * @throws {NotSerializableError} an argument cannot be sent to a worker
   * @throws {PoolClosedError} the pool was shut down or killed
   */
  function run<R>(fn: () => R, options?: RunOptions<readonly []>): Task<Awaited<R>>;
  function run<A extends unknown[], R>(
    fn: (...args: A) => R,
    options: RunOptions<readonly [...A]> & { args: readonly [...A] },
  ): Task<Awaited<R>>;

  /**
   * Captures a function once and gives it back as one that runs on a worker: the fast path for whatever is called often.
   *
   * ```js
   * const double = task((n) => n * 2);
   * await double(21);
   * await double.with({ timeout: 1000 })(21);
   * ```
   *
   * What the function captured stays as it was when `task()` was called. It belongs to this pool: given to `run()`,
   * `runAll()` and the like of another one, it runs on the workers of this one, and counts for its `maxQueue` alone. Given
   * to `task()`, it is itself, or with options what `with()` gives.
   *
   * @throws as {@link run}, except that arguments are looked at when the task is called
   */
  function task<A extends unknown[], R>(fn: (...args: A) => R, options?: TaskOptions): TaskFunction<A, Awaited<R>>;

  // ─── Many tasks ────────────────────────────────────────────────────────────────────────────────────────────────────

  /** Whatever can be called with these arguments: a function, or a task handle. */
  type Callable<A extends unknown[] = any[], R = unknown> = (...args: A) => R;

  /** The options of an entry of a list, which may come after others of the same list. */
  interface EntryOptions extends Omit<TaskOptions, 'after'> {
    /** As {@link CallOptions.after}, and the names of other entries. */
    after?: readonly (PromiseLike<unknown> | number | string)[] | undefined;
  }

  /** A task of {@link runAll} with its arguments and options. */
  interface RunAllEntry<F extends Callable = Callable> extends EntryOptions {
    /** The function, or what {@link task} gave. */
    task: F;
    /** Its arguments. Default: none. */
    args?: readonly Parameters<F>[number][] | undefined;
  }

  /** What one entry of {@link runAll} or {@link batch} results in. */
  type ResultOf<E> =
    E extends Callable<any, infer R> ? Awaited<R> : E extends { task: Callable<any, infer R> } ? Awaited<R> : never;

  /** The arguments of a function as they may be given: one by one, or as an array whose length is not known. */
  type ArgsOf<F extends Callable, A> = A extends readonly unknown[]
    ? number extends A['length']
      ? readonly Parameters<F>[number][]
      : Readonly<Parameters<F>>
    : Readonly<Parameters<F>>;

  /** An entry whose `args` are those of its own `task`. */
  type EntryOf<E> = E extends Callable
    ? [] extends Parameters<E>
      ? E
      : () => unknown
    : E extends { task: infer F extends Callable; args: infer A }
      ? EntryOptions & { task: F; args: ArgsOf<F, A> }
      : E extends { task: infer F extends Callable }
        ? [] extends Parameters<F>
          ? EntryOptions & { task: F }
          : EntryOptions & { task: F; args: Readonly<Parameters<F>> }
        : RunAllEntry;

  /** An iterable whose entries are not known one by one. */
  type NotArray<E> = (Iterable<E> | AsyncIterable<E>) & { readonly length?: never };

  interface RunAllOptions {
    /** Waits for all of them, and gives what `Promise.allSettled` gives. Default: false. */
    settle?: boolean | undefined;
    /** Cancels all of them when it aborts. */
    signal?: AbortSignal | undefined;
  }

  /**
   * Runs many tasks at the same time and gives their results in order. It rejects with the first error, as
   * `Promise.all` does, and cancels those that have not started. With `settle` it gives every outcome.
   *
   * ```js
   * const [user, total] = await runAll([() => parse(json), { task: sum, args: [numbers], timeout: 500 }]);
   * ```
   *
   * An iterable or async iterable is pulled only as fast as the pool takes its tasks; an error ends it (`return()`), and
   * what is wrong with an entry rejects. So are the tasks of an array started where the pool has a `maxQueue`.
   *
   * @param tasks functions, task handles, or `{ task, args, …options }`
   * @throws as {@link run}, for any of an array; what has not started is cancelled then
   */
  function runAll<E extends Callable<[]> | RunAllEntry>(
    tasks: NotArray<E>,
    options: RunAllOptions & { settle: true },
  ): Promise<PromiseSettledResult<ResultOf<E>>[]>;
  function runAll<E extends Callable<[]> | RunAllEntry>(
    tasks: NotArray<E>,
    options?: RunAllOptions & { settle?: false | undefined },
  ): Promise<ResultOf<E>[]>;
  function runAll<const T extends readonly (Callable | RunAllEntry)[]>(
    tasks: T & { readonly [K in keyof T]: EntryOf<T[K]> },
    options: RunAllOptions & { settle: true },
  ): Promise<{ -readonly [K in keyof T]: PromiseSettledResult<ResultOf<T[K]>> }>;
  function runAll<const T extends readonly (Callable | RunAllEntry)[]>(
    tasks: T & { readonly [K in keyof T]: EntryOf<T[K]> },
    options?: RunAllOptions & { settle?: false | undefined },
  ): Promise<{ -readonly [K in keyof T]: ResultOf<T[K]> }>;

  /** One task of {@link batch}. */
  interface BatchConfig<F extends Callable = Callable> extends RunAllEntry<F> {
    /** What the task is called in the report, in progress and in errors. */
    name: string;
  }

  /** The report on one task of {@link batch}. */
  type BatchResult<T = unknown> =
    | { name: string; success: true; result: T; error?: undefined }
    | { name: string; success: false; error: unknown; result?: undefined };

  interface BatchProgress {
    /** How many tasks have ended, whether they succeeded or failed. */
    completed: number;
    /** How many there are; `Infinity` until an iterable has ended. */
    total: number;
    /** `completed` of `total`, from 0 to 100. */
    percentage: number;
    /** The name of the task that has just ended. */
    name: string;
  }

  interface BatchOptions {
    /**
     * Called after each task that ends. If it throws, or gives a promise that rejects before the end, the batch rejects
     * with that and cancels what has not started.
     */
    onProgress?: ((progress: BatchProgress) => void) | undefined;
    /** Cancels all tasks when it aborts: those that had not ended are reported with an {@link AbortError}. */
    signal?: AbortSignal | undefined;
  }

  /**
   * Runs many named tasks at the same time and reports on each of them, in order. It never rejects for a task's error, nor
   * for the end of its pool, nor throws for a task that cannot be captured or sent: that is in the task's report. Iterables
   * are pulled as for {@link runAll}, and reported on as far as that has come.
   *
   * ```js
   * const report = await batch([{ name: 'thumbnail', task: resize, args: [image, 64] }]);
   * ```
   *
   * @throws {InvalidArgumentError} `configs` is not iterable, or an entry is none
   * @throws {InvalidOptionError} an entry without a name, or with a wrong option
   */
  function batch<E extends BatchConfig>(
    configs: NotArray<E>,
    options?: BatchOptions,
  ): Promise<BatchResult<ResultOf<E>>[]>;
  function batch<const T extends readonly BatchConfig[]>(
    configs: T & { readonly [K in keyof T]: EntryOf<T[K]> },
    options?: BatchOptions,
  ): Promise<{ -readonly [K in keyof T]: BatchResult<ResultOf<T[K]>> }>;

  /** The options of {@link retry}, with those of {@link run}. */
  interface RetryOptions<A extends readonly unknown[] = readonly unknown[]> extends RunOptions<A> {
    /** How often the task may be started in all: a whole number of at least 1, or `Infinity`. Default: 3. */
    attempts?: number | undefined;
    /** Milliseconds between the first failure and the second attempt. Default: 100. */
    delay?: number | undefined;
    /** What the delay is multiplied with after each further failure; at least 1. Default: 2. */
    backoff?: number | undefined;
    /** The longest delay, in milliseconds. Default: none. */
    maxDelay?: number | undefined;
    /**
     * The share of each delay that is left to chance, from 0 (none) to 1 (anything from nothing to the whole delay);
     * `true` is 1. Default: 0. For many callers that would otherwise all come back at once.
     */
    jitter?: number | boolean | undefined;
    /** Whether this error is worth another attempt. Default: every error is. If it throws, the task rejects with that. */
    retryIf?: ((error: any) => boolean | PromiseLike<boolean>) | undefined;
  }

  /**
   * Runs a function, and runs it again when it fails. The last error is thrown, with the number of attempts that were
   * made as its property `attempts`. Not tried again, since it would end the same: a task that was cancelled, that
   * cannot be captured or sent (its result included), whose `deadline` has passed, which came `after` one that failed, or
   * whose pool was closed. Where a further attempt cannot be started, the `cause` of that error is the one before.
   * `transfer` takes `attempts: 1`: what was moved is gone. A `deadline` in milliseconds counts from the call, for all
   * attempts.
   *
   * `cancel()` and `signal` work at any time, the pauses included. So do `kill()` and `shutdown()`, which waits for the
   * further attempts, or cancels them past its `timeout`.
   *
   * @throws as {@link run}
   */
  function retry<R>(fn: () => R, options?: RetryOptions<readonly []>): Task<Awaited<R>>;
  function retry<A extends unknown[], R>(
    fn: (...args: A) => R,
    options: RetryOptions<readonly [...A]> & { args: readonly [...A] },
  ): Task<Awaited<R>>;

  // ─── Arrays ────────────────────────────────────────────────────────────────────────────────────────────────────────

  type NumberArray =
    | Int8Array
    | Uint8Array
    | Uint8ClampedArray
    | Int16Array
    | Uint16Array
    | Int32Array
    | Uint32Array
    | Float32Array
    | Float64Array;
  type BigIntArray = BigInt64Array | BigUint64Array;
  type TypedArray = NumberArray | BigIntArray;

  /** The plain typed array of the same kind; a Buffer stays a Buffer. */
  type SameKind<A extends TypedArray> = A extends Int8Array
    ? Int8Array
    : A extends Uint8ClampedArray
      ? Uint8ClampedArray
      : A extends Uint8Array
        ? A extends { readUInt8(offset?: number): number }
          ? A
          : Uint8Array
        : A extends Int16Array
          ? Int16Array
          : A extends Uint16Array
            ? Uint16Array
            : A extends Int32Array
              ? Int32Array
              : A extends Uint32Array
                ? Uint32Array
                : A extends Float32Array
                  ? Float32Array
                  : A extends Float64Array
                    ? Float64Array
                    : A extends BigInt64Array
                      ? BigInt64Array
                      : BigUint64Array;

  /** What a typed array holds. */
  type ElementOf<A extends TypedArray> = A extends BigIntArray ? bigint : number;

  /** Items that are not a typed array: any iterable, or async iterable. */
  type Items<T> = (Iterable<T> | AsyncIterable<T>) & { readonly BYTES_PER_ELEMENT?: never };

  interface MapProgress {
    /** How many items are done. */
    completed: number;
    /** How many there are; `Infinity` until an iterable has ended. */
    total: number;
    /** `completed` of `total`, from 0 to 100. */
    percentage: number;
  }

  /** The options of {@link map}, {@link filter}, {@link forEach}, {@link reduce} and {@link sort}. */
  interface MapOptions {
    /**
     * How many items are handed to a worker at a time. Default: found while the work goes on, so that a piece lasts about a
     * millisecond; of an `async` function, 16.
     */
    chunk?: number | undefined;
    /** Ends the work when it aborts; the promise rejects with an {@link AbortError}. */
    signal?: AbortSignal | undefined;
    /**
     * Called from time to time as items are done, and a last time at the end. If it throws, or gives a promise that
     * rejects before the end, the call ends and rejects with that.
     */
    onProgress?: ((progress: MapProgress) => void) | undefined;
    /** Variables that `fn` uses, given by hand; see {@link TaskOptions.captures}. */
    captures?: Record<string, unknown> | undefined;
    /** Whose stores go along; see {@link CallOptions.context}. */
    context?: readonly ContextStorage[] | undefined;
  }

  /**
   * Calls a function with each item and its index, over all cores, and gives the results in order. The first error stops
   * the rest, and the promise rejects with it.
   *
   * A typed array gives a typed array of the same kind, whose elements are converted as an assignment would
   * (`Uint8Array` keeps the low 8 bits). For other results, give an array: `map(Array.from(typed), fn)`.
   *
   * An item that cannot be sent rejects, where other wrong use throws: items are looked at only when they are sent.
   *
   * A sync `fn` is divided over the workers by work stealing; an async one runs as ordinary tasks, in chunks. So does
   * either for an iterable or async iterable, which is pulled only as fast as the pool takes the chunks; an error or an
   * abort ends it (`return()`).
   *
   * @throws as {@link run}
   */
  function map<A extends TypedArray>(
    items: A,
    fn: (item: ElementOf<A>, index: number) => ElementOf<A> | PromiseLike<ElementOf<A>>,
    options?: MapOptions,
  ): Promise<SameKind<A>>;
  function map<T, R>(items: Items<T>, fn: (item: T, index: number) => R, options?: MapOptions): Promise<Awaited<R>[]>;

  /**
   * Keeps the items for which a function answers true (or what counts as true), in order; see {@link map}. A typed array
   * gives a typed array of the same kind.
   */
  function filter<A extends TypedArray>(
    items: A,
    fn: (item: ElementOf<A>, index: number) => unknown,
    options?: MapOptions,
  ): Promise<SameKind<A>>;
  function filter<T, S extends T>(
    items: Items<T>,
    fn: (item: T, index: number) => item is S,
    options?: MapOptions,
  ): Promise<S[]>;
  function filter<T>(items: Items<T>, fn: (item: T, index: number) => unknown, options?: MapOptions): Promise<T[]>;

  /** Calls a function with each item and its index, over all cores, for its effect on the outside; see {@link map}. */
  function forEach<A extends TypedArray>(
    items: A,
    fn: (item: ElementOf<A>, index: number) => unknown,
    options?: MapOptions,
  ): Promise<void>;
  function forEach<T>(items: Items<T>, fn: (item: T, index: number) => unknown, options?: MapOptions): Promise<void>;

  /**
   * Combines all items into one value. The cores combine neighbouring stretches, in an order that is not known
   * beforehand, and then what came of those: so `fn` must be associative (`(a + b) + c` is `a + (b + c)`: sums, products,
   * minima, concatenation, the merging of maps). It need not be commutative: left stays left. `initial` is combined once,
   * at the very left. Sums of floating-point numbers may differ in their last digits from one run to the next.
   *
   * Where the result is of another type than the items, {@link map} first.
   *
   * @throws as {@link run}; without `initial`, no items are an {@link InvalidArgumentError}, as a rejection
   */
  function reduce<A extends TypedArray>(
    items: A,
    fn: (left: ElementOf<A>, right: ElementOf<A>) => ElementOf<A> | PromiseLike<ElementOf<A>>,
    ...rest: [] | [initial: ElementOf<A>, options?: MapOptions]
  ): Promise<ElementOf<A>>;
  function reduce<T>(
    items: Items<T>,
    fn: (left: T, right: T) => T | PromiseLike<T>,
    ...rest: [] | [initial: T, options?: MapOptions]
  ): Promise<T>;

  /**
   * Sorts over all cores and gives a new array; the one given is left alone. The sort is stable. Without `compare` a
   * typed array is sorted by value and anything else as `Array.prototype.sort` would, by its text.
   *
   * @throws as {@link run}; {@link InvalidArgumentError}: the comparator is async
   */
  function sort<A extends TypedArray>(
    items: A,
    compare?: (left: ElementOf<A>, right: ElementOf<A>) => number,
    options?: MapOptions,
  ): Promise<SameKind<A>>;
  function sort<T>(items: Items<T>, compare?: (left: T, right: T) => number, options?: MapOptions): Promise<T[]>;

  // ─── The pool ──────────────────────────────────────────────────────────────────────────────────────────────────────

  /** Limits of each worker's heap, as `worker_threads` has them, in megabytes. */
  interface ResourceLimits {
    /**
     * The main heap, at least 8. Past it, the task rejects with an {@link OutOfMemoryError} and the worker is replaced.
     */
    maxOldGenerationSizeMb?: number | undefined;
    /** The heap of recently created objects. */
    maxYoungGenerationSizeMb?: number | undefined;
    /** The memory for generated code, at most 512. */
    codeRangeSizeMb?: number | undefined;
    /** The stack, from 0.5 to 1024. Default: 4. */
    stackSizeMb?: number | undefined;
  }

  /**
   * A number, or an expression over `cpu_count`, the number of cores that the process may use (in a container, the quota
   * counts): numbers, `+ - * /`, parentheses, and `min`, `max`, `floor`, `ceil`, `round`. What it comes to is rounded down
   * to whole workers, and is at least the least that is allowed.
   */
  type WorkerCount = number | (string & {});

  /** A number of bytes, or a number with a unit: `'64MB'`, `'1.5 GB'`. The units go up by 1024. */
  type MemorySize = number | (string & {});

  interface MemoryOptions {
    /**
     * What the workers may hold together; `Infinity`: no limit, which lifts one that was set. May be left out where
     * `maxMemory` is given.
     */
    limit?: MemorySize | undefined;
    /**
     * `'aggressive'` replaces a worker after its task if it goes on holding more than its share, the limit divided by the
     * number of workers, once garbage has been collected. Default: `'normal'`.
     */
    cleanup?: 'normal' | 'aggressive' | undefined;
  }

  /** What is told of a pool's memory. */
  interface MemoryState {
    /** Bytes that the workers hold, as each has reported after its last task. */
    readonly used: number;
    /** Bytes that they may hold. */
    readonly limit: number;
    /** Whether new tasks wait because of it. */
    readonly full: boolean;
  }

  /** A pool that has as many workers as help at the moment. */
  interface ElasticWorkers {
    /** How many are kept, however little there is to do, from the first task on: from 0. Default: 1. */
    min?: WorkerCount | undefined;
    /** How many there are at most, up to 1024. Default: one for each core. */
    max?: WorkerCount | undefined;
    /**
     * `'adaptive'`: a worker is started while tasks wait and it would find a core to run on. Work that computes gets one
     * for each core, work that waits gets more, up to `max`. `'fixed'`: the pool has `max` workers, as if that were given
     * alone. Default: `'adaptive'`.
     */
    scaling?: 'adaptive' | 'fixed' | undefined;
    /** Milliseconds after which a worker that was not needed leaves; `Infinity`: never. Default: 30,000. */
    idleTimeout?: number | undefined;
  }

  /** How long tasks may run, by their names. */
  interface PoolTimeout {
    /** Milliseconds for tasks that `perTask` does not name. Default: `Infinity`. */
    default?: number | undefined;
    /** Milliseconds for each name: that of the task, or else of its function. Default: none. */
    perTask?: Record<string, number | undefined> | undefined;
  }

  /** How important something has to be to be logged. */
  type LogLevel = 'off' | 'error' | 'warn' | 'info' | 'debug';

  interface LoggingOptions {
    /** Default: `'info'`. */
    level?: LogLevel | undefined;
    /** Lines of text, or an object in each line. Default: `'text'`. */
    format?: 'text' | 'json' | undefined;
    /**
     * `'stderr'`, `'file'` (`tasklets.log` in the working directory), or the path of a file, from the working directory when
     * the option is given. Default: `'stderr'`.
     */
    destination?: 'stderr' | 'file' | (string & {}) | undefined;
  }

  interface PoolOptions {
    /**
     * How many workers: a number from 1 to 1024; `'auto'`, one for each core that the process may use; an expression such
     * as `'cpu_count - 1'`; or the bounds of an elastic pool. Default: `'auto'`.
     */
    workers?: WorkerCount | 'auto' | ElasticWorkers | undefined;
    /**
     * How many `async` tasks each worker may have under way at a time: a whole number from 1 to 65536, for tasks that
     * mostly wait. While one of them computes the others wait for it. Default: 1. It cannot change while workers run.
     */
    concurrency?: number | undefined;
    /**
     * How many tasks of this thread may wait beyond those that the workers take at once: a whole number of at least 0.
     * Default: `Infinity`.
     */
    maxQueue?: number | undefined;
    /**
     * What becomes of a task beyond `maxQueue`: it rejects with a {@link QueueFullError} (`'reject'`, the default), or is
     * held back until there is a place (`'wait'`).
     */
    overflow?: 'reject' | 'wait' | undefined;
    /**
     * Milliseconds that each task may run, where its own `timeout` does not say otherwise; or `default`, and `perTask` for
     * the tasks of some names: `{ default: 1000, perTask: { render: 5000 } }`. Default: `Infinity`.
     */
    timeout?: number | PoolTimeout | undefined;
    /**
     * What the workers may hold together, as a size (`'512MB'`, `'2GB'`), a number of bytes, or with what is done about it.
     * At least 32 MB. At the limit new tasks wait, idle workers give theirs back by ending, and others collect garbage and,
     * if that is not enough, end after their task; one goes on in any case. Default: no limit.
     */
    memory?: MemorySize | MemoryOptions | undefined;
    /** The same as `memory.limit`. */
    maxMemory?: MemorySize | undefined;
    /**
     * `'fifo'`: tasks start in the order in which they came, as far as their priorities do not say otherwise. `'hrrn'`:
     * highest response ratio next, which is 1 + the time that a task has waited divided by the mean running time of the last
     * 16 tasks of its name: short tasks come first, and long ones the nearer the longer they wait. Default: `'fifo'`.
     */
    scheduling?: 'fifo' | 'hrrn' | undefined;
    /** What is logged, and where: a level, or more about it. Default: `'off'`. */
    logging?: LogLevel | LoggingOptions | undefined;
    /** Limits of each worker's heap. Default: those of the runtime. */
    resourceLimits?: ResourceLimits | undefined;
    /**
     * `process.env` of the workers, or `SHARE_ENV` of `node:worker_threads` to share this thread's. Default: a copy of
     * this thread's as it stands when the worker starts. What is undefined is left out.
     */
    env?: Record<string, string | undefined> | symbol | undefined;
    /**
     * Modules that each worker loads before its first task: paths from the working directory, or names of packages that
     * are found from there. They are looked for where the option is given.
     */
    preload?: readonly string[] | undefined;
    /** What the pool is called in messages of errors, in metrics and the log, and in the names of its threads. */
    name?: string | undefined;
  }

  /** The options of a pool that are in force. */
  interface PoolConfig {
    /** What there is at most; for an elastic pool its bounds, in numbers. */
    readonly workers: number | { min: number; max: number; scaling: 'adaptive'; idleTimeout: number };
    readonly concurrency: number;
    readonly maxQueue: number;
    readonly overflow: 'reject' | 'wait';
    /** `destination`: `'stderr'`, or the full path of the file. */
    readonly logging: { level: LogLevel; format: 'text' | 'json'; destination: string };
    readonly timeout: number | PoolTimeout;
    /** In bytes; absent where there is no limit. */
    readonly memory?: { limit: number; cleanup: 'normal' | 'aggressive' } | undefined;
    readonly scheduling: 'fifo' | 'hrrn';
    readonly resourceLimits?: ResourceLimits | undefined;
    readonly env?: Record<string, string | undefined> | symbol | undefined;
    /** The files that were found. */
    readonly preload: readonly string[];
    /** Absent where the pool has none. */
    readonly name?: string | undefined;
  }

  /** What is told of a worker that has started. */
  interface WorkerStart {
    /** The number that the worker's tasks see as {@link TaskContext.workerId}. */
    readonly workerId: number;
  }

  /** What is told of a worker that has ended. */
  interface WorkerExit extends WorkerStart {
    /** What its thread exited with. */
    readonly exitCode: number;
    /** Whether it ended by itself: not because it was not needed, lost a task, or its pool was closed. */
    readonly crashed: boolean;
    /** What ended it, where that was an error outside of any task, or a full heap. */
    readonly error?: unknown;
  }

  /** The events of a pool, and what their listeners are given. */
  interface PoolEvents {
    /** Tasks had to wait, and none waits any more. With `maxQueue: 0`, when a worker is free again. */
    drain: [];
    /**
     * Something went wrong outside of any task: a worker ended by an error, or could not be started. What a task throws
     * rejects that task and is no such event. Unlike other emitters, a pool without a listener for it does not throw.
     */
    error: [error: unknown];
    /** The workers hold 80 % of `memory.limit`, or all of it; told again once there was clearly less. */
    memory: [state: MemoryState];
    /** A worker has started. Told of the workers that this thread has started. */
    workerStart: [worker: WorkerStart];
    /** A worker that had started has ended, for whatever reason; another one is started if there is work for it. */
    workerExit: [worker: WorkerExit];
  }

  /**
   * Calls a function at each event of the pool. Listeners do not keep the process alive. What a listener throws is an
   * uncaught exception of this thread. A pool has this and the five that follow from `EventEmitter`, and does not let
   * others emit.
   */
  function on<E extends keyof PoolEvents>(event: E, listener: (...args: PoolEvents[E]) => void): typeof tasklets;
  /** The same as {@link on}. */
  function addListener<E extends keyof PoolEvents>(
    event: E,
    listener: (...args: PoolEvents[E]) => void,
  ): typeof tasklets;
  /** Calls a function at the next such event, once. */
  function once<E extends keyof PoolEvents>(event: E, listener: (...args: PoolEvents[E]) => void): typeof tasklets;
  /** Takes a listener away. */
  function off<E extends keyof PoolEvents>(event: E, listener: (...args: PoolEvents[E]) => void): typeof tasklets;
  /** The same as {@link off}. */
  function removeListener<E extends keyof PoolEvents>(
    event: E,
    listener: (...args: PoolEvents[E]) => void,
  ): typeof tasklets;
  /** Takes all listeners away, or those of one event. */
  function removeAllListeners(event?: keyof PoolEvents): typeof tasklets;
  /** How many listeners an event has. */
  function listenerCount(event: keyof PoolEvents): number;

  /**
   * What an `EventEmitter` has and a pool has not. The names stand here so that whatever takes an emitter takes a pool:
   * `once(pool, 'drain')` and `on(pool, 'workerExit')` of `node:events`.
   */
  interface NotEmitted {
    readonly emit: never;
    readonly eventNames: never;
    readonly getMaxListeners: never;
    readonly listeners: never;
    readonly prependListener: never;
    readonly prependOnceListener: never;
    readonly rawListeners: never;
    readonly setMaxListeners: never;
  }
  /** {@link NotEmitted}, for the module itself. */
  export const emit: never, eventNames: never, getMaxListeners: never, listeners: never;
  export const prependListener: never, prependOnceListener: never, rawListeners: never, setMaxListeners: never;

  /**
   * How many tasks of this thread wait for a worker, at most `maxQueue`. Its value changes: it is no named export of the ES
   * module.
   */
  const queueSize: number;

  /** How a pool is. */
  interface Health {
    /**
     * `'unhealthy'`: closed, or no worker can be started, or half of the tasks failed of late. `'degraded'`: a worker crashed
     * within the last minute, or one task in twenty failed, or the queue or the memory is full. Shares count where at
     * least 20 tasks have ended within the minute.
     */
    status: 'healthy' | 'degraded' | 'unhealthy';
    /** How many workers run tasks and how many do not, and how many have ended although they were to go on. */
    workers: { active: number; idle: number; crashed: number };
    /** Bytes that the workers of this thread hold, and that they might hold beside those. */
    memory: { used: number; available: number };
    /** Milliseconds from the call of a task to its end. */
    latency: { p50: number; p95: number; p99: number };
    /** Of the last minute: the share of failed tasks, from 0 to 1, and how many there were. Cancelled and refused ones do not count. */
    errors: { rate: number; recent: number };
  }

  /** Many durations, in milliseconds, to two digits. */
  interface Durations {
    count: number;
    sum: number;
    min: number;
    max: number;
    mean: number;
    p50: number;
    p90: number;
    p95: number;
    p99: number;
    /** How many were at most as long as each bound. */
    buckets: { le: number; count: number }[];
  }

  /** What is measured of the tasks of one name. */
  interface TaskMetrics {
    /** How many have returned or thrown. */
    ended: number;
    /** From the call to the start. */
    waiting: Durations;
    /** From the start to the end. */
    running: Durations;
  }

  interface WorkerMetrics {
    /** Its number, as {@link TaskContext.workerId}. */
    id: number;
    state: 'busy' | 'idle';
    /** How many tasks it runs. */
    tasks: number;
    /** Milliseconds that it has run the task which it started last; 0 where it runs none. */
    busyFor: number;
    waiting: Durations;
    running: Durations;
    /** How long tasks held its event loop each time, so that timers and sockets in it had to wait. */
    eventLoopDelay: Durations;
    /** Bytes, as it told them when it last ran out of tasks; null where another thread has started it. */
    memory: { heapUsed: number; heapTotal: number; heapLimit: number; external: number } | null;
  }

  /** What a pool has counted and measured. */
  interface Metrics {
    /** The pool's `name`, or an empty string. */
    name: string;
    /** Counts of this thread's tasks, those of array operations included. */
    tasks: {
      submitted: number;
      succeeded: number;
      /** Threw, or returned what cannot cross; also where a task in `after` failed, or `onProgress` threw. */
      failed: number;
      cancelled: number;
      timedOut: number;
      /** Had not started by their deadline. */
      expired: number;
      /** Their worker or their pool ended. */
      lost: number;
      /** Refused because the queue was full. */
      refused: number;
      /** Neither settled nor refused. */
      outstanding: number;
      /** On the workers now, whichever thread has submitted them. */
      running: number;
    };
    queue: {
      /** As {@link queueSize}. */
      size: number;
      /** How many tasks wait in the pool, whichever thread has submitted them; about. */
      backlog: number;
      /** `maxQueue`. */
      limit: number;
      /** Held back beyond it. */
      heldBack: number;
      /** `size` by the second, for up to two minutes. It is looked at for two minutes after each call. */
      history: { time: number; size: number }[];
    };
    /** From the call of a task to its end. */
    latency: Durations;
    /** By the names of tasks, up to 256 in a process. */
    byTask: Record<string, TaskMetrics>;
    /** The workers that there are now. */
    workers: WorkerMetrics[];
    /**
     * How many errors of each class this thread's tasks have ended with, or were refused with: by the name of the error's
     * constructor, or its `name` where it has none; what is no object by its type.
     */
    errors: Record<string, number>;
    /** How many workers have ended although they were to go on. */
    crashed: number;
  }

  /** What {@link getMetrics} tells, in the formats of others. */
  interface MetricFormats {
    /** The text format of Prometheus, version 0.0.4. */
    prometheus(): string;
  }

  /** The metrics, in the formats of others. */
  const metrics: MetricFormats;

  /** How the pool is. Before its first task it is healthy and has no workers. */
  function getHealth(): Health;

  /**
   * What the pool has counted and measured since it started, the workers that have ended included. Counts stay when it has
   * been closed.
   */
  function getMetrics(): Metrics;

  interface ShutdownOptions {
    /**
     * Milliseconds to wait for what is queued and running; then the rest is cancelled. 0 cancels it at once. Default:
     * `Infinity`.
     */
    timeout?: number | undefined;
  }

  /**
   * Cancels the task with this number; see {@link Task.cancel}. The numbers are those of the default pool in this thread:
   * a task that another thread, or a pool of one's own, has under the same number is left alone.
   *
   * @returns whether it had an effect: false where the task had ended, is not `cancellable`, or never was
   * @throws {InvalidArgumentError} `id` is not a whole number
   */
  function cancel(id: number, reason?: unknown): Promise<boolean>;

  /**
   * Changes the options of the pool, before or after its first task, and gives those now in force. Without an argument
   * it only tells them. What is not mentioned stays as it was.
   *
   * @throws {InvalidOptionError} or {@link OptionRangeError}: a wrong option, or one that cannot change while workers run
   */
  function config(options?: PoolOptions): PoolConfig;

  /**
   * Closes the pool: no more tasks are accepted, those queued and running are waited for, and past `timeout` cancelled.
   * It resolves when the threads are gone. A pool of one's own stays closed, and a further call with a `timeout` hurries
   * the closing that is under way. The default pool waits for what this thread has outstanding at the call, and starts
   * anew with the next task.
   */
  function shutdown(options?: ShutdownOptions): Promise<void>;

  interface Pool extends NotEmitted {}
  /** A pool with workers of its own, and the functions of this module over them. */
  class Pool {
    /** @throws {InvalidOptionError} or {@link OptionRangeError}, {@link OptionUnavailableError}: a wrong option */
    constructor(options?: PoolOptions);

    readonly run: typeof run;
    readonly task: typeof task;
    readonly runAll: typeof runAll;
    readonly batch: typeof batch;
    readonly retry: typeof retry;
    readonly map: typeof map;
    readonly filter: typeof filter;
    readonly forEach: typeof forEach;
    readonly reduce: typeof reduce;
    readonly sort: typeof sort;
    readonly cancel: typeof cancel;
    readonly config: typeof config;

    readonly queueSize: typeof queueSize;
    readonly getHealth: typeof getHealth;
    readonly getMetrics: typeof getMetrics;
    readonly metrics: typeof metrics;

    on<E extends keyof PoolEvents>(event: E, listener: (...args: PoolEvents[E]) => void): this;
    addListener<E extends keyof PoolEvents>(event: E, listener: (...args: PoolEvents[E]) => void): this;
    once<E extends keyof PoolEvents>(event: E, listener: (...args: PoolEvents[E]) => void): this;
    off<E extends keyof PoolEvents>(event: E, listener: (...args: PoolEvents[E]) => void): this;
    removeListener<E extends keyof PoolEvents>(event: E, listener: (...args: PoolEvents[E]) => void): this;
    removeAllListeners(event?: keyof PoolEvents): this;
    readonly listenerCount: typeof listenerCount;

    /** Closes the pool for good; see {@link shutdown}. Tasks given to it afterwards throw {@link PoolClosedError}. */
    readonly shutdown: typeof shutdown;

    /**
     * Ends the pool by force: tasks that are outstanding reject with a {@link PoolDeathError} whose `cause` is `reason`.
     * It resolves when the threads are gone, at once where the pool is dead already.
     */
    readonly kill: (reason?: unknown) => Promise<void>;

    /** `await using pool = new Pool()` shuts it down at the end of the block, as `shutdown()` does. */
    [Symbol.asyncDispose](): Promise<void>;
  }

  // ─── Inside a task ─────────────────────────────────────────────────────────────────────────────────────────────────

  /** The task that is running. */
  interface TaskContext {
    /** The same number as {@link Task.id} at the caller's. */
    readonly id: number;
    /** The task's `name`, or its function's; an empty string where there is neither. */
    readonly name: string;
    /** Which attempt this is, from 1. */
    readonly attempt: number;
    /** The number of the worker, from 1: no two workers of the process have the same. */
    readonly workerId: number;
    /**
     * What the tasks that this one comes `after` have resulted in, in the order in which they were given; undefined for one
     * that was named by its id and had ended. Empty where there are none.
     */
    readonly after: readonly any[];

    /**
     * Aborts when the task is cancelled, with the reason that was given, or times out, with a {@link TimeoutError}.
     * `aborted`, `reason` and `throwIfAborted()` tell so at once, in a busy loop too; listeners are called when the
     * worker's event loop turns, or when one of those three is looked at. Made when it is first read.
     */
    readonly signal: AbortSignal;

    /**
     * Tells the caller's {@link CallOptions.onProgress} how far the task has come. It needs no turn of the event loop, and
     * does nothing where nobody listens or the task has ended.
     *
     * @param percent from 0 to 100; what is beyond is cut off
     * @param data anything that can be sent, except shared memory and ports
     * @throws {InvalidArgumentError} `percent` is not a number
     * @throws {NotSerializableError} `data` cannot be sent
     */
    readonly progress: (percent: number, data?: unknown) => void;
  }

  /** Whether this code runs on a worker of a pool. */
  const isWorker: boolean;

  /**
   * The task that is running, or null outside of one. Its value changes: read it as `tasklets.current` in the task. It
   * is no named export of the ES module, where it would stay what it was when the module was loaded.
   */
  const current: TaskContext | null;

  // ─── Errors ────────────────────────────────────────────────────────────────────────────────────────────────────────

  /**
   * What an error that a task rejects with carries, beside its own properties; not enumerable, and only where the error is
   * an object that can be extended. A task that was never queued, as its signal had aborted or there was no place for it,
   * rejects with an error that carries none of it. The task's own error arrives as it was thrown: its class where it is
   * builtin or was captured (as code or with its module, by the function or by its arguments), message, `cause`, own
   * properties, and a stack with the worker's frames and then the caller's.
   */
  interface TaskErrorDetails {
    taskId?: number;
    taskName?: string;
    /** The number of the worker that the task ran on; 0 for one that was cancelled, which the caller settles by itself. */
    workerThread?: number;
    /** Milliseconds that the task had been running; 0 for one that was cancelled. */
    duration?: number;
    /** Which attempt it was, from 1. */
    attempt?: number;
    /** The worker's part of the stack. */
    stackTrace?: string;
    /** How often the task was started, where {@link retry} gave up. */
    attempts?: number;
  }

  /**
   * What all errors of tasklets itself have in common; `instanceof` works for all of them, also for those that extend a
   * builtin class. See docs/errors.md for what to do about each.
   */
  class TaskletsError extends Error {
    readonly code: ErrorCode;
  }
  interface TaskletsError extends TaskErrorDetails {}

  /** The task was cancelled. `cause` is the reason given to `cancel()`, or that of the signal. */
  class AbortError extends TaskletsError {
    constructor(reason?: unknown, message?: string);
    readonly name: 'AbortError';
    readonly code: 'ERR_TASKLETS_ABORTED';
    readonly cause: unknown;
  }

  /** The task ran longer than its `timeout`. */
  class TimeoutError extends TaskletsError {
    readonly name: 'TimeoutError';
    readonly code: 'ERR_TASKLETS_TIMEOUT';
  }

  /** As many tasks wait as the pool's `maxQueue` allows. */
  class QueueFullError extends TaskletsError {
    readonly code: 'ERR_TASKLETS_QUEUE_FULL';
  }

  /** The task had not started by its `deadline`, and never runs. */
  class DeadlineError extends TaskletsError {
    readonly code: 'ERR_TASKLETS_DEADLINE';
  }

  /**
   * A task that this one came `after` failed; it never runs. `cause` is that task's error; for one that was named by its id
   * and had failed before, an error that says only so.
   */
  class DependencyError extends TaskletsError {
    constructor(message?: string, cause?: unknown);
    readonly code: 'ERR_TASKLETS_DEPENDENCY';
  }

  /** The worker died under the task: `process.exit()`, or an error outside of any task. */
  class WorkerExitedError extends TaskletsError {
    constructor(message?: string, details?: { exitCode?: number; cause?: unknown });
    readonly code: 'ERR_TASKLETS_WORKER_EXITED';
    /** What the worker exited with. */
    readonly exitCode: number | undefined;
  }

  /** The worker ran out of heap under the task. */
  class OutOfMemoryError extends TaskletsError {
    readonly code: 'ERR_TASKLETS_OUT_OF_MEMORY';
  }

  /** The pool was killed while the task was outstanding. */
  class PoolDeathError extends TaskletsError {
    readonly code: 'ERR_TASKLETS_POOL_DEATH';
  }

  /**
   * The worker of the task went down through the fault of another one that shared it, and the task was not to be run
   * again, could not be because something had been moved to it, or went down a second time. `cause` is how the worker
   * ended. To try again is worth it.
   */
  class RetryError extends TaskletsError {
    readonly code: 'ERR_TASKLETS_RETRY';
    readonly retryable: true;
  }

  /** The function uses something that cannot be captured. */
  class CaptureError extends TaskletsError {
    constructor(message?: string, details?: { path?: string; advice?: string; cause?: unknown });
    readonly code: 'ERR_TASKLETS_CAPTURE';
    /** How it is reached from the function. */
    readonly path: string | undefined;
    /** What to do instead. */
    readonly advice: string | undefined;
  }

  /** There is no compiled addon for this platform, or it cannot be loaded: thrown by `require('tasklets')`. */
  class NoBinaryError extends TaskletsError {
    readonly code: 'ERR_TASKLETS_NO_BINARY';
  }

  /** The pool was shut down or killed; thrown at the call. */
  class PoolClosedError extends ReferenceError {
    readonly code: 'ERR_TASKLETS_POOL_CLOSED';
  }

  /** A value that cannot be sent to a worker, or a result that cannot come back. */
  class NotSerializableError extends TypeError {
    constructor(path: string, what: string);
    readonly code: 'ERR_TASKLETS_NOT_SERIALIZABLE';
    /** Where it stands: `args[0].db.socket`. */
    readonly path: string;
  }

  /** An argument that is not what the function takes; thrown at the call. */
  class InvalidArgumentError extends TypeError {
    readonly code: 'ERR_TASKLETS_INVALID_ARGUMENT';
  }

  /** An option that does not exist, or whose value has the wrong type; thrown at the call. */
  class InvalidOptionError extends TypeError {
    constructor(message: string, option: string);
    readonly code: 'ERR_TASKLETS_INVALID_OPTION';
    /** The option's name. */
    readonly option: string;
  }

  /** An option that is planned and that this version does not have; thrown at the call. */
  class OptionUnavailableError extends TypeError {
    constructor(message: string, option: string);
    readonly code: 'ERR_TASKLETS_OPTION_UNAVAILABLE';
    /** The option's name. */
    readonly option: string;
  }

  /** An option whose value is of the right type and impossible: a negative timeout; thrown at the call. */
  class OptionRangeError extends RangeError {
    constructor(message: string, option: string);
    readonly code: 'ERR_TASKLETS_OPTION_RANGE';
    /** The option's name. */
    readonly option: string;
  }

  /** The codes of all errors of tasklets. They do not change between versions. */
  type ErrorCode =
    | 'ERR_TASKLETS'
    | 'ERR_TASKLETS_ABORTED'
    | 'ERR_TASKLETS_CAPTURE'
    | 'ERR_TASKLETS_DEADLINE'
    | 'ERR_TASKLETS_DEPENDENCY'
    | 'ERR_TASKLETS_INVALID_ARGUMENT'
    | 'ERR_TASKLETS_INVALID_OPTION'
    | 'ERR_TASKLETS_NOT_SERIALIZABLE'
    | 'ERR_TASKLETS_NO_BINARY'
    | 'ERR_TASKLETS_OPTION_RANGE'
    | 'ERR_TASKLETS_OPTION_UNAVAILABLE'
    | 'ERR_TASKLETS_OUT_OF_MEMORY'
    | 'ERR_TASKLETS_POOL_CLOSED'
    | 'ERR_TASKLETS_POOL_DEATH'
    | 'ERR_TASKLETS_RETRY'
    | 'ERR_TASKLETS_QUEUE_FULL'
    | 'ERR_TASKLETS_TIMEOUT'
    | 'ERR_TASKLETS_WORKER_EXITED';
}
