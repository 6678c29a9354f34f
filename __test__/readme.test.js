'use strict';
// Every example in README.md and docs runs as printed: its JavaScript in a process of its own, in an empty project that
// has the package, and prints what its `// →` comments say; its TypeScript passes the compiler.

const assert = require('node:assert/strict');
const { execFile } = require('node:child_process');
const fs = require('node:fs');
const os = require('node:os');
const path = require('node:path');
const { after, before, describe, test } = require('node:test');

const root = path.join(__dirname, '..');

/** The files whose examples count: those that a user reads. */
function pages() {
  const docs = fs.readdirSync(path.join(root, 'docs')).filter((name) => name.endsWith('.md'));
  return ['README.md', ...docs.map((name) => `docs/${name}`)];
}

/**
 * The fenced blocks of a page. A block marked as a fragment (`js fragment`) shows a part of a program, and does not
 * run by itself.
 */
function examples(page) {
  const text = fs.readFileSync(path.join(root, page), 'utf8');
  const found = [];
  for (const { 1: language, 2: info, 3: code, index } of text.matchAll(/^```(js|ts)\b([^\n]*)\n(.*?)^```$/gms)) {
    if (info.trim() === 'fragment') continue;
    assert.equal(info.trim(), '', `${page}: what is '${info.trim()}'?`);
    found.push({ language, code, line: text.slice(0, index).split('\n').length });
  }
  return found;
}

/** What the comments of an example say that it prints. */
const promised = (code) => [...code.matchAll(/\/\/ → (.*)$/gm)].map(([, value]) => value.trimEnd());

function execute(file, args, cwd) {
  return new Promise((resolve) => {
    execFile(file, args, { cwd, timeout: 300_000 }, (error, stdout, stderr) => {
      resolve({ code: error === null ? 0 : (error.code ?? error.signal), stdout, stderr });
    });
  });
}

describe('the examples of the documentation', { concurrency: true }, () => {
  let folder;

  before(() => {
    folder = fs.mkdtempSync(path.join(os.tmpdir(), 'tasklets-examples-'));
    fs.mkdirSync(path.join(folder, 'node_modules', '@types'), { recursive: true });
    fs.symlinkSync(root, path.join(folder, 'node_modules', 'tasklets'), 'junction');
    fs.symlinkSync(
      path.join(root, 'node_modules', '@types', 'node'),
      path.join(folder, 'node_modules', '@types', 'node'),
      'junction',
    );
    fs.writeFileSync(path.join(folder, 'package.json'), '{}');
  });

  after(() => fs.rmSync(folder, { recursive: true, force: true }));

  for (const page of pages()) {
    for (const { language, code, line } of examples(page)) {
      const name = `example-${page.replace(/\W/g, '-')}-${line}`;
      if (language === 'js') {
        test(`${page}, line ${line}, runs`, async () => {
          const file = path.join(folder, name + (/^import /m.test(code) ? '.mjs' : '.cjs'));
          fs.writeFileSync(file, code);
          const { code: exit, stdout, stderr } = await execute(process.execPath, [file], folder);
          assert.equal(exit, 0, stderr);
          const values = promised(code);
          if (values.length > 0) assert.deepEqual(stdout.trimEnd().split('\n'), values);
        });
      } else {
        test(`${page}, line ${line}, is typed as it says`, async () => {
          const file = path.join(folder, `${name}.mts`);
          fs.writeFileSync(file, code);
          const tsc = path.join(root, 'node_modules', 'typescript', 'bin', 'tsc');
          const options = ['--noEmit', '--strict', '--target', 'es2022', '--module', 'nodenext', '--types', 'node'];
          const { code: exit, stdout } = await execute(process.execPath, [tsc, ...options, file], folder);
          assert.equal(exit, 0, stdout);
        });
      }
    }
  }

  test('there are examples in the README', () => {
    assert.ok(examples('README.md').length > 0);
  });
});
