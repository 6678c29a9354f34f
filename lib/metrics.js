'use strict';
// What a pool tells of itself: its metrics, and its health, which follows from them.

const os = require('node:os');
const { Outcome } = require('./frame.js');
const native = require('./native.js');

/** Upper bounds of the buckets of all durations, in ms. */
const bounds = native.durationBounds();

/** The share of failed tasks, of late, from which on a pool is not well, where at least so many have ended. */
const DEGRADED_RATE = 0.05;
const UNHEALTHY_RATE = 0.5;
const ENOUGH = 20;
/** The share of its memory from which on it is not well. */
const SCARCE = 0.9;
/** Milliseconds for which a crash counts. */
const RECENT = 60_000;

const empty = () => native.summaryOf(new native.Pool(1));

/** @param {any} durations */
function durationsOf({ buckets, ...rest }) {
  return { ...rest, buckets: buckets.map((count, index) => ({ le: bounds[index], count })) };
}

/**
 * @typedef {object} Parts what the metrics are made of; `caller` and `native` are null before the first task
 * @property {any} native the native pool
 * @property {import('./caller.js').Caller | null} caller
 * @property {import('./host.js').Host | null} host
 * @property {import('./room.js').Room} room
 * @property {import('./history.js').History} history
 * @property {boolean} closed
 * @property {string} name
 */

/**
 * @param {Parts} parts
 * @returns {import('../index.js').Metrics}
 */
function metricsOf({ native: pool, caller, host, room, history, closed, name }) {
  const summary = pool === null ? empty() : native.summaryOf(pool);
  const [submitted = 0, ...ended] = caller?.counts() ?? [];
  const count = (outcome) => ended[outcome] ?? 0;
  const heaps = host?.heaps() ?? new Map();
  const workers = summary.workers.map(({ id, tasks, busy, waiting, running, held }) => ({
    id,
    state: /** @type {'busy' | 'idle'} */ (tasks > 0 ? 'busy' : 'idle'),
    tasks,
    busyFor: busy,
    waiting: durationsOf(waiting),
    running: durationsOf(running),
    eventLoopDelay: durationsOf(held),
    memory: heaps.get(id) ?? null,
  }));
  const running = workers.reduce((sum, { tasks }) => sum + tasks, 0);
  return {
    name,
    tasks: {
      submitted,
      succeeded: count(Outcome.VALUE),
      failed: count(Outcome.ERROR),
      cancelled: count(Outcome.CANCELLED),
      timedOut: count(Outcome.TIMED_OUT),
      expired: count(Outcome.EXPIRED),
      lost: [Outcome.WORKER_EXITED, Outcome.TAKEN_DOWN, Outcome.POOL_DIED, Outcome.UNDELIVERED].reduce(
        (sum, outcome) => sum + count(outcome),
        0,
      ),
      refused: room.refused,
      outstanding: caller?.pending ?? 0,
      running,
    },
    queue: {
      size: room.size,
      backlog: pool?.backlog ?? 0,
      limit: room.maxQueue,
      heldBack: room.heldBack,
      history: history.read(!closed),
    },
    latency: durationsOf(summary.latency),
    byTask: Object.fromEntries(
      summary.tasks.map(({ name, ended, waiting, running }) => [
        name,
        { ended, waiting: durationsOf(waiting), running: durationsOf(running) },
      ]),
    ),
    workers,
    errors: caller?.tally.classes ?? {},
    crashed: host?.crashes ?? 0,
  };
}

/** @param {Parts} parts */
function healthOf({ native: pool, caller, host, room, closed }) {
  const summary = pool === null ? empty() : native.summaryOf(pool);
  const active = summary.workers.filter(({ tasks }) => tasks > 0).length;
  const since = Date.now() - RECENT;
  const recentCrashes = host?.crashesSince(since) ?? 0;
  const recent = caller?.tally.recent ?? 0;
  const ended = Math.max(summary.recent, recent);
  const rate = ended === 0 ? 0 : recent / ended;
  let used = 0;
  for (const { heapTotal, external } of host?.heaps().values() ?? []) used += heapTotal + external;
  const limit = pool?.memoryLimit ?? 0;
  const free = os.freemem();
  const available = limit > 0 ? Math.max(0, Math.min(free, limit - used)) : free;
  const enough = ended >= ENOUGH;
  let status = 'healthy';
  if (recentCrashes > 0 || (enough && rate >= DEGRADED_RATE) || room.isFull || (limit > 0 && used >= limit * SCARCE)) {
    status = 'degraded';
  }
  if (closed || (enough && rate >= UNHEALTHY_RATE) || (host !== null && host.cannotStart)) status = 'unhealthy';
  const { p50, p95, p99 } = summary.latency;
  return {
    status,
    workers: { active, idle: summary.workers.length - active, crashed: host?.crashes ?? 0 },
    memory: { used, available },
    latency: { p50, p95, p99 },
    errors: { rate, recent },
  };
}

module.exports = { bounds, healthOf, metricsOf };
