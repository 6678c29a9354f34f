'use strict';
// Makes a captured function anew from its plan, in the worker. Loads nothing of the caller's side.

const { createRequire } = require('node:module');
const path = require('node:path');
const { fileURLToPath } = require('node:url');
const { promisify } = require('node:util');
const { Shape, factory, groupFactory, importer } = require('./compile');
const { CaptureError } = require('../errors');
const { Form, Integrity, Node, Property } = require('./format');
const { storageOf } = require('../storages');

/**
 * Classes that were captured and their prototypes: one that is code is made for each capture, one that is loaded may
 * have a number from each isolate that calls.
 * @type {WeakMap<object, number | number[]>}
 */
const numbers = new WeakMap();

/** One plan being made into values. */
class Builder {
  #codes;
  #leaves;
  #nodes;
  #imported;
  #groups;
  #errors;
  #factories = [];
  #made;
  /** For each node: 0 not begun, 1 being made, 2 there. */
  #state;
  /** What is still to be done when an object or a function is there, its content first of all. */
  #fills = [];
  #setters = [];

  constructor({ codes, leaves, nodes, groups, errors }, imported) {
    this.#codes = codes;
    this.#leaves = leaves;
    this.#nodes = nodes;
    this.#imported = imported;
    this.#groups = groups;
    this.#errors = errors;
    this.#made = new Array(nodes.length);
    this.#state = new Uint8Array(nodes.length);
  }

