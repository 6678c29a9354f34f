'use strict';
// What only V8's inspector tells: where a function stands, which variables its scopes hold, what a proxy or a bound
// function is made of. A session lives no longer than one synchronous capture: an open one slows `console` down and
// keeps what is logged.

const vm = require('node:vm');

/** @type {typeof import('node:inspector') | null | undefined} */
let inspector;

/** The realm that `Runtime.evaluate` looks into; a test runner may have put ours into another one. */
let realm;
const KEY = Symbol.for('tasklets.capture.inspected');
const HANDLE = "globalThis[Symbol.for('tasklets.capture.inspected')]";
const TAKE = `function () { ${HANDLE}.taken = this; }`;

/** @returns {typeof import('node:inspector') | null} */
function load() {
  if (inspector === undefined) {
    try {
      inspector = process.versions.bun || process.versions.deno ? null : require('node:inspector');
      realm = vm.runInThisContext('globalThis');
    } catch {
      inspector = null;
    }
  }
  return inspector;
}

/** The inspector for the length of one capture: opened at the first question, closed by `close()`. */
class Inspector {
  #session = null;
  #desk = { asked: undefined, taken: undefined };
  #answer;

  /** Whether there is one in this runtime, under these permissions. */
  get available() {
    return this.#open();
  }

  #open() {
    if (this.#session !== null) return true;
    const module = load();
    if (module === null) return false;
    const session = new module.Session();
    try {
      session.connect();
    } catch {
      inspector = null;
      return false;
    }
    Object.defineProperty(realm, KEY, { value: this.#desk, configurable: true });
    this.#session = session;
    return true;
  }

  close() {
    if (this.#session === null) return;
    delete realm[KEY];
    this.#session.disconnect();
    this.#session = null;
  }

  #post(method, parameters) {
    this.#answer = undefined;
    this.#session.post(method, parameters, (error, answer) => {
      if (error) throw Object.assign(new Error(error.message ?? 'the inspector failed'), { cause: error });
      this.#answer = answer;
    });
    return this.#answer;
  }

  #properties(value) {
    this.#desk.asked = value;
    const { result } = this.#post('Runtime.evaluate', { expression: `${HANDLE}.asked`, silent: true });
    return this.#post('Runtime.getProperties', { objectId: result.objectId, ownProperties: true });
  }

  /** The value that a remote object stands for. */
  #take(remote) {
    if (remote === undefined) return undefined;
    if (remote.objectId === undefined) return unremote(remote);
    this.#post('Runtime.callFunctionOn', { objectId: remote.objectId, functionDeclaration: TAKE, silent: true });
    const { taken } = this.#desk;
    this.#desk.taken = undefined;
    return taken;
  }

  /**
   * @param {Function} fn
   * @returns {{ location: { scriptId: string, lineNumber: number, columnNumber: number } | undefined,
   *   scopes: { description: string, object: object }[], privates: Map<string, unknown> }}
   */
  read(fn) {
    const { internalProperties = [], privateProperties } = this.#properties(fn);
    const internal = (name) => internalProperties.find((property) => property.name === name)?.value;
    const list = this.#take(internal('[[Scopes]]'));
    const privates = new Map();
    for (const { name, value } of privateProperties ?? []) {
      if (value !== undefined) privates.set(name, this.#take(value));
    }
    return {
      location: internal('[[FunctionLocation]]')?.value,
      scopes: list === undefined ? [] : Array.from(list),
      privates,
    };
  }

  /**
   * The internal properties of a bound function or a proxy, by their names without brackets.
   * @returns {Record<string, any>}
   */
  internals(value) {
    const { internalProperties = [] } = this.#properties(value);
    const found = {};
    for (const { name, value: remote } of internalProperties) found[name.slice(2, -2)] = this.#take(remote);
    return found;
  }

  /** All scripts that V8 knows. Dear: asked once for scripts that cannot be found otherwise. */
  scripts() {
    const scripts = [];
    const note = ({ params }) => scripts.push(params);
    this.#session.on('Debugger.scriptParsed', note);
    this.#post('Debugger.enable', { maxScriptsCacheSize: 0 });
    this.#post('Debugger.disable');
    this.#session.off('Debugger.scriptParsed', note);
    return scripts;
  }

  /** The text of a script as V8 compiled it. */
  source(scriptId) {
    this.#post('Debugger.enable', { maxScriptsCacheSize: 0 });
    try {
      return this.#post('Debugger.getScriptSource', { scriptId }).scriptSource;
    } finally {
      this.#post('Debugger.disable');
    }
  }
}

function unremote({ type, value, unserializableValue, subtype }) {
  if (type === 'undefined') return undefined;
  if (subtype === 'null') return null;
  if (unserializableValue === undefined) return value;
  return type === 'bigint' ? BigInt(unserializableValue.slice(0, -1)) : Number(unserializableValue);
}

module.exports = { Inspector };
