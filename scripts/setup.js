'use strict';
// Makes a clone ready to run: installs what package-lock.json names and builds the addon, each only where it is missing
// or older than its sources. It depends on Node alone, since it runs before anything is installed.

const { createHash } = require('node:crypto');
const fs = require('node:fs');
const path = require('node:path');
const { run } = require('./run.js');

const root = path.join(__dirname, '..');
const napi = path.join(root, 'node_modules', '@napi-rs', 'cli', 'dist', 'cli.js');
const stamp = path.join(root, 'node_modules', '.tasklets-lock');

/** The name of the addon for this platform, as `napi build --platform` gives it. */
function addonName() {
  const { platform, arch } = process;
  if (platform === 'linux') {
    const { header } = /** @type {any} */ (process.report.getReport());
    return `tasklets.linux-${arch}-${header.glibcVersionRuntime ? 'gnu' : 'musl'}.node`;
  }
  return `tasklets.${platform}-${arch}${platform === 'win32' ? '-msvc' : ''}.node`;
}

/** What was installed is known by the lock file's content: its time says nothing in a fresh clone. */
function installed() {
  const lock = createHash('sha256')
    .update(fs.readFileSync(path.join(root, 'package-lock.json')))
    .digest('hex');
  return { lock, fresh: fs.existsSync(stamp) && fs.readFileSync(stamp, 'utf8') === lock };
}

function install() {
  const { lock, fresh } = installed();
  if (fresh) return;
  console.log('Installing what package-lock.json names…');
  run('npm', ['ci', '--no-audit', '--no-fund', '--loglevel=error'], { cwd: root });
  fs.writeFileSync(stamp, lock);
}

/** The newest time of change among the sources of the addon. */
function newest(entry) {
  const stat = fs.statSync(entry);
  if (!stat.isDirectory()) return stat.mtimeMs;
  return Math.max(0, ...fs.readdirSync(entry).map((name) => newest(path.join(entry, name))));
}

function buildIfNeeded() {
  const addon = path.join(root, addonName());
  const sources = ['src', 'crates', 'Cargo.toml', 'Cargo.lock', 'build.rs'].map((name) => path.join(root, name));
  if (fs.existsSync(addon) && fs.statSync(addon).mtimeMs >= Math.max(...sources.map(newest))) return;
  console.log('Building the addon (a minute or two the first time)…');
  // Into a folder of its own: the loader and its typings are committed, and only `npm run build` changes those.
  const output = path.join(root, 'target', 'setup');
  fs.mkdirSync(output, { recursive: true });
  buildInto(output);
  fs.copyFileSync(path.join(output, addonName()), `${addon}.new`);
  // A rename, since a process that has loaded the old one must not see it change.
  fs.renameSync(`${addon}.new`, addon);
}

/** Builds the addon with its loader and typings into a folder. */
function buildInto(output, stdio = 'inherit') {
  const args = ['build', '--platform', '--release', '--js', 'binding.js', '--dts', 'binding.d.ts', '-o', output];
  run(process.execPath, [napi, ...args], { cwd: root, stdio });
}

function setUp() {
  install();
  buildIfNeeded();
}

module.exports = { addonName, buildInto, napi, root };

if (require.main === module) setUp();
