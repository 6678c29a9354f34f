'use strict';
// The package as its users get it: packed, installed into an empty project beside the package of this platform, and used
// from CommonJS, ES modules and TypeScript; and what is said where there is no package for the platform.

const assert = require('node:assert/strict');
const fs = require('node:fs');
const os = require('node:os');
const path = require('node:path');
const { after, before, describe, it } = require('node:test');
const { attempt } = require('../../scripts/run.js');
const { addonName, root } = require('../../scripts/setup.js');

const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'tasklets-pack-'));
const project = path.join(folder, 'project');
const bare = path.join(folder, 'bare');
const platform = addonName().split('.')[1];

function check(command, args, cwd) {
  const { status, output } = attempt(command, args, { cwd });
  assert.equal(status, 0, `${command} ${args.join(' ')}\n${output}`);
  return output;
}

/** Packs a folder, and gives the tarball and the names of the files in it. */
function pack(from) {
  const args = ['pack', '--json', '--ignore-scripts', '--loglevel=error', '--pack-destination', folder];
  const { status, stdout, output } = attempt('npm', args, { cwd: from });
  assert.equal(status, 0, output);
  const [{ filename, files }] = [JSON.parse(stdout)].flatMap((packed) =>
    Array.isArray(packed) ? packed : Object.values(packed),
  );
  return { tarball: path.join(folder, filename), files: files.map((file) => file.path).sort() };
}

/** An empty project with these tarballs installed, without a network: there is nothing to fetch. */
function install(into, ...tarballs) {
  fs.mkdirSync(into);
  fs.writeFileSync(path.join(into, 'package.json'), '{ "private": true }');
  check('npm', ['install', '--offline', '--ignore-scripts', '--no-audit', '--no-fund', ...tarballs], into);
}

/** Writes a file into the project and runs it. */
function runFile(name, source, into = project) {
  fs.writeFileSync(path.join(into, name), source);
  return attempt(process.execPath, [name], { cwd: into });
}

const program = `
const fibonacci = (n) => (n < 2 ? n : fibonacci(n - 1) + fibonacci(n - 2));
async function main() {
  const results = await runAll([() => fibonacci(10), () => fibonacci(11)]);
  const double = task((n) => n * 2);
  const pool = new Pool({ workers: 1 });
  results.push(await double(4), await pool.run((a, b) => a + b, { args: [1, 2] }));
  await pool.shutdown();
  console.log(results.join(' '), tasklets.current, tasklets.isWorker, typeof AbortError);
}
main();
`;
const expected = '55 89 8 3 null false function';

describe('the packed package', () => {
  /** @type {{ tarball: string, files: string[] }} */
  let packed;

  before(() => {
    packed = pack(root);
    const binary = path.join(folder, platform);
    fs.cpSync(path.join(root, 'npm', platform), binary, { recursive: true });
    fs.copyFileSync(path.join(root, addonName()), path.join(binary, addonName()));
    install(project, packed.tarball, pack(binary).tarball);
    install(bare, packed.tarball);
  });

  after(() => fs.rmSync(folder, { recursive: true, force: true }));

  it('holds what its users need and nothing else', () => {
    const allowed = /^(lib\/.*\.js|(index|binding)\.(m?js|d\.ts|d\.mts)|package\.json|README\.md|LICENSE)$/;
    assert.deepEqual(
      packed.files.filter((file) => !allowed.test(file)),
      [],
    );
    for (const file of ['index.js', 'index.mjs', 'index.d.ts', 'index.d.mts', 'binding.js', 'LICENSE', 'README.md']) {
      assert.ok(packed.files.includes(file), file);
    }
    const { dependencies, scripts = {} } = JSON.parse(fs.readFileSync(path.join(root, 'package.json'), 'utf8'));
    assert.equal(dependencies, undefined);
    assert.deepEqual(
      ['preinstall', 'install', 'postinstall', 'prepare'].filter((name) => name in scripts),
      [],
    );
  });

  it('works from CommonJS', () => {
    const source = `const tasklets = require('tasklets');\nconst { run, runAll, task, Pool, AbortError } = tasklets;\n${program}`;
    const { status, output } = runFile('use.cjs', source);
    assert.equal(output.trim(), expected);
    assert.equal(status, 0);
  });

  it('works from an ES module, by name and as the default', () => {
    const source = `import tasklets, { run, runAll, task, Pool, AbortError } from 'tasklets';\n${program}`;
    const { status, output } = runFile('use.mjs', source);
    assert.equal(output.trim(), expected);
    assert.equal(status, 0);
  });

  it('gives both the same module', () => {
    const source = `
      import { createRequire } from 'node:module';
      import tasklets, { run } from 'tasklets';
      const required = createRequire(import.meta.url)('tasklets');
      console.log(required === tasklets, required.run === run);
    `;
    assert.equal(runFile('same.mjs', source).output.trim(), 'true true');
  });

  it('has no named export for what changes', () => {
    const { status, output } = runFile('current.mjs', "import { current } from 'tasklets';");
    assert.notEqual(status, 0);
    assert.match(output, /does not provide an export named 'current'/);
  });

  for (const [kind, file, header, options] of [
    [
      'an ES module',
      'use-esm.mts',
      "import tasklets, { type Task, run, runAll } from 'tasklets';",
      { module: 'nodenext' },
    ],
    [
      'CommonJS',
      'use-cjs.cts',
      "import tasklets = require('tasklets');\nconst { run, runAll } = tasklets;\ntype Task<T> = tasklets.Task<T>;",
      { module: 'nodenext' },
    ],
    [
      'a bundler',
      'use-bundler.ts',
      "import tasklets, { type Task, run, runAll } from 'tasklets';",
      { module: 'esnext', moduleResolution: 'bundler' },
    ],
  ]) {
    it(`is typed for TypeScript: ${kind}`, () => {
      const source = `${header}
        const task: Task<number> = run((n: number) => n * 2, { args: [21] });
        const both: Promise<[number, string]> = runAll([() => 1, async () => 'x']);
        const name: string | undefined = tasklets.current?.name;
        // @ts-expect-error not a number
        const wrong: Task<string> = run(() => 42);
        task.then((value) => console.log(value, typeof both, name, typeof wrong));
      `;
      fs.writeFileSync(path.join(project, file), source);
      const config = {
        compilerOptions: {
          strict: true,
          target: 'es2022',
          lib: ['es2022', 'dom'],
          types: [],
          outDir: 'out',
          skipLibCheck: false,
          ...options,
        },
        files: [file],
      };
      fs.writeFileSync(path.join(project, 'tsconfig.json'), JSON.stringify(config));
      check(process.execPath, [path.join(root, 'node_modules/typescript/bin/tsc'), '-p', project], project);
      if (kind === 'a bundler') return;
      const compiled = path.join('out', file.replace(/ts$/, 'js'));
      assert.equal(check(process.execPath, [compiled], project).trim(), '42 object undefined object');
    });
  }

  it('says what is missing where there is no binary for the platform', () => {
    const source = `
      try { require('tasklets'); } catch (error) { console.log(error.code, error.name, error.cause !== undefined); throw error; }
    `;
    const { status, output } = runFile('use.cjs', source, bare);
    assert.notEqual(status, 0);
    assert.match(output, /^ERR_TASKLETS_NO_BINARY NoBinaryError true$/m);
    assert.ok(output.includes(`no compiled addon that loads on ${process.platform}-${process.arch}`), output);
    assert.match(output, /Compiled ones exist for: .*x86_64-unknown-linux-musl.*aarch64-pc-windows-msvc/);
    assert.match(output, /npm run build/);
    assert.match(output, /--omit=optional/);
  });
});
