'use strict';
// The fault matrix: tasks of every kind, with everything at once done to them, their workers and their pools at random.
// Each settles once and as it may, nothing is left over, and the process ends by itself.

const assert = require('node:assert/strict');
const { spawn } = require('node:child_process');
const path = require('node:path');
const { it } = require('node:test');

const program = path.join(__dirname, 'fixtures', 'matrix', 'program.js');
/** A million under `npm run test:deep`. */
const TASKS = Number(process.env.TASKLETS_TASKS ?? 10_000);
const HANG = 120_000 + TASKS * 2;

/** Runs it to its end; one that does not end is killed, which its signal tells. */
function run(seed) {
  return new Promise((resolve, reject) => {
    const child = spawn(process.execPath, [program, String(TASKS), String(seed)], {
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    let output = '';
    let errors = '';
    child.stdout.on('data', (data) => (output += data));
    child.stderr.on('data', (data) => (errors += data));
    const watch = setTimeout(() => child.kill('SIGKILL'), HANG);
    child.on('error', reject);
    child.on('close', (code, signal) => {
      clearTimeout(watch);
      resolve({ code, signal, output, errors });
    });
  });
}

it(`${TASKS} tasks of every kind settle as they may, whatever happens`, { timeout: HANG + 60_000 }, async (t) => {
  const seed = Number(process.env.TASKLETS_SEED ?? Date.now() % 2 ** 31);
  t.diagnostic(`TASKLETS_SEED=${seed}`);
  const { code, signal, output, errors } = await run(seed);
  assert.equal(signal, null, `it hangs\n${output}\n${errors}`);
  assert.equal(code, 0, errors);
  const { complaints, often, listeners, innocent, workers, crashed, scarce, untold, before, after, tally } =
    JSON.parse(output);
  t.diagnostic(JSON.stringify({ innocent, crashed, scarce, ...tally }));
  assert.deepEqual(complaints, []);
  assert.equal(often, 0, 'tasks that settled never or twice');
  assert.equal(listeners, 0, 'listeners on a signal that all followed');
  assert.ok(innocent < TASKS * 0.05, `${innocent} tasks were taken along by others`);
  assert.equal(workers, 0, 'workers whose end nobody was told');
  assert.ok(crashed > 0);
  assert.equal(untold, 0, 'tasks whose start or end the channels did not tell, or twice');
  for (const what of ['threads', 'files', 'listeners', 'records']) {
    assert.ok(after[what] <= before[what], `${what}: ${after[what]}, and ${before[what]} before`);
  }
});