  build(root) {
    const value = this.#get(root);
    const closing = [];
    for (let fill = this.#fills.shift(); fill !== undefined; fill = this.#fills.shift()) {
      const close = fill();
      if (close !== undefined) closing.push(close);
    }
    for (const set of this.#setters) set();
    for (const close of closing) close();
    for (const [number, reference, path] of this.#errors) nameClass(memberOf(this.#get(reference), path), number);
    return value;
  }

  #get(reference) {
    if (reference < 0) return this.#leaves[~reference];
    if (this.#state[reference] === 0) {
      this.#state[reference] = 1;
      this.#made[reference] = this.#make(this.#nodes[reference], reference);
      this.#state[reference] = 2;
    }
    return this.#made[reference];
  }

  #list(references) {
    return references.map((one) => this.#get(one));
  }

  #make(node, reference) {
    switch (node[0]) {
      case Node.FUNCTION:
        return this.#function(node);
      case Node.OBJECT:
        return this.#filled({}, node);
      case Node.ARRAY:
        return this.#filled(new Array(node[1]), node, (array) => {
          node[2].forEach((one, at) => {
            if (one !== null) array[at] = this.#get(one);
          });
        });
      case Node.MAP:
        return this.#filled(new Map(), node, (map) => {
          for (let at = 0; at < node[1].length; at += 2) {
            Map.prototype.set.call(map, this.#get(node[1][at]), this.#get(node[1][at + 1]));
          }
        });
      case Node.SET:
        return this.#filled(new Set(), node, (set) => {
          for (const one of node[1]) Set.prototype.add.call(set, this.#get(one));
        });
      case Node.WEAK_MAP:
        return this.#filled(new WeakMap(), node, (map) => {
          for (let at = 0; at < node[1].length; at += 2) map.set(this.#get(node[1][at]), this.#get(node[1][at + 1]));
        });
      case Node.WEAK_SET:
        return this.#filled(new WeakSet(), node, (set) => {
          for (const one of node[1]) set.add(this.#get(one));
        });
      case Node.EXOTIC:
        return this.#filled(this.#get(node[1]), node);
      case Node.CONSTRUCTED:
        return this.#filled(Reflect.construct(follow(globalThis, node[1]), this.#get(node[2])), node);
      case Node.PROTOTYPE:
        return complete(this.#get(node[1]).prototype, node[2], this.#get(node[1]).name);
      case Node.PROMISIFIED:
        return promisify(this.#get(node[1]));
      case Node.MEMBER:
        return follow(this.#get(node[1]), node[2]);
      case Node.SYMBOL:
        return node[2] ? Symbol.for(node[1]) : Symbol(node[1]);
      case Node.INTRINSIC:
        return follow(globalThis, node[1]);
      case Node.REQUIRE:
        return required(node);
      case Node.IMPORT:
        return follow(this.#imported.get(reference), node[3]);
      case Node.REQUIRE_OF:
        return createRequire(node[1]);
      case Node.IMPORT_OF:
        return importer(fileOf(node[1]));
      case Node.META_OF:
        return metaOf(node[1]);
      case Node.BOUND:
        return Function.prototype.bind.call(this.#get(node[1]), this.#get(node[2]), ...this.#list(node[3]));
      case Node.PROXY:
        return new Proxy(this.#get(node[1]), this.#get(node[2]));
      case Node.STORAGE:
        return storageOf(node[1], node[2] === null ? undefined : this.#get(node[2]));
      case Node.WEAK_REF:
        return new WeakRef(this.#get(node[1]));
      default:
        throw new Error(`a plan holds a node of an unknown kind: ${node[0]}`);
    }
  }

  /** An object whose content and properties come later, when whatever they lead to can be had. */
  #filled(object, node, content) {
    const [properties, prototype, integrity] = node.slice(-3);
    this.#fills.push(() => {
      content?.(object);
      return this.#fill(object, properties, prototype, integrity);
    });
    return object;
  }

  /** Gives back what is to be done when everything else is done. */
  #fill(object, properties, prototype, integrity) {
    if (prototype !== null) Object.setPrototypeOf(object, this.#get(prototype));
    this.#define(object, properties);
    return integrity === Integrity.NONE ? undefined : () => close(object, integrity);
  }

  #define(object, properties) {
    if (properties === null) return;
    for (let at = 0; at < properties.length; at += 3) {
      const key = typeof properties[at] === 'string' ? properties[at] : this.#get(properties[at]);
      const word = properties[at + 1];
      const common = {
        enumerable: (word & Property.ENUMERABLE) !== 0,
        configurable: (word & Property.CONFIGURABLE) !== 0,
      };
      if ((word & Property.ACCESSOR) !== 0) {
        const [get, set] = this.#list(properties[at + 2]);
        Object.defineProperty(object, key, { ...common, get, set });
      } else {
        const value = this.#get(properties[at + 2]);
        Object.defineProperty(object, key, { ...common, value, writable: (word & Property.WRITABLE) !== 0 });
      }
    }
  }

  #function([, index, references, extras, number, home, place]) {
    const code = this.#codes[index];
    const values = new Array(references.length);
    let shape = '';
    for (let at = 0; at < references.length; at++) {
      const to = references[at];
      // A function that is being made itself cannot be had yet; whoever needs it gets it when all are there.
      const late = to >= 0 && this.#isUnderWay(to);
      if (!late) values[at] = this.#get(to);
      if (at < code.assigned) shape += late ? Shape.ASSIGNED_LATE : Shape.ASSIGNED;
      else shape += late ? Shape.LATE : Shape.CONSTANT;
    }
    const make = place === null ? factory(code, shape) : this.#group(place[0])[place[1]];
    const made = make(values, this.#setter(values, references));
    const fn = code.form === Form.METHOD ? this.#method(made, home) : made;
    if (extras !== null) this.#fills.push(() => this.#extras(fn, extras));
    // By then it has the `prototype` that it had.
    if (number !== 0) this.#fills.push(() => nameClass(fn, number));
    return fn;
  }

  /** What takes the setter of late variables: it is called when all values can be had. */
  #setter(values, references) {
    return (set) => {
      this.#setters.push(() => {
        references.forEach((to, at) => (values[at] = this.#get(to)));
        set();
      });
    };
  }

  /** The factories of functions that share variables. */
  #group(index) {
    if (this.#factories[index] === undefined) {
      const { members, cells } = this.#groups[index];
      const nodes = members.map((member) => this.#nodes[member]);
      const codes = nodes.map((node) => this.#codes[node[1]]);
      const shapes = nodes.map((node, at) => groupShape(node, codes[at].assigned));
      const make = groupFactory(codes, shapes, cells.map(([name]) => name)); // prettier-ignore
      const references = cells.map(([, reference]) => reference);
      const values = new Array(cells.length);
      this.#factories[index] = make(values, this.#setter(values, references));
    }
    return this.#factories[index];
  }

  /** Whether a node is being made, or stands for something of one that is. */
  #isUnderWay(reference) {
    const node = this.#nodes[reference];
    return this.#state[reference] === 1 || (node[0] === Node.PROTOTYPE && this.#isUnderWay(node[1]));
  }

  /** The method of an object that was put around its text; `super` in it means the prototype of that object. */
  #method(object, home) {
    const { value, get, set } = Object.getOwnPropertyDescriptor(object, Reflect.ownKeys(object)[0]);
    if (home !== null) this.#fills.push(() => void Object.setPrototypeOf(object, this.#get(home)));
    return value ?? get ?? set;
  }

  #extras(fn, [name, properties, parent, prototype, integrity]) {
    if (name !== null && fn.name !== name) Object.defineProperty(fn, 'name', { value: name, configurable: true });
    if (typeof prototype === 'number') fn.prototype = this.#get(prototype);
    else if (prototype !== null) {
      const [own, above, dropped] = prototype;
      if (dropped) delete fn.prototype.constructor;
      if (above !== null) Object.setPrototypeOf(fn.prototype, this.#get(above));
      this.#define(fn.prototype, own);
    }
    return this.#fill(fn, properties, parent, integrity);
  }
}

