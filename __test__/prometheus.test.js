'use strict';
// Metrics as Prometheus reads them, checked by the rules of its text format.

const assert = require('node:assert/strict');
const { afterEach, describe, it } = require('node:test');
const tasklets = require('..');

const { Pool } = tasklets;
let pool;
afterEach(() => pool?.kill());

const NAME = '[a-zA-Z_:][a-zA-Z0-9_:]*';
const LABEL = '[a-zA-Z_][a-zA-Z0-9_]*="(?:[^"\\\\\\n]|\\\\[\\\\n"])*"';
const SAMPLE = new RegExp(`^(${NAME})(?:\\{((?:${LABEL},?)*)\\})? (\\S+)$`);
const SUFFIXES = ['_bucket', '_sum', '_count'];

/** What a scraper makes of the text: by family its type, help and samples. Throws where it breaks a rule. */
function parse(text) {
  assert.ok(text.endsWith('\n'), 'the last line has an end');
  const families = new Map();
  let family;
  const seen = new Set();
  for (const line of text.slice(0, -1).split('\n')) {
    const comment = new RegExp(`^# (HELP|TYPE) (${NAME}) (.+)$`).exec(line);
    if (comment !== null) {
      const [, what, name, rest] = comment;
      if (what === 'HELP') {
        assert.ok(!families.has(name), `${name} is described once`);
        family = { name, help: rest, type: undefined, samples: [] };
        families.set(name, family);
      } else {
        assert.equal(name, family.name, 'the type follows the help');
        assert.equal(family.samples.length, 0, 'and comes before the samples');
        assert.ok(['counter', 'gauge', 'histogram'].includes(rest), rest);
        family.type = rest;
      }
      continue;
    }
    const sample = SAMPLE.exec(line);
    assert.notEqual(sample, null, `'${line}' is a sample`);
    const [, name, labels = '', value] = sample;
    const suffix = family.type === 'histogram' ? SUFFIXES.find((end) => name === family.name + end) : '';
    assert.equal(name, family.name + suffix, 'samples follow their family');
    assert.ok(!seen.has(`${name}{${labels}}`), `${name}{${labels}} comes once`);
    seen.add(`${name}{${labels}}`);
    assert.match(value, /^(?:[+-]?Inf|NaN|-?\d+(?:\.\d+)?(?:e[+-]?\d+)?)$/);
    const pairs = [...labels.matchAll(/([^=,]+)="((?:[^"\\]|\\.)*)"/g)].map(([, label, raw]) => [
      label,
      raw.replace(/\\(.)/g, (_, letter) => (letter === 'n' ? '\n' : letter)),
    ]);
    family.samples.push({ name, labels: Object.fromEntries(pairs), value: Number(value.replace('Inf', 'Infinity')) });
  }
  for (const { name, type, samples } of families.values()) {
    if (type === 'counter') assert.match(name, /_total$/);
    if (type === 'histogram') checkHistogram(name, samples);
  }
  return families;
}

function checkHistogram(name, samples) {
  const series = new Map();
  for (const sample of samples) {
    const { le, ...labels } = sample.labels;
    const key = JSON.stringify(labels);
    if (!series.has(key)) series.set(key, { buckets: [] });
    const one = series.get(key);
    if (sample.name === `${name}_bucket`) one.buckets.push([Number(le.replace('Inf', 'Infinity')), sample.value]);
    else one[sample.name.slice(name.length + 1)] = sample.value;
  }
  for (const [key, { buckets, count, sum }] of series) {
    for (let i = 1; i < buckets.length; i++) {
      assert.ok(buckets[i][0] > buckets[i - 1][0] && buckets[i][1] >= buckets[i - 1][1], `${name}${key} adds up`);
    }
    assert.deepEqual(buckets.at(-1), [Infinity, count], `${name}${key} ends with all of them`);
    assert.ok(sum >= 0);
  }
}

describe('prometheus()', () => {
  it('keeps to the format before the first task and after many, whatever they are called', async () => {
    pool = new Pool({ workers: 2, name: 'a "pool" \\ of\nmine', maxQueue: 5 });
    parse(pool.metrics.prometheus());
    const named = ['render', 'with "quotes"', 'back\\slash', 'two\nlines', 'ünïcode €'];
    await Promise.all(named.map((name) => pool.run(() => 1, { name })));
    await assert.rejects(
      pool.run(() => {
        throw Object.assign(Object.create(null), { name: 'Odd "name"' });
      }),
    );
    const families = parse(pool.metrics.prometheus());
    const running = families.get('tasklets_task_running_seconds');
    const names = new Set(running.samples.map(({ labels }) => labels.task));
    for (const name of named) assert.ok(names.has(name), name);
    for (const { labels } of running.samples) assert.equal(labels.pool, 'a "pool" \\ of\nmine');
    const errors = families.get('tasklets_errors_total').samples;
    assert.deepEqual(
      errors.map(({ labels, value }) => [labels.class, value]),
      [['Odd "name"', 1]],
    );
  });

  it('tells what getMetrics tells', async () => {
    pool = new Pool({ workers: 1, maxQueue: 7, name: 'own' });
    await pool.run(
      () => {
        const end = performance.now() + 20;
        while (performance.now() < end);
      },
      { name: 'spin' },
    );
    const families = parse(pool.metrics.prometheus());
    const value = (name, labels = {}) => {
      const found = families
        .get(name.replace(/_(bucket|sum|count)$/, ''))
        .samples.find(
          (sample) => sample.name === name && Object.entries(labels).every(([k, v]) => sample.labels[k] === v),
        );
      return found.value;
    };
    assert.equal(value('tasklets_tasks_ended_total', { outcome: 'succeeded' }), 1);
    assert.equal(value('tasklets_queue_limit', { pool: 'own' }), 7);
    assert.equal(value('tasklets_task_running_seconds_count', { task: 'spin' }), 1);
    const sum = value('tasklets_task_running_seconds_sum', { task: 'spin' });
    assert.ok(sum >= 0.0198 && sum < 10, `${sum} are seconds`);
    assert.equal(value('tasklets_task_running_seconds_bucket', { task: 'spin', le: '0.01' }), 0);
    assert.equal(families.get('tasklets_worker_memory_bytes').type, 'gauge');
  });

  it('is there for the default pool', async () => {
    await tasklets.run(() => 1);
    assert.ok(parse(tasklets.metrics.prometheus()).has('tasklets_tasks_submitted_total'));
    await tasklets.shutdown();
  });
});
