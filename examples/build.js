'use strict';
// Builds a bundle of CommonJS files as a graph of tasks: each file is parsed, linked and minified, and each step starts
// when those that it needs have ended, whichever file they belong to; then the bundle is put together, compressed in two
// ways and tried out at the same time. A file that cannot be built fails what depends on it, and nothing else.
//
//   node examples/build.js                                          bundles this project's own lib/ into target/bundle/
//   node examples/build.js --folder src --entry main.js --out dist

const assert = require('node:assert');
const fs = require('node:fs');
const path = require('node:path');
const { parseArgs } = require('node:util');
const zlib = require('node:zlib');
const acorn = require('acorn');
const { Pool } = require('tasklets');

// What follows, up to build(), runs on the workers. The steps hand on what they make through files, as builds do.

/** Where a step of a file leaves what it makes. */
const artifact = (out, file, kind) => path.join(out, `${file.replaceAll(/[\\/]/g, '__')}.${kind}`);

const isWord = (character) => /[\w$]/.test(character);

/** Finds what a file requires. */
function parse(folder, file, out) {
  const source = fs.readFileSync(path.join(folder, file), 'utf8');
  const requires = [];
  const waiting = [/** @type {any} */ (acorn.parse(source, { ecmaVersion: 'latest', allowHashBang: true }))];
  while (waiting.length > 0) {
    const node = waiting.pop();
    const [argument] = node.arguments ?? [];
    if (node.type === 'CallExpression' && node.callee.name === 'require' && typeof argument?.value === 'string') {
      requires.push({ start: argument.start, end: argument.end, specifier: argument.value });
    }
    for (const child of Object.values(node).flat()) if (typeof child?.type === 'string') waiting.push(child);
  }
  fs.writeFileSync(artifact(out, file, 'json'), JSON.stringify(requires.sort((a, b) => a.start - b.start)));
  return requires.length;
}

/** What a relative specifier means: a file of the bundle, or one outside of the folder, which stays there. */
function inBundle(folder, file, specifier, files) {
  const base = path.posix.join(path.posix.dirname(file), specifier);
  if (base.startsWith('..')) return path.join(folder, base);
  const found = [base, `${base}.js`, `${base}/index.js`].find((name) => files.includes(name));
  if (found === undefined) throw new Error(`${file} requires ${specifier}, which is not there`);
  return found;
}

/** Lets each relative require name a file of the bundle. */
function link(folder, file, out, files) {
  const source = fs.readFileSync(path.join(folder, file), 'utf8');
  const requires = JSON.parse(fs.readFileSync(artifact(out, file, 'json'), 'utf8'));
  let linked = '';
  let at = 0;
  for (const { start, end, specifier } of requires) {
    const target = specifier.startsWith('.') ? inBundle(folder, file, specifier, files) : specifier;
    linked += source.slice(at, start) + JSON.stringify(target);
    at = end;
  }
  fs.writeFileSync(artifact(out, file, 'linked.js'), linked + source.slice(at));
}