/** The shape of a member's variables, which is the same for all plans: only what is no node is there at once. */
function groupShape([, , references, , , , [, , shared]], assigned) {
  let shape = '';
  references.forEach((to, at) => {
    if (shared.includes(at)) shape += Shape.SHARED;
    else if (at < assigned) shape += to < 0 ? Shape.ASSIGNED : Shape.ASSIGNED_LATE;
    else shape += to < 0 ? Shape.CONSTANT : Shape.LATE;
  });
  return shape;
}

function close(object, integrity) {
  if (integrity === Integrity.FROZEN) Object.freeze(object);
  else if (integrity === Integrity.SEALED) Object.seal(object);
  else Object.preventExtensions(object);
}

/** The intrinsics that no global leads to. */
const HIDDEN = {
  '%AsyncFunction%': () => Object.getPrototypeOf(async () => {}).constructor,
  '%GeneratorFunction%': () => Object.getPrototypeOf(function* () {}).constructor,
  '%AsyncGeneratorFunction%': () => Object.getPrototypeOf(async function* () {}).constructor,
  '%TypedArray%': () => Object.getPrototypeOf(Uint8Array),
  '%IteratorPrototype%': () => Object.getPrototypeOf(Object.getPrototypeOf([][Symbol.iterator]())),
  '%ArrayIteratorPrototype%': () => Object.getPrototypeOf([][Symbol.iterator]()),
  '%MapIteratorPrototype%': () => Object.getPrototypeOf(new Map()[Symbol.iterator]()),
  '%SetIteratorPrototype%': () => Object.getPrototypeOf(new Set()[Symbol.iterator]()),
  '%StringIteratorPrototype%': () => Object.getPrototypeOf(''[Symbol.iterator]()),
  '%AsyncIteratorPrototype%': () =>
    Object.getPrototypeOf(Object.getPrototypeOf(Object.getPrototypeOf((async function* () {})()))),
};

/** Follows a path of members: `@@name` and `@@:key` are symbols, `get ` and `set ` mean the accessor itself. */
function follow(start, steps) {
  let value = start;
  steps.forEach((step, at) => {
    if (at === 0 && Object.hasOwn(HIDDEN, step)) {
      value = HIDDEN[step]();
      return;
    }
    const accessor = /^([gs]et) (.*)$/s.exec(step);
    const name = accessor === null ? step : accessor[2];
    const key = keyOfStep(name);
    value = accessor === null ? value[key] : Object.getOwnPropertyDescriptor(value, key)[accessor[1]];
  });
  return value;
}

function keyOfStep(name) {
  if (!name.startsWith('@@')) return name;
  return name[2] === ':' ? Symbol.for(name.slice(3)) : Symbol[name.slice(2)];
}

/** What a file or a builtin exports. */
function required([, id, path, properties]) {
  return complete(follow(require(id), path), properties, path.join('.'));
}

