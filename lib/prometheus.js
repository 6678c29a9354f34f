'use strict';
// Metrics as Prometheus reads them: its text format, version 0.0.4.

/** @typedef {[name: string, labels: Record<string, string | number>, value: number]} Sample */

const escape = (text) => String(text).replace(/\\/g, '\\\\').replace(/\n/g, '\\n').replace(/"/g, '\\"');

function number(value) {
  if (value === Infinity) return '+Inf';
  return Number.isFinite(value) ? String(value) : 'NaN';
}

function line([name, labels, value]) {
  const pairs = Object.entries(labels).map(([label, text]) => `${label}="${escape(text)}"`);
  return `${name}{${pairs.join(',')}} ${number(value)}\n`;
}

/** Milliseconds to seconds, without the digits that a division adds. */
const seconds = (ms) => Number((ms / 1000).toPrecision(12));

/** The samples of one histogram. */
function histogram(name, labels, { buckets, count, sum }) {
  return [
    ...buckets.map(({ le, count: below }) => [`${name}_bucket`, { ...labels, le: number(seconds(le)) }, below]),
    [`${name}_bucket`, { ...labels, le: '+Inf' }, count],
    [`${name}_sum`, labels, seconds(sum)],
    [`${name}_count`, labels, count],
  ];
}

/**
 * All families: name, type, what it is, and its samples.
 *
 * @param {import('../index.js').Metrics} metrics
 * @returns {[name: string, type: string, help: string, samples: any[]][]}
 */
function families({ name, tasks, queue, latency, byTask, workers, errors, crashed }) {
  const pool = { pool: name };
  const { submitted, refused, outstanding, running, ...ended } = tasks;
  const byName = Object.entries(byTask);
  const each = (values, label, family) =>
    Object.entries(values).map(([key, n]) => [family, { ...pool, [label]: key }, n]);
  const states = { busy: 0, idle: 0 };
  for (const { state } of workers) states[state]++;
  const memories = workers.filter(({ memory }) => memory !== null);
  const one = (family, value) => [[family, pool, value]];
  const of = (family, task, durations) => histogram(family, { ...pool, task }, durations);
  /** @type {[string, string, string, (name: string) => any[]][]} */
  const all = [
    ['tasklets_tasks_submitted_total', 'counter', 'Tasks submitted by this thread.', (n) => one(n, submitted)],
    ['tasklets_tasks_refused_total', 'counter', 'Tasks refused because the queue was full.', (n) => one(n, refused)],
    [
      'tasklets_tasks_ended_total',
      'counter',
      'Tasks of this thread that ended, by outcome.',
      (n) => each(ended, 'outcome', n),
    ],
    ['tasklets_tasks_outstanding', 'gauge', 'Tasks of this thread that have not settled.', (n) => one(n, outstanding)],
    ['tasklets_tasks_running', 'gauge', 'Tasks that run now.', (n) => one(n, running)],
    [
      'tasklets_errors_total',
      'counter',
      'Errors that tasks of this thread ended with, by class.',
      (n) => each(errors, 'class', n),
    ],
    ['tasklets_queue_size', 'gauge', 'Tasks of this thread that wait.', (n) => one(n, queue.size)],
    ['tasklets_queue_limit', 'gauge', 'How many may wait.', (n) => one(n, queue.limit)],
    ['tasklets_queue_held_back', 'gauge', 'Tasks held back beyond the limit.', (n) => one(n, queue.heldBack)],
    ['tasklets_workers', 'gauge', 'Workers, by what they do.', (n) => each(states, 'state', n)],
    [
      'tasklets_worker_crashes_total',
      'counter',
      'Workers that ended although they were to go on.',
      (n) => one(n, crashed),
    ],
    [
      'tasklets_task_latency_seconds',
      'histogram',
      'From the call of a task to its end.',
      (n) => histogram(n, pool, latency),
    ],
    [
      'tasklets_task_waiting_seconds',
      'histogram',
      'From the call of a task to its start.',
      (n) => byName.flatMap(([task, { waiting }]) => of(n, task, waiting)),
    ],
    [
      'tasklets_task_running_seconds',
      'histogram',
      'From the start of a task to its end.',
      (n) => byName.flatMap(([task, { running: ran }]) => of(n, task, ran)),
    ],
    [
      'tasklets_worker_event_loop_delay_seconds',
      'histogram',
      'How long tasks held the event loop of a worker.',
      (n) => workers.flatMap(({ id, eventLoopDelay }) => histogram(n, { ...pool, worker: id }, eventLoopDelay)),
    ],
    [
      'tasklets_worker_memory_bytes',
      'gauge',
      'Memory of a worker.',
      (n) =>
        memories.flatMap(({ id, memory }) =>
          Object.entries(memory ?? {}).map(([kind, bytes]) => [n, { ...pool, worker: id, kind }, bytes]),
        ),
    ],
  ];
  return all.map(([family, type, help, samples]) => [family, type, help, samples(family)]);
}

/** @param {import('../index.js').Metrics} metrics */
function prometheusOf(metrics) {
  let text = '';
  for (const [name, type, help, samples] of families(metrics)) {
    if (samples.length === 0) continue;
    text += `# HELP ${name} ${help}\n# TYPE ${name} ${type}\n`;
    for (const sample of samples) text += line(sample);
  }
  return text;
}

module.exports = { prometheusOf };
