'use strict';
// What it costs the caller to capture a function, in processor time, or, for the first capture of a process, in time: `node
// bench/capture.js`. The least of several rounds, since everything else on the machine only adds to it.

const { execFileSync } = require('node:child_process');
const { capture } = require('../lib/capture');
const { rebuild } = require('../lib/capture/rebuild');
const { analyseFunction } = require('../lib/native');

const ROUNDS = 9;

function fibonacci(n) {
  return n < 2 ? n : fibonacci(n - 1) + fibonacci(n - 2);
}
const settings = { rates: [1, 2, 3], name: 'settings' };
const rows = Array.from({ length: 10000 }, (_, id) => ({ id, name: `row ${id}`, tags: ['a', 'b'] }));
class Row {
  constructor(id) {
    this.id = id;
    this.name = `row ${id}`;
  }
  label() {
    return this.name;
  }
}
const instances = rows.map(({ id }) => new Row(id));
const alone = (n) => n + 1;
const same = () => fibonacci(20);
const withClass = () => new Row(1).label();
const mutable = () => settings.rates[0];
const plans = [capture(same).plan, capture(withClass).plan];

/** Microseconds of processor time for a call of `fn`, which gets a number. */
function cost(fn, calls) {
  let least = Infinity;
  for (let round = 0; round < ROUNDS; round++) {
    const before = process.cpuUsage();
    for (let call = 0; call < calls; call++) fn(call);
    const { user, system } = process.cpuUsage(before);
    least = Math.min(least, (user + system) / calls);
  }
  return least;
}

const cases = {
  'the same function again': [() => capture(alone), 1e6],
  'the same function again, which captures a function': [() => capture(same), 1e5],
  'the same function again, which captures a class': [() => capture(withClass), 1e5],
  'a new closure each time, without variables': [() => capture(() => 42), 20000],
  'a new closure each time, with variables of the script': [() => capture(() => fibonacci(20)), 20000],
  'a new closure each time, with a variable of its own': [(n) => capture(() => fibonacci(n)), 1000],
  'the same function, with an object that can change': [() => capture(mutable), 20000],
  'the same function, with 10,000 rows of data': [() => capture(() => rows), 5],
  'the same function, with 10,000 instances of a class': [() => capture(() => instances), 5],
  'analysis of a text of 100 bytes': [() => analyseFunction('() => fibonacci(35) + settings.rates[0] + more.of(the, same) + and(a, few, names)'), 20000],
  'rebuilding a function': [() => rebuild(plans[0]), 20000],
  'rebuilding a class': [() => rebuild(plans[1]), 20000],
}; // prettier-ignore

/** Microseconds for the first capture of a process. */
function first(...args) {
  const program = require.resolve('./lib/first-capture.js');
  const times = Array.from({ length: ROUNDS }, () => Number(execFileSync(process.execPath, [program, ...args])));
  return Math.min(...times) * 1000;
}

function print(title, microseconds) {
  const figure = microseconds < 1 ? `${(microseconds * 1000).toFixed(0)} ns` : `${microseconds.toFixed(1)} µs`;
  process.stdout.write(`${title.padEnd(56)}${figure.padStart(12)}\n`);
}

process.stdout.write(`Node ${process.versions.node}, ${process.platform} ${process.arch}\n`);
for (const [title, [fn, calls]] of Object.entries(cases)) print(title, cost(fn, calls));
print('the first capture of a process', first());
print('the first capture of a process, with a variable', first('variable'));
