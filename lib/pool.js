'use strict';
// A pool: the public calls over one queue, the workers that serve it, and the closing of it.

const { capital, poolCalled, poolHasClosed } = require('./called.js');
const { Caller } = require('./caller.js');
const { expectOthers, state } = require('./current.js');
const { Closings } = require('./closings.js');
const { Defaults } = require('./defaults.js');
const { InvalidArgumentError, PoolClosedError, PoolDeathError } = require('./errors.js');
const { Events } = require('./events.js');
const { handle, isHandle, start } = require('./handle.js');
const { History } = require('./history.js');
const { Host } = require('./host.js');
const native = require('./native.js');
const { callable, callOptions, handleOptions, shutdownOptions, taskOptions } = require('./options.js');
const { show } = require('./options/refuse.js');
const { Room } = require('./room.js');
const { Settings } = require('./settings.js');

const noArgs = /** @type {any} */ (Object.freeze([]));

class Pool {
  /** Made in the constructor, bound. */
  map;
  filter;
  forEach;
  reduce;
  sort;
  on;
  once;
  off;
  addListener;
  removeListener;
  removeAllListeners;
  listenerCount;
  /** @type {Settings} */
  #settings;
  #defaults;
  #native = null;
  #host = null;
  /** @type {Caller | null} */
  #caller = null;
  /** @type {Closings | null} */
  #closings = null;
  /** Makes the native pool when the first task comes. */
  #open;
  #restarts;
  #startsWorkers;
  /** Null while the pool takes tasks; then the promise of its end. */
  #closed = null;
  /** The promise of its end by force. */
  #killed = null;
  /** Whether it takes, although it is closing, what belongs to a call that it has taken before. */
  #admits = false;
  /** Whether a worker has been asked for. */
  #begun = false;
  #deathCause;
  /** Loaded with the first call that needs it. */
  #parallel = null;
  #events = new Events();
  #room = new Room(() => this.#events.tell('drain'));
  /** @type {import('./log.js').Log | null} */
  #log = null;
  #history = new History(() => this.#room.size);

  /** @param {import('../index.js').PoolOptions} [options] */
  constructor(options, shared = undefined, startsWorkers = true) {
    this.#startsWorkers = startsWorkers;
    this.#settings = new Settings(options);
    this.#setDefaults();
    this.#restarts = shared !== undefined;
    this.#open = shared ?? ((size) => new native.Pool(size));
    this.#events.follow('drain', (listened) => (this.#room.watched = listened));
    // Bound, so that `const { run } = pool` works.
    for (const name of [
      'task',
      'runAll',
      'batch',
      'retry',
      'cancel',
      'config',
      'getHealth',
      'getMetrics',
      'shutdown',
      'kill',
    ]) {
      this[name] = this[name].bind(this);
    }
    for (const name of ['map', 'filter', 'forEach', 'reduce', 'sort']) {
      this[name] = (...args) => this.#loadParallel()[name](...args);
    }
    this.#events.give(this);
  }

