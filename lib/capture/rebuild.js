'use strict';
// Makes a captured function anew from its plan, in the worker. Loads nothing of the caller's side.

const vm = require('node:vm');
const { Flag, Form, Integrity, Node, Property } = require('./format');

/** @type {Map<number, Map<string, Function>>} compiled factories by the code's number and the shape of its variables */
const factories = new Map();

/** Factories are kept while they are few. */
const LIMIT = 8192;

/** @type {WeakMap<Function, number>} */
const refs = new WeakMap();

/**
 * A factory for the closures of a code: called with the values and with what takes the function that sets the late
 * ones. `shape` has a letter for each variable: c constant, l late, a assigned by the code itself, b both.
 */
function factory(code, shape) {
  let shapes = factories.get(code.id);
  if (shapes === undefined) {
    if (factories.size >= LIMIT) factories.clear();
    factories.set(code.id, (shapes = new Map()));
  }
  let made = shapes.get(shape);
  if (made === undefined) shapes.set(shape, (made = compile(code, shape)));
  return made;
}

function compile({ text, file, line, column, form, flags, names }, shape) {
  const values = unused(text, '$v');
  const late = unused(text, '$l');
  let head = (flags & Flag.STRICT) !== 0 ? '"use strict";' : '';
  let setters = '';
  for (let at = 0; at < names.length; at++) {
    const value = `${values}[${at}]`;
    const letter = shape[at];
    const isOwn = form === Form.DECLARATION && (letter === 'l' || letter === 'b') && names[at] === nameOf(text);
    if (letter === 'c') head += `const ${names[at]}=${value};`;
    else if (letter === 'a') head += `let ${names[at]}=${value};`;
    else {
      if (!isOwn) head += `let ${names[at]};`;
      setters += `${names[at]}=${value};`;
    }
  }
  if (setters !== '') head += `${late}(()=>{${setters}});`;
  let tail;
  if (form === Form.DECLARATION) tail = `\nreturn ${nameOf(text)}`;
  else if (form === Form.METHOD) [head, tail] = [`${head}return ({`, '\n})'];
  else [head, tail] = [`${head}return (`, '\n)'];
  return vm.compileFunction(head + text + tail, [values, late], {
    filename: file,
    lineOffset: line,
    columnOffset: column - head.length,
  });
}

