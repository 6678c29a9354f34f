'use strict';
// Import declarations: whether what they bind a name to can ever be another value.

const path = require('node:path');
const { pathToFileURL, fileURLToPath } = require('node:url');
const modules = require('./modules');
const { fromFile } = require('./scripts');

/** Re-exports are followed so far. */
const DEPTH = 8;

/** Whether a specifier names a file by its path, which is then the user's own. */
const isLocal = (specifier) => /^(?:\.{0,2}\/|file:)/.test(specifier) || path.isAbsolute(specifier);

/**
 * Whether the value that a script's import declaration binds a name to stays what it is.
 * @param {import('./scripts').Script} script
 * @param {string} name
 */
function isFixedImport(script, name) {
  const declaration = script.imports.get(name);
  if (declaration === undefined) return false;
  return declaration.imported === '*' || isFixedExport(script, declaration.specifier, declaration.imported, DEPTH);
}

/** Whether what the module of a specifier exports under a name is never assigned. */
function isFixedExport(from, specifier, name, depth) {
  // A library is taken by reference, whatever it does with its variables.
  if (!isLocal(specifier)) return true;
  const script = depth > 0 ? moduleOf(from, specifier) : null;
  if (script === null) return false;
  // What a CommonJS file has exported by the end of its loading is what others import from it.
  if (modules.instanceOf(script.file) !== undefined) return true;
  for (const { exported, local, specifier: source } of script.exports) {
    if (exported !== name) continue;
    if (source !== '') return local === '*' || isFixedExport(script, source, local, depth - 1);
    const binding = script.top(local);
    // `export default` of an expression has no variable that could be assigned.
    if (binding === null) return local === '*default*';
    return !binding.assigned && (!script.imports.has(local) || isFixedImport(script, local));
  }
  const all = script.exports.filter(({ exported }) => exported === '*');
  return all.length === 1 && isFixedExport(script, all[0].specifier, name, depth - 1);
}

/**
 * The variable that a script's import declaration binds a name to, where it is another one of the user's scripts that
 * has it: that script and its name there; null where that cannot be told.
 * @param {import('./scripts').Script} script
 * @param {string} name
 * @returns {{ script: import('./scripts').Script, name: string } | null}
 */
function originOf(script, name) {
  const declaration = script.imports.get(name);
  if (declaration === undefined || declaration.imported === '*') return null;
  return originOfExport(script, declaration.specifier, declaration.imported, DEPTH);
}

function originOfExport(from, specifier, name, depth) {
  const script = depth > 0 && isLocal(specifier) ? moduleOf(from, specifier) : null;
  if (script === null) return null;
  for (const { exported, local, specifier: source } of script.exports) {
    if (exported !== name) continue;
    if (source !== '') return local === '*' ? null : originOfExport(script, source, local, depth - 1);
    return script.imports.has(local) ? originOf(script, local) : { script, name: local };
  }
  for (const { exported, specifier: source } of script.exports) {
    const found = exported === '*' ? originOfExport(script, source, name, depth - 1) : null;
    if (found !== null) return found;
  }
  return null;
}

/** The script that a relative specifier names, as far as the file system tells. */
function moduleOf(script, specifier) {
  if (script.url === null) return null;
  try {
    const url = path.isAbsolute(specifier) ? pathToFileURL(specifier) : new URL(specifier, script.url);
    const found = fromFile(url.href);
    return found ?? fromFile(fileURLToPath(url));
  } catch {
    return null;
  }
}

module.exports = { isFixedImport, isLocal, originOf };