  run = (fn, options, attempt = 1) => {
    if (typeof fn !== 'function') callable('run()', 'the task', fn);
    if (isHandle(fn)) return start(this.run, fn, taskOptions(options), attempt);
    const given = options === undefined ? undefined : taskOptions(options);
    if (!this.#begun) this.#begin();
    const caller = this.#ready();
    if (caller.pending >= this.#room.limit) return this.#refuse(caller);
    const shipped = caller.functions.snapshot(fn, given?.captures);
    try {
      const defaults = this.#defaults;
      const call = given === undefined ? defaults.of(shipped.name) : defaults.complete(given, shipped.name);
      return caller.submit(shipped, given?.args ?? noArgs, call, attempt);
    } finally {
      if (shipped.once) caller.functions.release(shipped);
    }
  };

  task(fn, options) {
    callable('task()', 'the function', fn);
    if (isHandle(fn)) return options === undefined ? fn : fn.with(options);
    const given = handleOptions(options);
    const { captures, ...rest } = given ?? {};
    const caller = this.#ready();
    const shipped = caller.functions.keep(fn, captures);
    const make = (own, attempt) => {
      let defaults;
      let call;
      const name = own?.name ?? fn.name;
      // A function is named most cheaply by the literal it stands in, and with() makes one for a single call as a rule.
      /** @type {any} */
      const submit = {
        [name]: (...args) => {
          this.#ready();
          if (caller.pending >= this.#room.limit) return this.#refuse(caller);
          // config() may have changed them since.
          if (defaults !== this.#defaults) {
            defaults = this.#defaults;
            call = own === undefined ? defaults.of(name) : defaults.complete(own, name);
          }
          return caller.submit(shipped, args, call, attempt);
        },
      }[name];
      const derive = (more, which) => make({ ...own, ...callOptions(more) }, which);
      submit[handle] = derive;
      submit.with = (more) => derive(more, 1);
      return submit;
    };
    return make(Object.keys(rest).length === 0 ? undefined : rest, 1);
  }

  runAll(tasks, options) {
    this.#refuseIfClosed();
    return require('./run-all.js').runAll(this.#group, tasks, options);
  }

  batch(configs, options) {
    this.#refuseIfClosed();
    return require('./batch.js').batch(this.#group, configs, options);
  }

  retry(fn, options) {
    this.#refuseIfClosed();
    return require('./retry.js').retry(this.#group, fn, options);
  }

  cancel(id, reason) {
    if (!Number.isSafeInteger(id) || id < 0) {
      throw new InvalidArgumentError(`cancel(): the id must be that of a task, a whole number; got ${show(id)}`);
    }
    return this.#cancel(id, reason);
  }

  async #cancel(id, reason) {
    return this.#caller?.cancel(id, reason) ?? false;
  }

  /** How many tasks wait for a worker. */
  get queueSize() {
    return this.#room.size;
  }

  getMetrics() {
    return require('./metrics.js').metricsOf(this.#parts());
  }

  /** The metrics in the formats of others. */
  metrics = Object.freeze({
    prometheus: () => require('./prometheus.js').prometheusOf(this.getMetrics()),
  });

  getHealth() {
    return require('./metrics.js').healthOf(this.#parts());
  }

  get #name() {
    return this.#settings.options.name ?? '';
  }

  #parts() {
    return {
      native: this.#native,
      caller: this.#caller,
      host: this.#host,
      room: this.#room,
      history: this.#history,
      closed: this.#closed !== null,
      name: this.#name,
    };
  }

  config(options) {
    if (options !== undefined) this.#change(options);
    return this.#settings.told();
  }

  shutdown(options) {
    const { timeout = Infinity } = shutdownOptions(options);
    if (this.#caller === null) {
      const closed = this.#closed ?? Promise.resolve();
      if (!this.#restarts) this.#closed = closed;
      return closed;
    }
    const closing = this.#closed ?? this.#closings.begin();
    if (!this.#restarts) this.#closed = closing;
    if (timeout !== Infinity) this.#closings.hurry(closing, timeout);
    return closing;
  }

  /** By force; the default pool has no such method. */
  kill(reason) {
    this.#killed ??= this.#kill(reason);
    this.#closed = this.#killed;
    return this.#killed;
  }

  async #kill(reason) {
    this.#deathCause = reason;
    if (this.#native === null) return;
    this.#native.kill();
    this.#caller.outstanding.leave(
      new PoolDeathError(`${capital(poolCalled(this.#name))} was killed before the work had ended`, { cause: reason }),
    );
    const leaving = this.#host.dismiss();
    leaving.force();
    await leaving.ended;
    await this.#caller.outstanding.idle();
    this.#end();
    this.#log?.write('info', 'pool killed', { reason });
  }

  /** Nothing comes or goes any more: whatever could keep the pool, or start a worker for it, lets go of it. */
  #end() {
    this.#native.kill();
    this.#host.close();
    this.#history.end();
    this.#caller.close();
  }

  async [Symbol.asyncDispose]() {
    await this.shutdown();
  }

  /** What runAll, batch and retry need of a pool. */
  #group = {
    room: this.#room,
    run: (fn, options, attempt) => this.run(fn, options, attempt),
    enter: () => {
      if (!this.#begun) this.#begin();
      return this.#ready().outstanding.enter();
    },
    stay: () => this.#ready().outstanding.enter(),
    admit: (start) => {
      this.#admits = true;
      try {
        return start();
      } finally {
        this.#admits = false;
      }
    },
    withdraw: Caller.withdraw,
  };

  #loadParallel() {
    const { Parallel } = require('./parallel');
    this.#parallel ??= new Parallel(this.#openSession);
    return this.#parallel;
  }

  /** What map and the others need of a pool, at the call. */
  #openSession = (name, fn, options) => {
    const { captures, context } = options;
    const caller = this.#ready();
    const shipped = caller.functions.internal('parallel', fn?.name || name, fn, captures);
    const { left, leave } = caller.outstanding.enter();
    const call = context && { context };
    return {
      pool: this.#native,
      workers: this.#native.size,
      room: this.#room,
      shares: caller.freight.isServed(),
      run: (...args) => caller.submit(shipped, args, call, 1),
      withdraw: (task) => caller.cancel(task.id, undefined, true),
      left,
      release: () => {
        caller.functions.release(shipped);
        leave();
      },
    };
  };

  #ready() {
    if (this.#caller !== null && (this.#closed === null || this.#admits)) return this.#caller;
    this.#refuseIfClosed();
    this.#connect();
    this.#caller.open();
    return this.#caller;
  }

  #connect() {
    const { options, workers } = this.#settings;
    this.#native = this.#open(workers.max);
    if (options.scheduling === 'hrrn') this.#native.goByRatios();
    this.#host = new Host(this.#native, options, this.#startsWorkers, this.#events);
    this.#caller = new Caller(this.#native, this.#host, () => this.#deathCause);
    this.#host.serve(this.#caller);
    this.#closings = new Closings({
      native: this.#native,
      host: this.#host,
      caller: this.#caller,
      goesOn: this.#restarts,
      ended: () => this.#ended(),
    });
    // Where the pool is shared, it has the size that its first user gave it, unless another asks for something else.
    if (options.workers !== undefined && this.#startsWorkers) this.#host.scale(workers);
    this.#room.serve(this.#caller);
    this.#setLog();
    this.#setDefaults();
    if (!this.#startsWorkers) expectOthers();
    else if (this.#settings.memory !== undefined) this.#limitMemory();
  }

  #limitMemory() {
    const { limit = 0, cleanup = 'normal' } = this.#settings.memory ?? {};
    this.#native.limitMemory(limit, cleanup === 'aggressive');
  }

  /** The first thread starts while this one still loads the codec and captures the function. */
  #begin() {
    this.#refuseIfClosed();
    const isNew = this.#caller === null;
    if (isNew) this.#connect();
    this.#begun = true;
    this.#host.staff();
    if (isNew) this.#caller.open();
  }

  /** A task that finds no place. */
  #refuse(caller) {
    this.#log?.writeSome('warn', 'queue full', { limit: this.#room.maxQueue });
    return caller.refuse(this.#room.refusal());
  }

  #setLog() {
    const { logging = 'off' } = this.#settings.options;
    if (logging === 'off' && this.#log === null) return;
    const { Log, observer } = require('./log.js');
    this.#log = new Log(this.#settings.logging, this.#name);
    this.#events.observe(observer(this.#log));
    if (this.#caller !== null) this.#caller.trace.log = this.#log.has('debug') ? this.#log : null;
  }

  #refuseIfClosed() {
    if (this.#closed !== null) throw new PoolClosedError(poolHasClosed(this.#name));
  }

  /** What the options mean for every task. */
  #setDefaults() {
    const { workers, concurrency = 1, maxQueue, overflow, name } = this.#settings.options;
    this.#defaults = new Defaults(this.#settings.options);
    // An elastic pool has room for as many as it may come to have; one that others have made has the size they gave it.
    const asked = workers !== undefined || this.#native === null;
    const most = asked ? this.#settings.workers.max : this.#native.size;
    this.#room.set({ places: most * concurrency, maxQueue, overflow, name });
    if (this.#caller !== null) this.#caller.outstanding.pool = this.#name;
  }

  #change(options) {
    const running = this.#native !== null && this.#native.staff > 0;
    const changed = this.#settings.change(options, { running, begun: this.#native !== null });
    if (changed.logging !== undefined) this.#setLog();
    if (this.#native !== null) {
      if ((changed.memory ?? changed.maxMemory) !== undefined) this.#limitMemory();
      if (changed.workers !== undefined) {
        this.#host.scale(this.#settings.workers);
        if (this.#caller.pending > 0) this.#host.staff();
      }
    }
    this.#setDefaults();
  }

  #ended() {
    if (!this.#restarts) this.#end();
    this.#log?.write('info', 'pool closed');
  }
}

/** The pool that belongs to everyone in the process; in a worker, the pool that the worker belongs to. */
function defaultPool() {
  const here = state();
  if (here !== null) return new Pool(undefined, () => native.Pool.of(here.pool), false);
  return new Pool(undefined, (size) => native.Pool.shared(size));
}

module.exports = { Pool, defaultPool };