/** A library's prototype, if it has what it had where it was captured: some libraries fill theirs when they are used. */
function complete(prototype, properties, name) {
  if (properties === undefined || Reflect.ownKeys(prototype).length >= properties) return prototype;
  const advice = 'Build it inside the function instead.';
  const what = `an instance of ${name} was captured, whose library gives its prototype what it has only when it is used`;
  throw new CaptureError(`${what}. ${advice}`, { path: name, advice });
}

/** The file of a script's URL; a script that is no file imports as one in the working directory. */
function fileOf(url) {
  return url !== null && url.startsWith('file:') ? fileURLToPath(url) : path.resolve('tasklets.js');
}

/** `import.meta` as a module of that URL has it. */
function metaOf(url) {
  const filename = fileOf(url);
  const { resolve } = createRequire(filename);
  const meta = { __proto__: null, dirname: path.dirname(filename), filename, url };
  return Object.assign(meta, { resolve: (specifier) => resolveURL(specifier, url, resolve) });
}

function resolveURL(specifier, base, resolve) {
  if (/^(?:\.{0,2}\/|file:|data:|node:)/.test(specifier)) return new URL(specifier, base).href;
  const found = resolve(specifier);
  return path.isAbsolute(found) ? require('node:url').pathToFileURL(found).href : `node:${found.replace(/^node:/, '')}`;
}

const imports = (nodes) => nodes.filter(([kind]) => kind === Node.IMPORT);
const importOf = ([, from, specifier]) => importer(fileOf(from))(specifier);

/** What `import()` gives for each node that needs it. */
async function load(nodes) {
  const loading = nodes.map(async (node, reference) =>
    node[0] === Node.IMPORT ? [reference, await importOf(node)] : null,
  );
  return new Map((await Promise.all(loading)).filter((entry) => entry !== null));
}

/**
 * @param {{ codes: any[], leaves: unknown[], nodes: any[][], groups: any[], errors: any[], root: number,
 *   imports: boolean }} plan
 * @returns {Function | Promise<Function>} a promise where something in the plan can only be had by `import()`
 */
function rebuild(plan) {
  if (!plan.imports) return new Builder(plan, null).build(plan.root);
  return load(plan.nodes).then((imported) => new Builder(plan, imported).build(plan.root));
}

/** What functions among the arguments have imported, by the file that imports and by what it imports. */
const loaded = new Map();
const keyOf = ([, from, specifier]) => `${from}\n${specifier}`;

/** Thrown where a value cannot be decoded before modules are there that a function in it imports. */
class Unloaded {
  #nodes;

  constructor(nodes) {
    this.#nodes = nodes;
  }

  /** Whether something that was thrown is one. Asks nothing of the value, which may be a proxy. */
  static is(thrown) {
    return typeof thrown === 'object' && thrown !== null && #nodes in thrown;
  }

  async load() {
    await Promise.all(this.#nodes.map(async (node) => loaded.set(keyOf(node), await importOf(node))));
  }
}

/**
 * The same inside a value that is being decoded, where nothing can be waited for.
 * @throws {Unloaded} decode it again when its `load()` has resolved
 */
function rebuildNow(plan) {
  if (!plan.imports) return rebuild(plan);
  const missing = imports(plan.nodes).filter((node) => !loaded.has(keyOf(node)));
  if (missing.length > 0) throw new Unloaded(missing);
  const imported = plan.nodes.map((node, reference) => [reference, node[0] === Node.IMPORT && loaded.get(keyOf(node))]);
  return new Builder(plan, new Map(imported)).build(plan.root);
}

/** A member that a module of another version may not have. */
const memberOf = (value, path) => path.reduce((object, step) => object?.[step], value);

function nameClass(constructor, number) {
  if (typeof constructor !== 'function' || !constructor.prototype) return;
  for (const object of [constructor, constructor.prototype]) {
    const known = numbers.get(object);
    if (known === undefined) numbers.set(object, number);
    else if (known !== number && !(Array.isArray(known) && known.includes(number))) {
      numbers.set(object, [known, number].flat());
    }
  }
}

/** The number of a class that was captured (or several), by its prototype or by itself; undefined for others. */
const classRef = (constructor, prototype) => numbers.get(prototype) ?? numbers.get(constructor);

module.exports = { Unloaded, classRef, rebuild, rebuildNow, required };
