'use strict';

// Runs the rounds: in each of them every case is measured for every contestant in turn, each in a process of its own,
// and the turn begins with another contestant in each round, so that none is always first.

const { spawn } = require('node:child_process');
const os = require('node:os');
const path = require('node:path');
const { load } = require('../cases');

/** A process that takes longer than this is stuck, and its contestant is not asked again for the case in that run. */
const patience = 180_000;

/**
 * @param {object} order what `measure.js` is told
 * @param {string[]} flags
 * @returns {Promise<{ values?: Record<string, number>, error?: string, stuck?: boolean }>}
 */
function measure(order, flags) {
  return new Promise((resolve) => {
    const child = spawn(process.execPath, [...flags, path.join(__dirname, 'measure.js'), JSON.stringify(order)], {
      stdio: ['ignore', 'inherit', 'inherit', 'pipe'],
    });
    let text = '';
    let late = false;
    const timer = setTimeout(() => {
      late = true;
      child.kill('SIGKILL');
    }, patience);
    child.stdio[3].setEncoding('utf8').on('data', (chunk) => (text += chunk));
    child.on('error', (error) => resolve({ error: String(error) }));
    child.on('close', (code, signal) => {
      clearTimeout(timer);
      if (late) resolve({ error: `no result within ${patience / 1000} s, not asked again`, stuck: true });
      else if (text === '') resolve({ error: `ended without a result (${signal ?? `exit code ${code}`})` });
      else resolve(JSON.parse(text));
    });
  });
}

/**
 * The same names, beginning with another one each time.
 * @param {string[]} names
 * @param {number} by
 */
const rotate = (names, by) => names.map((_, i) => names[(i + by) % names.length]);

/**
 * @param {{ rounds: number, cases: string[], contestants: string[], workers: number, seconds: number, warmUp: number,
 *   quick: boolean }} options
 * @param {(line: string) => void} log
 */
async function runRounds(options, log) {
  const { rounds, cases, contestants, workers, seconds, warmUp, quick } = options;
  const samples = [];
  const load1 = [];
  const stuckAt = new Set();
  for (let round = 0; round < rounds; round++) {
    load1.push(Number(os.loadavg()[0].toFixed(2)));
    for (const caseId of cases) {
      const measured = load(caseId);
      const here = contestants.filter((name) => !measured.contestants || measured.contestants.includes(name));
      for (const contestant of rotate(here, round)) {
        if (stuckAt.has(`${caseId} ${contestant}`)) continue;
        const order = { case: caseId, contestant, workers, seconds, warmUp, quick };
        const { values = {}, error, stuck } = await measure(order, measured.nodeFlags ?? []);
        if (stuck) stuckAt.add(`${caseId} ${contestant}`);
        samples.push({ round, case: caseId, contestant, values, error });
        const figures = Object.entries(values).map(([metric, value]) => `${metric} ${value.toPrecision(4)}`);
        const outcome = error ? `FAILED ${error}` : figures.join(', ') || 'not supported';
        log(`round ${round + 1}/${rounds}  ${caseId}  ${contestant}  ${outcome}`);
      }
    }
  }
  return { samples, load1 };
}

module.exports = { runRounds };
