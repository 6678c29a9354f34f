'use strict';

// The command line.

const os = require('node:os');
const { parseArgs } = require('node:util');
const { cases } = require('../cases');
const { contestants, strongest } = require('../contestants');

const usage = `npm run bench -- [options]

  --rounds <n>          rounds; the figures are medians over them (5; 3 with --quick)
  --cases <a,b>         only these cases: ${cases.join(', ')}
  --contestants <a,b>   only these: ${contestants.join(', ')}
  --workers <n>         workers of every pool (${os.availableParallelism()}: as many as there are cores)
  --seconds <n>         how long a throughput case is measured (0.5; 0.15 with --quick)
  --quick               small counts and few contestants, for a first look
  --out <file>          where the figures go; a whole run goes to bench/results.json, any other is only printed
  --readme              write the table of bench/results.json into README.md, and measure nothing
  --check               tell whether README.md and bench/results.svg agree with bench/results.json
  --soak                ten million tasks by our own engine, and how far its memory moves
  --help`;

/** @param {string | undefined} list @param {string[]} all @param {string} what */
function choose(list, all, what) {
  if (list === undefined) return all;
  const chosen = list.split(',').map((name) => name.trim());
  const unknown = chosen.filter((name) => !all.includes(name));
  if (unknown.length > 0) throw new RangeError(`unknown ${what}: ${unknown.join(', ')}; there are ${all.join(', ')}`);
  return all.filter((name) => chosen.includes(name));
}

/** @param {string | undefined} text @param {number} fallback @param {string} flag */
function positive(text, fallback, flag) {
  if (text === undefined) return fallback;
  const number = Number(text);
  if (!(number > 0)) throw new RangeError(`--${flag} must be a positive number, not ${text}`);
  return number;
}

/** @param {string[]} args */
function parse(args) {
  const { values } = parseArgs({
    args,
    options: {
      rounds: { type: 'string' },
      cases: { type: 'string' },
      contestants: { type: 'string' },
      workers: { type: 'string' },
      seconds: { type: 'string' },
      out: { type: 'string' },
      quick: { type: 'boolean', default: false },
      readme: { type: 'boolean', default: false },
      check: { type: 'boolean', default: false },
      soak: { type: 'boolean', default: false },
      help: { type: 'boolean', default: false },
    },
  });
  const { quick, readme, check, soak, help, out } = values;
  const options = {
    rounds: Math.round(positive(values.rounds, quick ? 3 : 5, 'rounds')),
    cases: choose(values.cases, cases, 'case'),
    contestants: choose(values.contestants ?? (quick ? strongest.join() : undefined), contestants, 'contestant'),
    workers: Math.round(positive(values.workers, os.availableParallelism(), 'workers')),
    seconds: positive(values.seconds, quick ? 0.15 : 0.5, 'seconds'),
    warmUp: quick ? 0.1 : 0.3,
    quick,
    readme,
    check,
    soak,
    help,
    out,
  };
  const whole =
    !quick &&
    options.rounds >= 5 &&
    options.cases.length === cases.length &&
    options.contestants.length === contestants.length;
  return { ...options, whole };
}

module.exports = { parse, usage };
