'use strict';
// The examples run, and say what they should.

const assert = require('node:assert/strict');
const fs = require('node:fs');
const http = require('node:http');
const os = require('node:os');
const path = require('node:path');
const { after, before, describe, it } = require('node:test');
const { Pool } = require('..');
const { createServer } = require('../examples/server.js');
const { attempt } = require('../scripts/run.js');

let folder;
before(() => {
  folder = fs.mkdtempSync(path.join(os.tmpdir(), 'tasklets-examples-'));
});
after(() => fs.rmSync(folder, { recursive: true }));

function write(files) {
  for (const [name, content] of Object.entries(files)) {
    const file = path.join(folder, name);
    fs.mkdirSync(path.dirname(file), { recursive: true });
    fs.writeFileSync(file, content);
  }
}

const run = (example, ...args) =>
  attempt(process.execPath, [path.join(__dirname, '../examples', example), ...args], { cwd: folder });

describe('analyse.js', () => {
  it('analyses the files of a folder, and names those that cannot be parsed', () => {
    write({
      'analysed/script.js': 'return with_return;\n',
      'analysed/node_modules/module.mjs': 'export default class { async method() {} }\n',
      'analysed/broken.js': 'const x = ;\n',
      'analysed/readme.md': 'not JavaScript\n',
    });
    const { status, output } = run('analyse.js', '--workers', '2', 'analysed');
    assert.equal(status, 0, output);
    assert.match(output, /^3 files, 2 workers/m);
    assert.match(output, /all cores .* 100 % {2}3\/3/);
    assert.match(output, /async functions +1$/m);
    assert.match(output, /classes +1$/m);
    assert.match(output, /1 could not be parsed:\n {2}broken\.js\n {4}SyntaxError: Unexpected token \(1:10\)/);
    assert.match(output, /One thread [\d.]+ s, all cores [\d.]+ s/);
  });
});

describe('build.js', () => {
  it("bundles this project's own sources, and the bundle works", () => {
    const { status, output } = run('build.js', '--workers', '2', '--out', 'built');
    assert.equal(status, 0, output);
    assert.match(output, /^(\d+) files, \d+ tasks, 0 of them failed/m);
    assert.match(output, /gzip [\d.]+ kB, brotli [\d.]+ kB/);
    const bundle = path.join(folder, 'built', 'bundle.js');
    const { Decoder, Encoder } = require(bundle);
    const encoder = new Encoder(1024);
    encoder.reset();
    encoder.position = 0;
    encoder.encode({ some: ['value', 1n, /x/g] }, 'value');
    const value = new Decoder().decode(encoder.bytes, 0, encoder.position, null, null);
    assert.deepEqual(value, { some: ['value', 1n, /x/g] });
    assert.ok(fs.statSync(bundle).size < fs.statSync(`${bundle}.gz`).size * 10);
  });

  it('leaves strings, templates, expressions and lines without semicolons as they are', () => {
    write({
      'small/main.js': `
        // A comment.
        const b = require('./inner/part')   // no semicolon
        const text = \`a  \${ b.one  +  \`  \${b.two}  \` }  // no comment\`
        let i = 1
        i
        ++i
        module.exports = { text, sum: i + +b.one - -b.two, found: /a  b/.test('a  b') /* no */, os: typeof require('os').EOL }
      `,
      'small/inner/part.js': `exports.one = 1; exports['two'] = 2;`,
    });
    const { status, output } = run('build.js', '--folder', 'small', '--entry', 'main.js', '--out', 'small-built');
    assert.equal(status, 0, output);
    const built = require(path.join(folder, 'small-built', 'bundle.js'));
    assert.deepEqual(built, require(path.join(folder, 'small', 'main.js')));
  });

  it('fails what depends on a file that cannot be built, and nothing else', () => {
    write({ 'wrong/good.js': 'exports.good = 1;', 'wrong/bad.js': 'const = 2;' });
    const { status, output } = run('build.js', '--folder', 'wrong', '--entry', 'good.js', '--out', 'wrong-built');
    assert.equal(status, 1, output);
    assert.match(output, /^✖ parse bad\.js: Unexpected token/m);
    for (const name of ['link bad.js', 'minify bad.js', 'bundle', 'compress br', 'try out']) {
      assert.match(output, new RegExp(`^✖ ${name}: `, 'm'));
    }
    assert.doesNotMatch(output, /✖ .* good\.js/);
    assert.match(output, /^2 files, 10 tasks, 7 of them failed/m);
    assert.ok(fs.existsSync(path.join(folder, 'wrong-built', 'good.js.min.js')));
  });
});

