'use strict';

// An elastic pool under a load that rises and falls: twice with tasks that wait, once with tasks that compute. Prints how
// many tasks were lost (none, or it fails) and draws workers and backlog over time.
//
//   node bench/elastic.js [--seconds 8] [--out docs/elastic.svg]

const fs = require('node:fs');
const path = require('node:path');
const { parseArgs } = require('node:util');
const tasklets = require('..');
const { cpuCount } = require('../lib/cores.js');
const { timeline } = require('./lib/timeline.js');

const { values } = parseArgs({
  options: { seconds: { type: 'string', default: '8' }, out: { type: 'string', default: 'docs/elastic.svg' } },
});

/** How long each rise and fall lasts, and the pause after it, in ms. */
const hump = Number(values.seconds) * 1000;
const pause = hump / 2;
/** How long each task waits or computes, in ms. */
const LASTS = 25;
const SAMPLE = 50;

const cores = cpuCount();
const max = cores * 8;
const pool = new tasklets.Pool({ workers: { min: 1, max, idleTimeout: 1000 } });

const wait = pool.task((ms) => Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, ms));
const compute = pool.task((ms) => {
  const end = performance.now() + ms;
  let sum = 0;
  while (performance.now() < end) for (let n = 0; n < 1000; n++) sum += Math.sqrt(n);
  return sum > 0;
});

/** What comes one after the other: tasks at a rate that rises to `peak` a second and falls again. */
const phases = [
  { name: 'waiting', call: wait, peak: (max * 0.8 * 1000) / LASTS },
  { name: 'waiting again', call: wait, peak: (max * 0.4 * 1000) / LASTS },
  { name: 'computing', call: compute, peak: (cores * 1.1 * 1000) / LASTS },
];

const seen = { workers: 0, most: 0, started: 0, ended: 0, submitted: 0, settled: 0, failed: 0 };
pool.on('workerStart', () => {
  seen.started++;
  seen.most = Math.max(seen.most, ++seen.workers);
});
pool.on('workerExit', () => {
  seen.ended++;
  seen.workers--;
});

const settled = () => seen.settled++;
const failed = () => {
  seen.settled++;
  seen.failed++;
};

const sleep = (ms) => new Promise((resolve) => setTimeout(resolve, ms));

async function main() {
  const begun = performance.now();
  const samples = [];
  const marks = [];
  const sampling = setInterval(() => {
    const at = (performance.now() - begun) / 1000;
    const { submitted, settled: done } = seen;
    // What is outstanding and not running waits; each worker runs one.
    samples.push({ at, workers: seen.workers, backlog: Math.max(0, submitted - done - seen.workers) });
  }, SAMPLE);

  const figures = [];
  for (const { name, call, peak } of phases) {
    const from = performance.now();
    const before = { ...seen };
    seen.most = seen.workers;
    marks.push({ at: (from - begun) / 1000, name });
    for (let due = 0, now = 0; now < hump; now = performance.now() - from) {
      // Half a period of a sine: the integral of the rate tells how many should have come until now.
      const until = (peak / 1000) * (hump / Math.PI) * (1 - Math.cos((Math.PI * now) / hump));
      for (; due < until; due++) {
        seen.submitted++;
        call(LASTS).then(settled, failed);
      }
      await sleep(2);
    }
    while (seen.settled < seen.submitted) await sleep(10);
    await sleep(pause);
    figures.push({
      load: name,
      tasks: seen.submitted - before.submitted,
      'most workers': seen.most,
      started: seen.started - before.started,
      ended: seen.ended - before.ended,
    });
  }
  clearInterval(sampling);
  await pool.shutdown();

  console.table(figures);
  const lost = seen.submitted - seen.settled;
  console.log(`${seen.submitted} tasks on ${cores} cores: ${lost} lost, ${seen.failed} failed`);
  const title = `An elastic pool of 1 to ${max} workers on ${cores} cores: ${seen.submitted} tasks, ${lost} lost`;
  fs.writeFileSync(path.resolve(values.out), timeline({ title, samples, marks }));
  if (lost > 0 || seen.failed > 0) process.exitCode = 1;
}

void main();