/** Leaves out comments, and of white space what is not needed. */
function minify(file, out) {
  const source = fs.readFileSync(artifact(out, file, 'linked.js'), 'utf8');
  let small = '';
  let end = 0;
  for (const token of acorn.tokenizer(source, { ecmaVersion: 'latest', allowHashBang: true })) {
    const text = source.slice(token.start, token.end);
    const gap = source.slice(end, token.start);
    const before = small.at(-1) ?? '';
    if (gap.includes('\n') && !/[;{,(]/.test(before) && text !== '}') small += '\n';
    else if (gap !== '' && ((isWord(before) && isWord(text[0])) || (before === text[0] && /[-+/]/.test(before))))
      small += ' ';
    small += text;
    end = token.end;
  }
  fs.writeFileSync(artifact(out, file, 'min.js'), small);
  return small.length;
}

/** Puts the files together, each in a function that is called when it is first required. */
function bundle(files, entry, out) {
  const modules = files.map((file) => {
    const code = fs.readFileSync(artifact(out, file, 'min.js'), 'utf8');
    return `${JSON.stringify(file)}(module,exports,require){${code}\n}`;
  });
  const load =
    'const loaded={};const load=(name)=>{if(!Object.hasOwn(modules,name))return require(name);' +
    'if(loaded[name])return loaded[name].exports;const module=loaded[name]={exports:{}};' +
    'modules[name](module,module.exports,load);return module.exports};';
  const code = `'use strict';const modules={${modules.join(',\n')}};${load}module.exports=load(${JSON.stringify(entry)});\n`;
  const file = path.join(out, 'bundle.js');
  fs.writeFileSync(file, code);
  return code.length;
}

function compress(out, method) {
  const code = fs.readFileSync(path.join(out, 'bundle.js'));
  const small = method === 'br' ? zlib.brotliCompressSync(code) : zlib.gzipSync(code, { level: 9 });
  fs.writeFileSync(path.join(out, `bundle.js.${method}`), small);
  return small.length;
}

/** The bundle exports what its entry does. */
function tryOut(folder, entry, out) {
  const names = Object.keys(require(path.join(out, 'bundle.js')));
  assert.deepStrictEqual(names, Object.keys(require(path.join(folder, entry))));
  return names;
}

/** Every JavaScript file below a folder, as paths with `/`. */
function javaScriptFiles(folder) {
  const entries = fs.readdirSync(folder, { withFileTypes: true, recursive: true });
  const files = entries.filter((entry) => entry.isFile() && entry.name.endsWith('.js'));
  return files
    .map((entry) => path.relative(folder, path.join(entry.parentPath ?? entry.path, entry.name)).replaceAll('\\', '/'))
    .sort();
}

/**
 * Submits all of the graph at once; the pool starts each task when those that it comes after have succeeded.
 *
 * @param {Pool} pool
 * @param {{ folder: string, entry: string, out: string, files: string[] }} project
 */
function build(pool, { folder, entry, out, files }) {
  const tasks = new Map();
  const step = (name, task, args, after = []) => {
    const made = task.with({ after })(...args);
    tasks.set(name, made);
    return made;
  };
  const [parseTask, linkTask, minifyTask, compressTask] = [parse, link, minify, compress].map((fn) => pool.task(fn));
  const minified = files.map((file) => {
    const parsed = step(`parse ${file}`, parseTask, [folder, file, out]);
    const linked = step(`link ${file}`, linkTask, [folder, file, out, files], [parsed]);
    return step(`minify ${file}`, minifyTask, [file, out], [linked]);
  });
  const bundled = step('bundle', pool.task(bundle), [files, entry, out], minified);
  for (const method of ['gz', 'br']) step(`compress ${method}`, compressTask, [out, method], [bundled]);
  step('try out', pool.task(tryOut), [folder, entry, out], [bundled]);
  return tasks;
}

async function main() {
  const { values } = parseArgs({
    options: {
      folder: { type: 'string', default: path.join(__dirname, '../lib') },
      entry: { type: 'string', default: 'codec/index.js' },
      out: { type: 'string', default: path.join(__dirname, '../target/bundle') },
      workers: { type: 'string' },
    },
  });
  const [folder, out] = [path.resolve(values.folder), path.resolve(values.out)];
  fs.mkdirSync(out, { recursive: true });
  const files = javaScriptFiles(folder);
  const pool = new Pool({ workers: values.workers === undefined ? 'auto' : Number(values.workers) });
  const started = performance.now();
  const tasks = build(pool, { folder, entry: values.entry, out, files });
  const names = [...tasks.keys()];
  const outcomes = await Promise.allSettled(tasks.values());
  const seconds = ((performance.now() - started) / 1000).toFixed(2);
  await pool.shutdown();

  outcomes.forEach((outcome, index) => {
    if (outcome.status === 'rejected') console.log(`✖ ${names[index]}: ${outcome.reason.message}`);
  });
  const failed = outcomes.filter(({ status }) => status === 'rejected').length;
  console.log(`${files.length} files, ${tasks.size} tasks, ${failed} of them failed, ${seconds} s`);
  process.exitCode = failed === 0 ? 0 : 1;
  if (failed > 0) return;
  const size = (name) => `${(fs.statSync(path.join(out, name)).size / 1024).toFixed(1)} kB`;
  console.log(`bundle.js ${size('bundle.js')}, gzip ${size('bundle.js.gz')}, brotli ${size('bundle.js.br')}`);
}

main();
