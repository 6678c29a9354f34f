'use strict';
// Under load, with workers dying at random: every one of 100,000 tasks settles exactly once, as it should.

const assert = require('node:assert/strict');
const { it } = require('node:test');
const { AbortError, Pool, TimeoutError, WorkerExitedError } = require('..');
const { alive } = require('./fixtures/alive.js');
const { random } = require('./fixtures/random.js');

const TASKS = 100_000;
/** So many are outstanding at a time. */
const WINDOW = 500;

const kinds = {
  returns: (n) => n,
  'returns later': async (n) => {
    await new Promise((resolve) => setImmediate(resolve));
    return n;
  },
  'returns an object': (n) => ({ n, list: [n, `${n}`] }),
  throws: (n) => {
    throw new RangeError(`of ${n}`);
  },
  'throws later': async (n) => {
    await null;
    throw new RangeError(`of ${n}`);
  },
  exits: () => process.exit(1),
  'exits later': () => new Promise(() => setImmediate(() => process.exit(2))),
  'throws astray': () =>
    new Promise(() => {
      setImmediate(() => {
        throw new Error('astray');
      });
    }),
  loops: () => {
    for (;;);
  },
  'never settles': () => new Promise(() => {}),
};

/** What kills a worker costs tens of milliseconds: a few of each are enough to meet with everything else. */
const fatal = { exits: 0.0006, 'exits later': 0.0004, 'throws astray': 0.0004, loops: 0.0004, 'never settles': 0.0004 };

function kindOf(next) {
  let share = next();
  for (const [kind, part] of Object.entries(fatal)) {
    share -= part;
    if (share < 0) return kind;
  }
  const usual = ['returns', 'returns', 'returns', 'returns later', 'returns an object', 'throws', 'throws later'];
  return usual[Math.floor(next() * usual.length)];
}

/** Whether an outcome is one that a task of this kind may have. A worker that dies takes what runs in it along. */
function isRight(kind, n, { status, value, reason }, cancelled) {
  if (cancelled && reason instanceof AbortError) return true;
  if (kind === 'returns' || kind === 'returns later') {
    return value === n || (status === 'rejected' && reason instanceof WorkerExitedError);
  }
  if (kind === 'returns an object') return value?.n === n && value.list[1] === `${n}`;
  if (kind === 'throws' || kind === 'throws later') {
    return reason instanceof RangeError ? reason.message === `of ${n}` : reason instanceof WorkerExitedError;
  }
  if (kind === 'loops' || kind === 'never settles') return reason instanceof TimeoutError;
  return reason instanceof WorkerExitedError;
}

it('100,000 tasks settle exactly once', { timeout: 300_000 }, async (t) => {
  const next = random(t);
  const pool = new Pool({ workers: 2 });
  const calls = Object.fromEntries(Object.entries(kinds).map(([kind, fn]) => [kind, pool.task(fn, { name: kind })]));
  const settled = new Uint8Array(TASKS);
  const wrong = [];
  let started = 0;
  let cancels = 0;

  async function one(n) {
    const kind = kindOf(next);
    let call = calls[kind];
    if (kind === 'loops' || kind === 'never settles') call = call.with({ timeout: 1 + next() * 10 });
    let signal;
    if (next() < 0.01) {
      signal = new AbortController();
      call = call.with({ signal: signal.signal, timeout: 60_000 });
    }
    const task = call(n);
    // Each of its reactions counts: one that came twice would show.
    const settle = () => settled[n]++;
    const outcome = task.then(
      (value) => (settle(), { status: 'fulfilled', value }),
      (reason) => (settle(), { status: 'rejected', reason }),
    );
    let cancelled = false;
    // A timeout of a minute replaced the short one: these have to be cancelled.
    const must = signal !== undefined && (kind === 'loops' || kind === 'never settles');
    if (must || next() < 0.01) {
      cancelled = true;
      cancels++;
      if (next() < 0.5) await new Promise(setImmediate);
      if (signal === undefined) task.cancel('stress');
      else signal.abort('stress');
    }
    const ended = await outcome;
    if (!isRight(kind, n, ended, cancelled)) wrong.push({ n, kind, cancelled, ...ended });
  }

  async function lane() {
    while (started < TASKS) await one(started++);
  }

  await Promise.all(Array.from({ length: WINDOW }, lane));
  assert.deepEqual(wrong.slice(0, 5), []);
  assert.ok(settled.every((count) => count === 1));
  assert.ok(cancels > 0);
  await alive(pool);
  await pool.shutdown();
});

it('tasks that were all queued at once settle exactly once', { timeout: 300_000 }, async (t) => {
  const next = random(t);
  const pool = new Pool({ workers: 2 });
  const calls = Object.fromEntries(Object.entries(kinds).map(([kind, fn]) => [kind, pool.task(fn, { name: kind })]));
  const count = 20_000;
  const drawn = Array.from({ length: count }, () => kindOf(next));
  const tasks = drawn.map((kind, n) => {
    const call = kind === 'loops' || kind === 'never settles' ? calls[kind].with({ timeout: 5 }) : calls[kind];
    return call(n);
  });
  const cancelled = new Set();
  for (let i = 0; i < 200; i++) {
    const n = Math.floor(next() * count);
    if (tasks[n].cancel('stress')) cancelled.add(n);
  }
  const outcomes = await Promise.allSettled(tasks);
  const wrong = outcomes.filter((outcome, n) => !isRight(drawn[n], n, outcome, cancelled.has(n)));
  assert.deepEqual(wrong.slice(0, 5), []);
  await alive(pool);
  await pool.shutdown();
});
