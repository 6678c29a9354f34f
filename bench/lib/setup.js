'use strict';

// What a fresh clone lacks: the peers, and our own addon.

const { spawnSync } = require('node:child_process');
const { existsSync, readFileSync, readdirSync } = require('node:fs');
const path = require('node:path');

const bench = path.join(__dirname, '..');
const root = path.join(bench, '..');

/** @param {string[]} args @param {string} cwd */
function npm(args, cwd) {
  console.log(`> npm ${args.join(' ')}`);
  const own = process.env.npm_execpath;
  const { status, error } = own
    ? spawnSync(process.execPath, [own, ...args], { cwd, stdio: 'inherit' })
    : spawnSync('npm', args, { cwd, stdio: 'inherit', shell: process.platform === 'win32' });
  if (status !== 0) throw new Error(`npm ${args.join(' ')} failed`, { cause: error });
}

/** @param {string} file */
const readJson = (file) => JSON.parse(readFileSync(file, 'utf8'));

/** The version of an installed peer, or null. @param {string} name */
function installed(name) {
  const manifest = path.join(bench, 'node_modules', name, 'package.json');
  return existsSync(manifest) ? readJson(manifest).version : null;
}

/** Installs the peers where they are missing or of another version than the manifest's. */
function installPeers() {
  const { dependencies } = readJson(path.join(bench, 'package.json'));
  const missing = Object.entries(dependencies).some(([name, version]) => installed(name) !== version);
  if (missing) npm(['ci', '--prefix', bench, '--no-audit', '--no-fund'], root);
}

/** Builds our addon where there is none for this clone yet. */
function buildAddon() {
  if (readdirSync(root).some((file) => file.endsWith('.node'))) return;
  if (!existsSync(path.join(root, 'node_modules'))) npm(['ci', '--no-audit', '--no-fund'], root);
  npm(['run', 'build'], root);
}

/** @param {string} name */
const versionOf = (name) => (name === 'tasklets' ? readJson(path.join(root, 'package.json')).version : installed(name));

module.exports = { buildAddon, installPeers, versionOf };
