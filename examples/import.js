'use strict';
// Imports a large CSV file through map(): the main thread only reads blocks of whole lines, the workers parse them, check
// each row and sum them up. The file is read no faster than the workers follow, so that memory stays where it is however
// large the file.
//
//   node examples/import.js                     a file of 2,000,000 orders, made for the occasion
//   node examples/import.js --rows 20000000     ten times as many, in the same memory

const fs = require('node:fs');
const { once } = require('node:events');
const os = require('node:os');
const path = require('node:path');
const { parseArgs } = require('node:util');
const { Pool } = require('tasklets');
const { progressBar } = require('./progress.js');

/** About so many bytes are parsed at a time: some milliseconds of work. */
const BLOCK = 512 * 1024;

const HEADER = 'order,customer,country,quantity,price,note';
const COUNTRIES = ['DE', 'FR', 'IT', 'PT', 'SE'];

/** One order; some have a comma or a quote in their note, and one in a hundred a price that is no number. */
function row(number) {
  const customer = `customer ${(number * 7919) % 10_007}`;
  const price = number % 100 === 99 ? 'free' : ((number * 31) % 10_000) / 100;
  const note = number % 3 === 0 ? `"said ""now"", twice"` : '';
  return `${number},${customer},${COUNTRIES[number % COUNTRIES.length]},${(number % 9) + 1},${price},${note}\n`;
}

async function generate(file, rows) {
  const out = fs.createWriteStream(file);
  out.write(`${HEADER}\n`);
  for (let start = 0; start < rows; start += 10_000) {
    let text = '';
    for (let number = start; number < Math.min(rows, start + 10_000); number++) text += row(number);
    if (!out.write(text)) await once(out, 'drain');
  }
  out.end();
  await once(out, 'finish');
}

/** The file in blocks that end where lines do. No field of it has a line break in it. */
async function* blocksOf(file, onRead) {
  let rest = Buffer.alloc(0);
  for await (const bytes of fs.createReadStream(file, { highWaterMark: BLOCK })) {
    const end = bytes.lastIndexOf(10) + 1;
    if (end === 0) {
      rest = Buffer.concat([rest, bytes]);
      continue;
    }
    const block = Buffer.concat([rest, bytes.subarray(0, end)]);
    rest = bytes.subarray(end);
    onRead(block.length);
    yield block;
  }
  onRead(rest.length);
  if (rest.length > 0) yield rest;
}

/** The fields of a line; one in quotes may have commas in it, and quotes that are doubled. */
function fieldsOf(line) {
  if (!line.includes('"')) return line.split(',');
  const fields = [];
  for (const [, quoted, plain] of line.matchAll(/(?:^|,)(?:"((?:[^"]|"")*)"|([^,]*))/g)) {
    fields.push(quoted === undefined ? plain : quoted.replaceAll('""', '"'));
  }
  return fields;
}

/** What a block comes to. Runs on a worker. */
function summarise(block) {
  const summary = { rows: 0, refused: [], turnover: {} };
  for (const line of block.toString('utf8').split('\n')) {
    if (line === '' || line === HEADER) continue;
    const [order, , country, quantity, price] = fieldsOf(line);
    const cents = Math.round(Number(price) * 100) * Number(quantity);
    if (Number.isNaN(cents)) summary.refused.push(Number(order));
    else summary.turnover[country] = (summary.turnover[country] ?? 0) + cents;
    summary.rows++;
  }
  return summary;
}

/**
 * Imports the file. `ahead` is how many blocks had been read and not been parsed, at most.
 *
 * @param {Pool} pool
 * @param {string} file
 */
async function importFile(pool, file) {
  const { size } = fs.statSync(file);
  const progress = progressBar('importing');
  let read = 0;
  let ahead = 0;
  const total = { rows: 0, refused: 0, turnover: new Map(), blocks: 0, ahead: 0 };
  const blocks = blocksOf(file, (length) => {
    progress((read += length), size);
    total.blocks++;
    total.ahead = Math.max(total.ahead, ++ahead);
  });
  const onProgress = ({ completed }) => (ahead = total.blocks - completed);
  const summaries = await pool.map(blocks, summarise, { chunk: 1, onProgress });
  for (const { rows, refused, turnover } of summaries) {
    total.rows += rows;
    total.refused += refused.length;
    for (const [country, cents] of Object.entries(turnover)) {
      total.turnover.set(country, (total.turnover.get(country) ?? 0) + cents);
    }
  }
  return total;
}

const megabytes = (bytes) => `${(bytes / 2 ** 20).toFixed(0)} MB`;

async function main() {
  const { values } = parseArgs({
    options: { rows: { type: 'string', default: '2000000' }, workers: { type: 'string' } },
  });
  const rows = Number(values.rows);
  const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'tasklets-import-'));
  const file = path.join(folder, 'orders.csv');
  const pool = new Pool({ workers: values.workers === undefined ? 'auto' : Number(values.workers) });
  try {
    await generate(file, rows);
    console.log(`${rows} orders, ${megabytes(fs.statSync(file).size)}, ${pool.config().workers} workers\n`);
    const before = process.memoryUsage.rss();
    let peak = before;
    const watch = setInterval(() => (peak = Math.max(peak, process.memoryUsage.rss())), 20);
    const started = performance.now();
    const { rows: imported, refused, turnover, blocks, ahead } = await importFile(pool, file);
    const seconds = (performance.now() - started) / 1000;
    clearInterval(watch);
    console.log(`\n${imported} orders imported, ${refused} of them refused, in ${seconds.toFixed(1)} s`);
    for (const [country, cents] of [...turnover].sort())
      console.log(`  ${country} ${(cents / 100).toFixed(2).padStart(16)}`);
    console.log(`\nOf ${blocks} blocks, at most ${ahead} were read ahead of the workers.`);
    console.log(`The process had ${megabytes(before)} before, and ${megabytes(peak)} at most.`);
  } finally {
    await pool.shutdown();
    fs.rmSync(folder, { recursive: true });
  }
}

main();
