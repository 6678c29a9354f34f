'use strict';
// Reads every JavaScript file below a folder (this project and its node_modules, where none is named), parses each one
// on a worker and says what is in them, which ones cannot be parsed, and how long it took beside one thread.
//
//   npm start
//   npm start -- --workers 4 ../some/folder

const fs = require('node:fs');
const os = require('node:os');
const path = require('node:path');
const { parseArgs } = require('node:util');
const acorn = require('acorn');
const tasklets = require('tasklets');
const { progressBar } = require('./progress.js');

/** Parses a file as what it is: a script, a CommonJS module or an ES module. */
function parse(source) {
  /** @type {Omit<acorn.Options, 'sourceType'>} */
  const options = { ecmaVersion: 'latest', allowHashBang: true, allowReturnOutsideFunction: true };
  try {
    return acorn.parse(source, { ...options, sourceType: 'script' });
  } catch (asScript) {
    try {
      return acorn.parse(source, { ...options, sourceType: 'module' });
    } catch (asModule) {
      // The attempt that came further tells more.
      throw asModule.pos >= asScript.pos ? asModule : asScript;
    }
  }
}

/**
 * What runs on the workers. It is an ordinary function: it uses `fs`, the parser and the function above, and all of them
 * are there when it runs.
 */
function analyse(file) {
  const source = fs.readFileSync(file, 'utf8');
  const found = { bytes: Buffer.byteLength(source), lines: 1, nodes: 0, depth: 0, functions: 0, async: 0, classes: 0 };
  for (let at = source.indexOf('\n'); at !== -1; at = source.indexOf('\n', at + 1)) found.lines++;
  // A stack of its own, since some files are nested more deeply than calls can be.
  /** @type {[node: any, depth: number][]} */
  const waiting = [[parse(source), 0]];
  while (waiting.length > 0) {
    const [node, depth] = waiting.pop();
    found.nodes++;
    if (depth > found.depth) found.depth = depth;
    if (node.type === 'ClassDeclaration' || node.type === 'ClassExpression') found.classes++;
    if (node.type.endsWith('Function') || node.type.startsWith('Function') || node.type === 'ArrowFunctionExpression') {
      found.functions++;
      if (node.async) found.async++;
    }
    for (const key in node) {
      const child = node[key];
      if (Array.isArray(child)) for (const item of child) if (item?.type) waiting.push([item, depth + 1]);
      if (child?.type) waiting.push([child, depth + 1]);
    }
  }
  return found;
}

/** Every JavaScript file below a folder, the largest first: a large one that came last would keep everyone waiting. */
function javaScriptFiles(folder) {
  const files = [];
  for (const entry of fs.readdirSync(folder, { withFileTypes: true, recursive: true })) {
    if (!entry.isFile() || !/\.[cm]?js$/.test(entry.name)) continue;
    const file = path.join(entry.parentPath ?? entry.path, entry.name);
    files.push({ file, size: fs.statSync(file).size });
  }
  return files.sort((a, b) => b.size - a.size).map(({ file }) => file);
}

/** All on this thread, as it would be done without workers. */
function onOneThread(files) {
  const progress = progressBar('one thread ');
  return files.map((name, index) => {
    progress(index + 1, files.length);
    try {
      return { name, success: true, result: analyse(name) };
    } catch (error) {
      return { name, success: false, error };
    }
  });
}

/** All on the workers: one task for each file. */
function onAllCores(files) {
  const progress = progressBar('all cores  ');
  const task = tasklets.task(analyse);
  const configs = files.map((name) => ({ name, task, args: [name] }));
  return tasklets.batch(configs, { onProgress: ({ completed, total }) => progress(completed, total) });
}

async function timed(work) {
  const started = performance.now();
  const reports = await work();
  return { reports, seconds: (performance.now() - started) / 1000 };
}

const whole = new Intl.NumberFormat('en');
const sum = (results, key) => results.reduce((total, result) => total + result[key], 0);

function print(folder, reports) {
  const results = reports.filter(({ success }) => success).map(({ result }) => result);
  const row = (title, value) => console.log(`  ${title.padEnd(20)}${whole.format(value).padStart(14)}`);
  console.log(`\nFound in ${folder}:`);
  row('files', reports.length);
  for (const key of ['bytes', 'lines', 'nodes', 'functions', 'async', 'classes']) {
    row({ nodes: 'syntax nodes', async: 'async functions' }[key] ?? key, sum(results, key));
  }
  const parsed = reports.filter(({ success }) => success);
  const most = (title, key, unit) => {
    const { name, result } = parsed.reduce((best, report) => (report.result[key] > best.result[key] ? report : best));
    console.log(
      `  ${title.padEnd(20)}${whole.format(result[key]).padStart(14)} ${unit}: ${path.relative(folder, name)}`,
    );
  };
  if (parsed.length === 0) return;
  most('longest', 'lines', 'lines');
  most('most functions', 'functions', 'functions');
  most('most deeply nested', 'depth', 'levels');
}

function printFailures(folder, reports) {
  const failures = reports.filter(({ success }) => !success);
  console.log(`\n${failures.length} could not be parsed${failures.length === 0 ? '.' : ':'}`);
  for (const { name, error } of failures)
    console.log(`  ${path.relative(folder, name)}\n    ${error.name}: ${error.message}`);
}

/** The two must have found the same, errors included. */
function same(one, other) {
  const outcome = ({ name, result, error }) => JSON.stringify([name, result, error?.name, error?.message]);
  return one.length === other.length && one.every((report, index) => outcome(report) === outcome(other[index]));
}

async function main() {
  const { values, positionals } = parseArgs({ options: { workers: { type: 'string' } }, allowPositionals: true });
  const folder = path.resolve(positionals[0] ?? path.join(__dirname, '..'));
  const { workers } = tasklets.config({ workers: values.workers === undefined ? 'auto' : Number(values.workers) });
  const files = javaScriptFiles(folder);
  console.log(`${whole.format(files.length)} files, ${workers} workers on ${os.availableParallelism()} cores\n`);

  const alone = await timed(() => onOneThread(files));
  const pooled = await timed(() => onAllCores(files));
  print(folder, pooled.reports);
  printFailures(folder, pooled.reports);

  console.log(`\nOne thread ${alone.seconds.toFixed(1)} s, all cores ${pooled.seconds.toFixed(1)} s:`);
  console.log(`${(alone.seconds / pooled.seconds).toFixed(2)} times as fast, and this thread was free meanwhile.`);
  if (!same(alone.reports, pooled.reports)) throw new Error('The workers found something else than this thread did');
}

main();
