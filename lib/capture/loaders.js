'use strict';
// What a CommonJS file has from its loader: names that nothing in the file declares and that are no globals.

const { createRequire } = require('node:module');
const path = require('node:path');
const modules = require('./modules');

const NAMES = new Set(['require', 'module', 'exports', '__filename', '__dirname']);

/**
 * Whether a name is the loader's in a site's script.
 * @param {string} name
 * @param {import('./sites').Site} site
 */
function isLoaders(name, { known, script, bindings }) {
  return NAMES.has(name) && known && !script.module && script.file !== null && !bindings.get(name);
}

/**
 * Its value, without a look at any scope; null where the file was not loaded in the usual way.
 * @param {string} name
 * @param {import('./sites').Site} site
 * @returns {{ value: unknown } | null}
 */
function loaders(name, site) {
  if (!isLoaders(name, site)) return null;
  const { file } = site.script;
  const module = modules.instanceOf(file);
  if (module === undefined) return null;
  if (name === 'require') return { value: createRequire(file) };
  if (name === '__filename') return { value: file };
  if (name === '__dirname') return { value: path.dirname(file) };
  return { value: name === 'module' ? module : module.exports };
}

module.exports = { isLoaders, loaders };