const nameOf = (text) => /^(?:async\s+)?function\s*\*?\s*([^\s(]+)/.exec(text)?.[1];

function unused(text, base) {
  let name = base;
  for (let number = 0; text.includes(name); number++) name = base + number;
  return name;
}

/** One plan being made into values. */
class Builder {
  #codes;
  #leaves;
  #nodes;
  #made;
  #begun;
  #fills = [];
  #setters = [];

  constructor({ codes, leaves, nodes }) {
    this.#codes = codes;
    this.#leaves = leaves;
    this.#nodes = nodes;
    this.#made = new Array(nodes.length);
    this.#begun = new Uint8Array(nodes.length);
  }

  build(root) {
    const value = this.#get(root);
    for (let fill = this.#fills.pop(); fill !== undefined; fill = this.#fills.pop()) fill();
    for (const set of this.#setters) set();
    return value;
  }

  #get(reference) {
    if (reference < 0) return this.#leaves[~reference];
    if (this.#begun[reference] === 0) {
      this.#begun[reference] = 1;
      this.#made[reference] = this.#make(this.#nodes[reference], reference);
      this.#begun[reference] = 2;
    }
    return this.#made[reference];
  }

  #make(node, reference) {
    switch (node[0]) {
      case Node.FUNCTION:
        return this.#function(node, reference);
      case Node.OBJECT: {
        const object = {};
        this.#fills.push(() => this.#fill(object, node[1], node[2], node[3]));
        return object;
      }
      case Node.ARRAY: {
        const array = new Array(node[1]);
        this.#fills.push(() => this.#fill(array, node[2], node[3], node[4]));
        return array;
      }
      case Node.MAP: {
        const map = new Map();
        this.#fills.push(() => {
          for (let at = 0; at < node[1].length; at += 2) map.set(this.#get(node[1][at]), this.#get(node[1][at + 1]));
          this.#fill(map, node[2], node[3], node[4]);
        });
        return map;
      }
      case Node.SET: {
        const set = new Set();
        this.#fills.push(() => {
          for (const value of node[1]) set.add(this.#get(value));
          this.#fill(set, node[2], node[3], node[4]);
        });
        return set;
      }
      case Node.PROTOTYPE:
        return this.#get(node[1]).prototype;
      case Node.SYMBOL:
        return Symbol(node[1]);
      case Node.INTRINSIC:
        return follow(globalThis, node[1]);
      case Node.REQUIRE:
        return follow(require(node[1]), node[2]);
      case Node.BOUND:
        return Function.prototype.bind.call(
          this.#get(node[1]),
          this.#get(node[2]),
          ...node[3].map((one) => this.#get(one)),
        );
      case Node.PROXY:
        return new Proxy(this.#get(node[1]), this.#get(node[2]));
      default:
        throw new Error(`a plan holds a node of an unknown kind: ${node[0]}`);
    }
  }

  #function(node, reference) {
    const code = this.#codes[node[1]];
    const references = node[2];
    const values = new Array(references.length);
    let shape = '';
    for (let at = 0; at < references.length; at++) {
      const to = references[at];
      // A function that is being made cannot be had yet: whoever needs it gets it when all are there.
      const late = to >= 0 && this.#begun[to] === 1;
      if (!late) values[at] = this.#get(to);
      shape += at < code.assigned ? (late ? 'b' : 'a') : late ? 'l' : 'c';
    }
    const made = factory(code, shape)(values, (set) => {
      this.#setters.push(() => {
        references.forEach((to, at) => (values[at] = this.#get(to)));
        set();
      });
    });
    const fn = code.form === Form.METHOD ? methodOf(made) : made;
    if (code.form === Form.CLASS) refs.set(fn, reference);
    if (node[3] !== null) this.#fills.push(() => this.#extras(fn, node[3]));
    return fn;
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
    this.#fill(fn, properties, parent ?? -1, integrity);
  }

  #fill(object, properties, prototype, integrity) {
    if (prototype === null) Object.setPrototypeOf(object, null);
    else if (prototype !== -1) Object.setPrototypeOf(object, this.#get(prototype));
    this.#define(object, properties);
    if (integrity === Integrity.FROZEN) Object.freeze(object);
    else if (integrity === Integrity.SEALED) Object.seal(object);
    else if (integrity === Integrity.NO_EXTENSION) Object.preventExtensions(object);
  }

  #define(object, properties) {
    if (properties === null) return;
    for (let at = 0; at < properties.length; at += 3) {
      const key = typeof properties[at] === 'string' ? properties[at] : this.#get(properties[at]);
      const word = properties[at + 1];
      const descriptor = {
        enumerable: (word & Property.ENUMERABLE) !== 0,
        configurable: (word & Property.CONFIGURABLE) !== 0,
      };
      if ((word & Property.ACCESSOR) !== 0) {
        const [get, set] = properties[at + 2];
        Object.assign(descriptor, { get: this.#get(get), set: this.#get(set) });
      } else {
        Object.assign(descriptor, { value: this.#get(properties[at + 2]), writable: (word & Property.WRITABLE) !== 0 });
      }
      Object.defineProperty(object, key, descriptor);
    }
  }
}

function methodOf(object) {
  const descriptor = Object.getOwnPropertyDescriptor(object, Reflect.ownKeys(object)[0]);
  return descriptor.value ?? descriptor.get ?? descriptor.set;
}

const HIDDEN = {
  '%AsyncFunction%': () => Object.getPrototypeOf(async () => {}).constructor,
  '%GeneratorFunction%': () => Object.getPrototypeOf(function* () {}).constructor,
  '%AsyncGeneratorFunction%': () => Object.getPrototypeOf(async function* () {}).constructor,
  '%TypedArray%': () => Object.getPrototypeOf(Uint8Array),
};

/** Follows a path of members; a step that begins with `get ` or `set ` means the accessor itself. */
function follow(start, path) {
  let value = start;
  path.forEach((step, at) => {
    if (at === 0 && step in HIDDEN) {
      value = HIDDEN[step]();
      return;
    }
    const accessor = /^([gs]et) (.*)$/s.exec(step);
    const name = accessor === null ? step : accessor[2];
    const key = name.startsWith('@@') ? Symbol[name.slice(2)] : name;
    value = accessor === null ? value[key] : Object.getOwnPropertyDescriptor(value, key)[accessor[1]];
  });
  return value;
}

/**
 * @param {{ codes: object[], leaves: unknown[], nodes: unknown[][], root: number }} plan
 * @returns {Function | Promise<Function>} a promise where the plan refers to what only `import()` can load
 */
function rebuild(plan) {
  return new Builder(plan).build(plan.root);
}

/** The reference of a class that was rebuilt from a capture, or undefined. */
const classRef = (constructor) => refs.get(constructor);

module.exports = { classRef, rebuild };
