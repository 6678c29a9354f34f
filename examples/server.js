'use strict';
// A web server that renders its pages in the pool, so that its event loop stays free for everybody else. A page is not
// rendered for a client that has gone, nor for one that would have had to wait too long.
//
//   node examples/server.js --port 3000        then: curl localhost:3000/report/1000
//   node examples/server.js --without-pool     the same on the main thread, to compare (examples/server-load.js does)

const os = require('node:os');
const { createHash } = require('node:crypto');
const { parseArgs } = require('node:util');
const fastify = require('fastify');
const tasklets = require('tasklets');

/** How long a page may wait for a worker, and how long it may take then, in ms. */
const PATIENCE = 5_000;
const TIMEOUT = 10_000;
/** After so many rows it is asked whether anybody still wants them. */
const STEP = 500;
/** How often the event loop's delay is reported, and how finely it is looked at, in ms. */
const WINDOW = 100;
const RESOLUTION = 5;

/** The orders of a report: the same for the same number of rows. */
function orders(count, ask) {
  const names = ['Ada', 'Béla', 'Chloë', 'Dmitri & Söhne', '<Eve>', 'Fatma'];
  const all = [];
  let seed = count;
  for (let number = 0; number < count; number++) {
    ask(number);
    seed = (Math.imul(seed, 1_103_515_245) + 12_345) & 0x7fffffff;
    const day = new Date(1e12 + seed * 100);
    all.push({ number, customer: names[seed % names.length], cents: seed % 100_000, day });
  }
  return all;
}

/** What costs the time: sorts, groups, formats and escapes, as templates do. Runs on a worker as it stands. */
function render(count) {
  const escape = (text) => text.replace(/[&<>"]/g, (sign) => `&#${sign.charCodeAt(0)};`);
  const money = new Intl.NumberFormat('en', { style: 'currency', currency: 'EUR' });
  const date = new Intl.DateTimeFormat('en', { dateStyle: 'long' });
  const { signal } = tasklets.current ?? {};
  const ask = (row) => {
    if (row % STEP === 0) signal?.throwIfAborted();
  };
  const all = orders(count, ask).sort((a, b) => b.cents - a.cents || a.number - b.number);
  const totals = new Map();
  for (const { customer, cents } of all) totals.set(customer, (totals.get(customer) ?? 0) + cents);
  const row = ({ number, customer, cents, day }) =>
    `<tr><td>${number}</td><td>${escape(customer)}</td><td>${money.format(cents / 100)}</td><td>${date.format(day)}</td></tr>`;
  const rows = all.map((order, index) => {
    ask(index);
    return row(order);
  });
  const sums = [...totals].map(([customer, cents]) => `<li>${escape(customer)}: ${money.format(cents / 100)}</li>`);
  const html = `<!doctype html><title>Orders</title><ul>${sums.join('')}</ul><table>${rows.join('')}</table>`;
  return { html, etag: `"${createHash('sha256').update(html).digest('base64url')}"` };
}

/** A signal that aborts when the client goes away before it has its answer. */
function whileConnected({ raw }) {
  const controller = new AbortController();
  raw.once('close', () => {
    if (!raw.writableFinished) controller.abort(new Error('The client has gone'));
  });
  return controller.signal;
}

/**
 * @param {tasklets.Pool | null} pool null: it renders on the main thread
 * @param {{ patience?: number }} [options]
 */
function createServer(pool, { patience = PATIENCE } = {}) {
  const app = fastify();
  const inPool = pool?.task(render, { timeout: TIMEOUT });
  const page = (reply, rows) =>
    inPool === undefined ? render(rows) : inPool.with({ signal: whileConnected(reply), deadline: patience })(rows);

  app.get('/report/:rows', async (request, reply) => {
    const { rows } = /** @type {{ rows: string }} */ (request.params);
    const { html, etag } = await page(reply, Number(rows));
    reply.type('text/html; charset=utf-8').header('etag', etag);
    return html;
  });
  app.get('/health', async () => 'ok');

  app.setErrorHandler((error, _request, reply) => {
    const { code, message } = /** @type {{ code?: string, message: string }} */ (error);
    if (code === 'ERR_TASKLETS_DEADLINE') return reply.code(503).header('retry-after', '5').send('busy\n');
    // Nobody is there to read it.
    if (code === 'ERR_TASKLETS_ABORTED') return reply.code(499).send();
    return reply.code(500).send(`${message}\n`);
  });
  return app;
}

/** Tells the process that started this one how long the event loop kept others waiting at most, every so often. */
function reportDelay() {
  let last = performance.now();
  let longest = 0;
  let reported = last;
  const timer = setInterval(() => {
    const now = performance.now();
    longest = Math.max(longest, now - last - RESOLUTION);
    last = now;
    if (now - reported < WINDOW) return;
    // Whoever listened may be gone.
    process.send({ delay: longest }, () => {});
    reported = now;
    longest = 0;
  }, RESOLUTION);
  process.once('disconnect', () => clearInterval(timer));
}

async function main() {
  const { values } = parseArgs({
    options: {
      port: { type: 'string', default: '3000' },
      workers: { type: 'string' },
      'without-pool': { type: 'boolean' },
    },
  });
  // One core is left to the event loop.
  const workers = Number(values.workers ?? Math.max(1, os.availableParallelism() - 1));
  const pool = values['without-pool'] ? null : new tasklets.Pool({ workers, name: 'pages' });
  const app = createServer(pool);
  const address = await app.listen({ port: Number(values.port) });
  console.log(`Listening at ${address}, ${pool === null ? 'without a pool' : `${workers} workers`}`);
  const close = async () => {
    await app.close();
    await pool?.shutdown();
  };
  process.once('SIGTERM', close);
  process.once('SIGINT', close);
  if (!process.send) return;
  process.send({ address });
  reportDelay();
  process.once('disconnect', close);
}

if (require.main === module) main();

module.exports = { createServer };
