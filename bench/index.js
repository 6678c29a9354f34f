'use strict';

// `npm run bench`: sets up what is missing, runs the rounds, prints the table, and keeps the figures and the plot.

const { readFileSync, writeFileSync } = require('node:fs');
const path = require('node:path');
const { ours } = require('./contestants');
const { parse, usage } = require('./lib/options');
const { machine } = require('./lib/machine');
const { plot } = require('./lib/plot');
const { readmeAgrees, writeReadme } = require('./lib/readme');
const { collect, read, write } = require('./lib/results');
const { report } = require('./lib/table');
const { runRounds } = require('./lib/rounds');
const { buildAddon, installPeers, versionOf } = require('./lib/setup');
const { soak } = require('./lib/soak');

const resultsPath = path.join(__dirname, 'results.json');
const plotPath = path.join(__dirname, 'results.svg');

/** @param {ReturnType<typeof parse>} options @returns {Promise<import('./lib/results').Results>} */
async function run(options) {
  const began = performance.now();
  const { samples, load1 } = await runRounds(options, (line) => console.log(line));
  const { quick, rounds, workers, seconds } = options;
  return {
    date: new Date().toISOString(),
    quick,
    rounds,
    workers,
    seconds,
    took: Math.round((performance.now() - began) / 1000),
    load1,
    machine: machine(),
    contestants: options.contestants.map((id) => {
      const { name, package: from, settings } = require(`./contestants/${id}`);
      return { id, name, package: from, version: from && versionOf(from), settings };
    }),
    ...collect(samples, options),
  };
}

/** @param {import('./lib/results').Results} results @param {string} file */
function keep(results, file) {
  write(file, results);
  writeFileSync(file.replace(/\.json$/, '') + '.svg', plot(results));
}

/** @returns {boolean} whether what is committed agrees with the figures */
function check() {
  const results = read(resultsPath);
  const stale = [];
  if (!readmeAgrees(results)) stale.push('README.md');
  if (readFileSync(plotPath, 'utf8') !== plot(results)) stale.push('bench/results.svg');
  if (stale.length > 0)
    console.error(`${stale.join(' and ')}: not what bench/results.json says; npm run bench -- --readme`);
  else console.log('README.md and bench/results.svg agree with bench/results.json');
  return stale.length === 0;
}

async function main() {
  const options = parse(process.argv.slice(2));
  if (options.help) return console.log(usage);
  if (options.check) return void (process.exitCode = check() ? 0 : 1);
  if (options.readme) {
    const results = read(resultsPath);
    writeFileSync(plotPath, plot(results));
    return writeReadme(results);
  }

  if (options.soak || options.contestants.includes(ours)) buildAddon();
  if (options.soak) return soak(options);
  installPeers();
  const results = await run(options);
  console.log(`\n${report(results)}\n`);
  const file = options.out ? path.resolve(options.out) : options.whole ? resultsPath : undefined;
  if (!file) return console.log('Not a whole run: nothing was written (see --out).');
  keep(results, file);
  if (file === resultsPath) writeReadme(results);
  console.log(`took ${results.took} s; written: ${path.relative(process.cwd(), file)} and the plot beside it`);
}

main().catch((error) => {
  console.error(error instanceof RangeError || error instanceof TypeError ? error.message : error);
  process.exitCode = 1;
});
