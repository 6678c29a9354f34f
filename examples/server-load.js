'use strict';
// Loads examples/server.js with autocannon, once without the pool and once with it, and says how long the event loop kept
// everybody waiting meanwhile, as a table and, where a file is named, as a plot.
//
//   node examples/server-load.js
//   node examples/server-load.js --seconds 10 --connections 20 --rows 1000 --plot docs/event-loop.svg

const { fork } = require('node:child_process');
const { once } = require('node:events');
const fs = require('node:fs');
const path = require('node:path');
const { parseArgs } = require('node:util');
const autocannon = require('autocannon');
const { plotDelays } = require('./server-plot.js');

const server = path.join(__dirname, 'server.js');

/** @typedef {{ title: string, samples: { at: number, delay: number }[], result: any }} Round */

/**
 * Loads a server of its own process.
 *
 * @returns {Promise<Round>}
 */
async function measure(title, flags, { seconds, connections, rows }) {
  const child = fork(server, ['--port', '0', ...flags], { stdio: ['ignore', 'ignore', 'inherit', 'ipc'] });
  const [{ address }] = /** @type {[{ address: string }]} */ (await once(child, 'message'));
  const load = (duration) => autocannon({ url: `${address}/report/${rows}`, connections, duration, timeout: 60 });
  // Code is compiled and workers are started before anything counts.
  await load(1);
  const started = performance.now();
  const samples = [];
  child.on('message', (/** @type {any} */ { delay }) =>
    samples.push({ at: (performance.now() - started) / 1000, delay }),
  );
  const result = await load(seconds);
  child.disconnect();
  const [code] = await once(child, 'exit');
  if (code !== 0) throw new Error(`The server ended with code ${code}`);
  return { title, samples, result };
}

const quantile = (sorted, share) => sorted[Math.min(sorted.length - 1, Math.floor(share * sorted.length))] ?? 0;

function print({ title, samples, result }) {
  const delays = samples.map(({ delay }) => delay).sort((a, b) => a - b);
  const cells = [
    title.padEnd(14),
    result.requests.average.toFixed(0).padStart(10),
    `${result.latency.p50} ms`.padStart(12),
    `${result.latency.p99} ms`.padStart(12),
    `${quantile(delays, 0.5).toFixed(1)} ms`.padStart(12),
    `${quantile(delays, 0.99).toFixed(1)} ms`.padStart(12),
    String(result.errors + result.non2xx).padStart(8),
  ];
  console.log(cells.join(''));
}

async function main() {
  const { values } = parseArgs({
    options: {
      seconds: { type: 'string', default: '10' },
      connections: { type: 'string', default: '20' },
      rows: { type: 'string', default: '1000' },
      plot: { type: 'string' },
    },
  });
  const size = { seconds: Number(values.seconds), connections: Number(values.connections), rows: Number(values.rows) };
  console.log(`${size.connections} connections for ${size.seconds} s, ${size.rows} rows a page\n`);
  console.log('                requests/s  latency p50 latency p99   delay p50   delay p99  failed');
  const rounds = [];
  for (const [title, flags] of [
    ['without a pool', ['--without-pool']],
    ['with the pool', []],
  ]) {
    const round = await measure(title, flags, size);
    print(round);
    rounds.push(round);
  }
  if (values.plot !== undefined) fs.writeFileSync(values.plot, plotDelays(rounds, size));
}

main();