describe('import.js', () => {
  it('imports every row of a file, and refuses the wrong ones', () => {
    const rows = 600_000;
    const { status, output } = run('import.js', '--rows', String(rows), '--workers', '2');
    assert.equal(status, 0, output);
    assert.match(output, new RegExp(`^${rows} orders, \\d+ MB, 2 workers`, 'm'));
    assert.match(output, new RegExp(`^${rows} orders imported, ${rows / 100} of them refused`, 'm'));
    const [, blocks, ahead] = /^Of (\d+) blocks, at most (\d+) were read ahead/m.exec(output);
    assert.ok(Number(blocks) > 20 && Number(ahead) < Number(blocks) / 2, output);
    let cents = 0;
    for (let n = 0; n < rows; n += 5) cents += ((n * 31) % 10_000) * ((n % 9) + 1);
    assert.match(output, new RegExp(`^ {2}DE +${(cents / 100).toFixed(2)}$`, 'm'));
  });
});

describe('server.js', () => {
  it('renders in the pool, and lets go of what nobody waits for any more', { timeout: 60_000 }, async (t) => {
    const pool = new Pool({ workers: 1 });
    const app = createServer(pool);
    const address = await app.listen({ port: 0 });
    t.after(() => Promise.all([app.close(), pool.kill()]));
    const alone = createServer(null);
    t.after(() => alone.close());

    const response = await fetch(`${address}/report/50`);
    const direct = await alone.inject('/report/50');
    assert.equal(response.status, 200);
    assert.equal(await response.text(), direct.body);
    assert.equal(response.headers.get('etag'), direct.headers.etag);

    // A page that takes very long holds the only worker until its reader goes; while it does, others are answered.
    const endless = http.get(`${address}/report/100000000`);
    endless.on('error', () => {});
    assert.equal(await (await fetch(`${address}/health`)).text(), 'ok');
    const waiting = fetch(`${address}/report/10`);
    endless.destroy();
    assert.equal((await waiting).status, 200);
  });

  it('does not render what nobody could still be waiting for', { timeout: 60_000 }, async (t) => {
    const pool = new Pool({ workers: 1 });
    const app = createServer(pool, { patience: 20 });
    t.after(() => Promise.all([app.close(), pool.kill()]));
    const gate = new Int32Array(new SharedArrayBuffer(8));
    const hold = pool.run(
      (shared) => {
        Atomics.store(shared, 1, 1);
        Atomics.wait(shared, 0, 0);
      },
      { args: [gate] },
    );
    while (Atomics.load(gate, 1) === 0) await new Promise((resolve) => setImmediate(resolve));
    const late = await app.inject('/report/10');
    assert.equal(late.statusCode, 503);
    assert.equal(late.headers['retry-after'], '5');
    Atomics.store(gate, 0, 1);
    Atomics.notify(gate, 0);
    await hold;
    assert.equal((await app.inject('/report/10')).statusCode, 200);
  });

  it('is loaded with the pool and without it, and the delay of its event loop is plotted', () => {
    const size = ['--seconds', '1', '--connections', '4', '--rows', '200'];
    const { status, output } = run('server-load.js', ...size, '--plot', 'plot.svg');
    assert.equal(status, 0, output);
    for (const title of ['without a pool', 'with the pool']) {
      assert.match(output, new RegExp(`^${title} +\\d+ +[\\d.]+ ms +[\\d.]+ ms +[\\d.]+ ms +[\\d.]+ ms +0$`, 'm'));
    }
    const plot = fs.readFileSync(path.join(folder, 'plot.svg'), 'utf8');
    assert.match(
      plot,
      /^<svg [^]*<polyline class="line0" points="[\d., ]+"\/>[^]*<polyline class="line1" [^]*<\/svg>\n$/,
    );
  });
});
