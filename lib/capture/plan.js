'use strict';
// The plan of a function: a walk over the function, the variables it uses and all that they lead to, which describes
// what is not plain data.

const { types } = require('node:util');
const { Form, Node, Property } = require('./format');
const { Edit, Uses } = require('./analysis');
const { Cells } = require('./cells');
const { readerOf } = require('./code');
const { Walk, isPrimitive } = require('./data');
const extras = require('./extras');
const { Guards } = require('./guards');
const { classOf, classifyClass, classifyContent, hostClass, tagOf } = require('./hosts');
const { originOf } = require('./imports');
const { intrinsic } = require('./intrinsics');
const modules = require('./modules');
const { integrityOf, shapeOf, weakTarget } = require('./objects');
const { firstOf, isOfNode, mayBeForeign } = require('./origin');
const references = require('./references');
const { Refusal, article, member, note, refusalOfNative, refuseTies, variable } = require('./refuse');
const { UNINITIALISED, resolve } = require('./resolve');
const { siteOf } = require('./sites');
const { classNumber, isErrorClass } = require('../classes');
const { idOf, isStorage } = require('../storages');

/** @typedef {import('./refuse').Trail} Trail */

/** One walk. What it finds on the way besides the plan stands in its fields. */
class Planner {
  /** Whether nothing in the plan can change before the next call, as long as the guards hold. */
  stable = true;
  /** What would be taken otherwise if it were changed. */
  guards = new Guards();
  /** Whether the plan serves every closure of the function's site. */
  common = true;
  /** @type {import('./sites').Site | null} */
  site = null;

  /** @type {[number, number, string[]][]} error classes that the worker loads: number, reference, path of members */
  #errors = [];

  #codes = [];
  #leaves = [];
  #nodes = [];
  #imports = false;
  #inspector;
  #captures;
  #files;
  #entry;
  /** Whether the entry can see itself. */
  #reflexive = false;
  /** @type {Map<unknown, number>} */
  #seen = new Map();
  /** Objects inside the leaves, which need a place of their own only if something else leads to them. */
  #plain = new Set();
  /** Prototypes whose objects have nothing but their properties. */
  #ordinary = new Set();
  /** Objects that are known to be no plain data. */
  #spoilt = new Set();
  /** @type {Map<object, number>} */
  #codeOf = new Map();
  /** Objects that have a node and have not been walked yet. */
  #queue = [];
  /** @type {{ object: object, node: any[], reference: number }[]} */
  #weak = [];
  #cells = new Cells();

  /**
   * @param {import('./inspector').Inspector} inspector
   * @param {Record<string, unknown> | null} captures variables supplied by hand
   * @param {import('./files').Files} files files of the user's that are taken by reference
   */
  constructor(inspector, captures, files) {
    this.#inspector = inspector;
    this.#captures = captures;
    this.#files = files;
  }

  /** @param {Function} fn */
  plan(fn) {
    this.#entry = fn;
    const root = this.#reference(fn, null);
    do this.#drain();
    while (this.#fillWeak());
    if (this.#reflexive || (this.site?.analysis.ownUses ?? 0) !== 0) this.guards.addOwn(fn);
    const groups = this.#cells.groups(this.#nodes, this.#codes);
    const lists = { codes: this.#codes, leaves: this.#leaves, nodes: this.#nodes, groups, errors: this.#errors };
    return { ...lists, root, imports: this.#imports };
  }

  #drain() {
    for (let item = this.#queue.pop(); item !== undefined; item = this.#queue.pop()) this.#fill(item);
  }

  #leaf(value) {
    return ~(this.#leaves.push(value) - 1);
  }

  #node(value, node) {
    const reference = this.#nodes.push(node) - 1;
    this.#seen.set(value, reference);
    if (node[0] === Node.IMPORT) this.#imports = true;
    if (node[0] === Node.IMPORT || node[0] === Node.REQUIRE) {
      for (const [constructor, path] of references.errorsOf(value)) {
        this.#errors.push([classNumber(constructor), reference, path]);
      }
    }
    return reference;
  }

  /** @param {Trail | null} trail what leads to the value */
  #reference(value, trail) {
    if (isPrimitive(value)) return this.#leaf(value);
    const seen = this.#seen.get(value);
    if (seen !== undefined) {
      if (value === this.#entry || extras.ownerOf(value) === this.#entry) this.#reflexive = true;
      return seen;
    }
    if (typeof value === 'symbol') {
      if (value === UNINITIALISED) {
        throw new Refusal(trail, 'is not initialised yet', 'Call after its declaration has been reached.');
      }
      const path = intrinsic(value);
      if (path !== undefined) return this.#node(value, [Node.INTRINSIC, path]);
      return this.#node(value, [Node.SYMBOL, value.description, Symbol.keyFor(value) !== undefined]);
    }
    if (types.isProxy(value)) return this.#proxy(value, trail);
    return typeof value === 'function' ? this.#function(value, trail, null) : this.#object(value, trail);
  }

  // Functions.

  /** @param {object | null} home the object that a method with `super` was found in */
  #function(fn, trail, home) {
    const loader = references.requireOf(fn);
    if (loader !== null) return this.#node(fn, loader);
    const site = siteOf(fn, this.#inspector);
    if (site === null || site.script?.builtin) return this.#native(fn, trail);
    const { script } = site;
    const node =
      (script?.library ? references.exported(fn, script, () => this.#scopes(fn)) : null) ?? this.#files.reference(fn);
    if (node !== null) return this.#node(fn, node);
    const tied = Uses.PRIVATE | (home === null ? Uses.SUPER : 0);
    const owner = (site.analysis.uses & tied) === 0 ? null : extras.classOf(fn, this.#scopes(fn));
    if (owner !== null) {
      const reference = this.#reference(owner.constructor, note(trail, 'its class'));
      return this.#node(fn, [Node.MEMBER, reference, owner.path]);
    }
    refuseTies(trail, site.analysis.uses & (home === null ? -1 : ~Uses.SUPER));
    return this.#closure(fn, site, trail, home);
  }

  #scopes(fn) {
    return this.#inspector.available ? this.#inspector.read(fn).scopes : [];
  }

  /** A function of the realm, of Node or of an addon: only by name. */
  #native(fn, trail) {
    const found = references.known(fn);
    if (found !== null) return this.#node(fn, found);
    const internals = this.#inspector.available ? this.#inspector.internals(fn) : {};
    if (internals.TargetFunction !== undefined) return this.#bound(fn, internals, trail);
    const original = extras.promisified(fn, () => this.#scopes(fn));
    if (original !== null) {
      const node = [Node.PROMISIFIED, -1];
      const reference = this.#node(fn, node);
      node[1] = this.#reference(original, note(trail, 'what it promisifies'));
      return reference;
    }
    const made = references.late(fn);
    if (made !== null) return this.#node(fn, made);
    throw refusalOfNative(fn, trail);
  }

  /** @param {any} internals what V8 tells of a bound function */
  #bound(fn, internals, trail) {
    const { TargetFunction, BoundThis, BoundArgs } = internals;
    const node = [Node.BOUND, -1, -1, []];
    const reference = this.#node(fn, node);
    const list = note(trail, 'its bound arguments');
    node[1] = this.#reference(TargetFunction, note(trail, 'its target'));
    node[2] = this.#reference(BoundThis, note(trail, 'its bound `this`'));
    node[3] = Array.from(BoundArgs ?? [], (value, at) => this.#reference(value, member(list, at, value)));
    this.common = false;
    return reference;
  }

  /** A function with its variables, by value. */
  #closure(fn, site, trail, home) {
    const isEntry = fn === this.#entry;
    if (isEntry) this.site = site;
    else this.guards.add(fn);
    const resolution = resolve(fn, site, this.#inspector, isEntry ? this.#captures : null, this.#captures);
    const { code, variables, specials, list, missing } = resolution;
    if (missing.length > 0) throw this.#missing(missing, trail);
    if (!resolution.fixed) this.stable = false;
    if (isEntry && !variables.every((one) => one.common)) this.common = false;
    const values = [];
    const node = [Node.FUNCTION, this.#codeNumber(code), values, null, 0, null, null];
    const reference = this.#node(fn, node);
    for (const [at, one] of variables.entries()) {
      const step = variable(trail, one.name, one.value, site.script);
      const origin = one.binding === null || one.fixed ? null : originOf(site.script, one.name);
      const user = { fn, reference, at, variable: one, step, imported: origin !== null };
      this.#cells.note(user, origin?.script ?? site.script, origin?.name ?? one.name);
      if (one.written && isEntry) {
        const what = 'is assigned by the function, and that would be lost: only the result comes back';
        throw new Refusal(step, what, 'Return the value instead.');
      }
      values.push(this.#variable(one, site, step));
    }
    for (const special of specials) values.push(this.#special(fn, special, resolution, trail));
    if (list !== null) values.push(this.#reference(list, note(trail, 'the `arguments` around it')));
    if (site.analysis.form === Form.CLASS || isErrorClass(fn)) {
      node[4] = classNumber(fn);
      this.common = false;
    }
    if (home !== null && (site.analysis.uses & Uses.SUPER) !== 0)
      node[5] = this.#reference(Object.getPrototypeOf(home), note(trail, 'what `super` means'));
    node[3] = this.#extras(fn, resolution, trail);
    return reference;
  }

  #codeNumber(code) {
    let index = this.#codeOf.get(code);
    if (index === undefined) this.#codeOf.set(code, (index = this.#codes.push(code) - 1));
    return index;
  }

  /** The value of a captured variable; what a library's import declaration binds needs no look at the value. */
  #variable({ name, value, binding }, { script }, step) {
    if (binding !== null && binding.top && script.module && !isPrimitive(value) && !this.#seen.has(value)) {
      const node = references.imported(name, value, script, this.#files.hasImport(script, name));
      if (node !== null) return this.#loaded(value, node);
    }
    return this.#reference(value, step);
  }

  /** What the worker loads for itself. An AsyncLocalStorage among it stands for this one there. */
  #loaded(value, node) {
    const reference = this.#node(value, node);
    return isStorage(value) ? this.#node(value, [Node.STORAGE, idOf(value), reference]) : reference;
  }

  #missing(names, trail) {
    const list = names.map((name) => `'${name}'`).join(', ');
    const which = `uses the variable${names.length > 1 ? 's' : ''} ${list}, which cannot be read here`;
    const why = this.#inspector.available ? '' : 'This runtime does not let captured variables be read. ';
    return new Refusal(
      trail,
      which,
      `${why}Supply ${names.length > 1 ? 'them' : 'it'} with the option \`captures: { ${names.join(', ')} }\`.`,
    );
  }

  /** The value of a variable that an edit put into the code. */
  #special(fn, { kind, of }, { site, privates, facts }, trail) {
    if (kind === Edit.IMPORT) return this.#nodes.push([Node.IMPORT_OF, site.script?.url ?? null]) - 1;
    if (kind === Edit.IMPORT_META) return this.#nodes.push([Node.META_OF, site.script?.url ?? null]) - 1;
    if (kind === Edit.HERITAGE) return this.#reference(extras.heritage(fn), note(trail, 'its superclass'));
    if (kind === Edit.KEY) return this.#reference(facts.keys.get(of), note(trail, 'a name of its members'));
    return this.#reference(privates.get(of), member(trail, of, undefined));
  }

  /** What a function has beyond its code; see `extras.js`. */
  #extras(fn, { site, facts }, trail) {
    const found = extras.of(fn, site.analysis, facts);
    if (found === null) return null;
    const { name, keys, parent, replaced, prototype, integrity } = found;
    if (fn === this.#entry && (keys.length > 0 || parent !== undefined || replaced !== undefined || integrity !== 0)) {
      this.common = false;
    }
    if (fn === this.#entry && prototype !== null) this.common = false;
    if (keys.some((key) => typeof Object.getOwnPropertyDescriptor(fn, key).value !== 'function')) this.stable = false;
    const entry = [name, this.#properties(fn, keys, trail), null, null, integrity];
    if (parent !== undefined) entry[2] = this.#reference(parent, note(trail, 'its prototype'));
    if (replaced !== undefined) entry[3] = this.#reference(replaced, member(trail, 'prototype', replaced));
    if (prototype !== null) {
      const object = fn.prototype;
      if (!this.#seen.has(object)) this.#node(object, [Node.PROTOTYPE, this.#seen.get(fn)]);
      const step = member(trail, 'prototype', object);
      const above =
        prototype.parent === undefined ? null : this.#reference(prototype.parent, note(step, 'its prototype'));
      entry[3] = [this.#properties(object, prototype.keys, step), above, prototype.dropped];
    }
    return entry;
  }

  // Objects.

  #object(object, trail) {
    if (this.#data(object)) return this.#seen.get(object);
    if (modules.isModule(object)) return this.#module(object, trail);
    const node = this.#byReference(object) ?? this.#files.reference(object);
    if (node !== null) return this.#loaded(object, node);
    if (isStorage(object)) return this.#node(object, [Node.STORAGE, idOf(object), null]);
    const target = weakTarget(object);
    if (target !== undefined) return this.#weakRef(object, target, trail);
    const isOrdinary = this.#ordinary.has(Object.getPrototypeOf(object));
    const refused = classifyContent(object) ?? (isOrdinary ? null : classifyClass(object));
    if (refused !== null) {
      const late = references.late(object);
      if (late !== null) return this.#node(object, late);
      throw new Refusal(trail, refused[0], refused[1]);
    }
    const owner = extras.ownerOf(object);
    if (owner !== null) return this.#prototype(object, owner, trail);
    return types.isModuleNamespaceObject(object) ? this.#namespace(object, trail) : this.#described(object, trail);
  }

  #byReference(object) {
    if (!mayBeForeign(object)) return null;
    const found = references.known(object);
    if (found !== null) return found;
    const fn = firstOf(object);
    return fn !== null && isOfNode(fn) && references.known(fn) === null ? references.late(object) : null;
  }

  #weakRef(object, target, trail) {
    const node = [Node.WEAK_REF, -1];
    const reference = this.#node(object, node);
    this.stable = false;
    node[1] = this.#reference(target, note(trail, 'what it refers to'));
    return reference;
  }

  /** The `prototype` of a function. */
  #prototype(object, owner, trail) {
    const reference = this.#reference(owner, note(trail, 'its class'));
    // Describing the class may have come past here.
    return this.#seen.get(object) ?? this.#node(object, [Node.PROTOTYPE, reference]);
  }

  /** The `module` of a CommonJS file: what it says, without what the loader keeps in it. */
  #module(module, trail) {
    const { id, filename, exports, path } = module;
    const reference = this.#described({ id, filename, path, loaded: true, exports }, trail);
    this.#seen.set(module, reference);
    return reference;
  }

  #described(object, trail) {
    const prototype = Object.getPrototypeOf(object);
    const isOrdinary = this.#ordinary.has(prototype);
    const shape = shapeOf(object, isOrdinary);
    if (!isOrdinary) {
      const host = shape === null ? classOf(object) || tagOf(object) || 'object' : hostClass(object, shape);
      if (host !== null) {
        throw new Refusal(
          trail,
          `is ${article(host)}, which cannot leave its thread`,
          'Capture its data, or create it inside the function instead.',
        );
      }
      this.#checkPrivate(object, trail);
      if (shape.node[0] === Node.OBJECT) this.#ordinary.add(prototype);
    }
    if (!Object.isFrozen(object) || shape.node[0] > Node.ARRAY) this.stable = false;
    const reference = this.#node(object, shape.node);
    if (shape.node[0] === Node.WEAK_MAP || shape.node[0] === Node.WEAK_SET) {
      this.#weak.push({ object, node: shape.node, reference });
    }
    this.#queue.push({ object, shape, trail });
    return reference;
  }

  /** The namespace of a builtin module, or that of one of the user's: an object with what it exports. */
  #namespace(object, trail) {
    const id = modules.namespaceOf(object);
    if (id !== null) return this.#node(object, [Node.IMPORT, null, id, []]);
    const stand = Object.create(null);
    const variables = this.#variablesOf(object);
    for (const key of Reflect.ownKeys(object)) {
      const descriptor = Object.getOwnPropertyDescriptor(object, key);
      const variable = variables.get(key);
      if (variable === undefined) Object.defineProperty(stand, key, descriptor);
      else {
        const get = this.#reader(
          variable.script,
          variable.name,
          descriptor.value,
          member(trail, key, descriptor.value),
        );
        Object.defineProperty(stand, key, { get, enumerable: true, configurable: false });
      }
    }
    const reference = this.#described(Object.freeze(stand), trail);
    this.#seen.set(object, reference);
    // What a module exports may be assigned by it at any time.
    this.stable = false;
    return reference;
  }

  /** Exports whose values can change: those that are variables of a script that some exported function stands in. */
  #variablesOf(namespace) {
    const found = new Map();
    const scripts = new Set();
    for (const key of Object.keys(namespace)) {
      const { value } = Object.getOwnPropertyDescriptor(namespace, key);
      if (typeof value !== 'function' || types.isProxy(value)) continue;
      const script = siteOf(value, this.#inspector)?.script ?? null;
      if (script === null || script.builtin || script.library || scripts.has(script)) continue;
      scripts.add(script);
      for (const { exported, local, specifier } of script.exports) {
        if (specifier !== '' || !Object.hasOwn(namespace, exported)) continue;
        if (script.top(local)?.assigned && !script.imports.has(local)) found.set(exported, { script, name: local });
      }
    }
    return found;
  }

  /** A getter of a module's variable, which shares it with the module's functions. Stands for itself in the plan. */
  #reader(script, name, value, step) {
    const getter = () => value;
    const values = [];
    const code = this.#codeNumber(readerOf(script, name));
    const reference = this.#node(getter, [Node.FUNCTION, code, values, null, 0, null, null]);
    const binding = script.top(name);
    const variable = { name, value, fixed: false, common: true, binding, up: -1, written: false };
    this.#cells.note({ fn: getter, reference, at: 0, variable, step, imported: false }, script, name);
    values.push(this.#reference(value, step));
    return getter;
  }

  /** Refuses an instance whose class keeps something in `#private` fields: nothing can write them from outside. */
  #checkPrivate(object, trail) {
    for (let prototype = Object.getPrototypeOf(object); prototype !== null;) {
      if (types.isProxy(prototype)) return;
      const constructor = Object.getOwnPropertyDescriptor(prototype, 'constructor')?.value;
      if (typeof constructor === 'function' && !types.isProxy(constructor)) {
        const site = siteOf(constructor, this.#inspector);
        if (site !== null && !site.script?.builtin && (site.analysis.uses & Uses.PRIVATE_INSTANCE) !== 0) {
          const what = `is an instance of ${constructor.name || 'a class'}, whose \`#private\` fields cannot be read from outside`;
          throw new Refusal(trail, what, 'Build it inside the function instead.');
        }
      }
      prototype = Object.getPrototypeOf(prototype);
    }
  }

  /** Notes an object as a leaf if all that it leads to is plain data; else says no. */
  #data(object) {
    if (this.#spoilt.has(object)) return false;
    if (!this.#plain.has(object)) {
      const walk = new Walk(this.#plain, (inner) => (this.#seen.get(inner) ?? -1) >= 0 || this.#spoilt.has(inner));
      if (!walk.run(object)) {
        for (const one of walk.spoilt) this.#spoilt.add(one);
        return false;
      }
      if (walk.mutable) this.stable = false;
      for (const one of walk.patterns) this.guards.add(one);
    }
    this.#seen.set(object, this.#leaf(object));
    return true;
  }

  #proxy(value, trail) {
    if (!this.#inspector.available) {
      throw new Refusal(trail, 'is a proxy, which cannot be read here', 'Create it inside the function instead.');
    }
    const { Target, Handler } = this.#inspector.internals(value);
    if (isPrimitive(Target)) throw new Refusal(trail, 'is a proxy that has been revoked', 'Capture what it stood for.');
    const node = [Node.PROXY, -1, -1];
    const reference = this.#node(value, node);
    this.stable = false;
    node[1] = this.#reference(Target, note(trail, 'the target of its proxy'));
    node[2] = this.#reference(Handler, note(trail, 'the handler of its proxy'));
    return reference;
  }

  /** Walks an object that has its node. */
  #fill({ object, shape: { node, base, skip }, trail }) {
    const end = node.length;
    const keys = Reflect.ownKeys(object).filter((key) => !skip(key));
    node[end - 3] = this.#properties(object, keys, trail);
    const prototype = Object.getPrototypeOf(object);
    if (prototype !== base) node[end - 2] = this.#prototypeReference(prototype, note(trail, 'its prototype'));
    node[end - 1] = integrityOf(object);
    switch (node[0]) {
      case Node.ARRAY:
        node[2] = this.#elements(object, trail);
        break;
      case Node.MAP:
        node[1] = [];
        Map.prototype.forEach.call(object, (value, key) => {
          node[1].push(
            this.#reference(key, note(trail, 'a key')),
            this.#reference(value, member(trail, label(key), value)),
          );
        });
        break;
      case Node.SET:
        node[1] = Array.from(Set.prototype.values.call(object), (one) => this.#reference(one, note(trail, 'a member')));
        break;
      case Node.EXOTIC:
        node[1] = this.#leaf(node[1]);
        break;
      case Node.CONSTRUCTED:
        node[2] = this.#leaf(node[2]);
        break;
      default:
    }
  }

  /** A prototype that a library has is the worker's own, which must have as much as this one. */
  #prototypeReference(prototype, trail) {
    const reference = this.#reference(prototype, trail);
    if (reference < 0) return reference;
    const node = this.#nodes[reference];
    const properties = Reflect.ownKeys(prototype).length;
    if (node[0] === Node.REQUIRE) node[3] = properties;
    if (node[0] === Node.PROTOTYPE && this.#nodes[node[1]][0] === Node.REQUIRE) node[2] = properties;
    return reference;
  }

  #elements(array, trail) {
    const elements = new Array(array.length);
    for (let at = 0; at < array.length; at++) {
      elements[at] = at in array ? this.#reference(array[at], member(trail, at, array[at])) : null;
    }
    return elements;
  }

  /** Gives weak collections what else in the plan they hold; true where that has led to something new. */
  #fillWeak() {
    let found = false;
    for (const { object, node } of this.#weak) {
      const isMap = node[0] === Node.WEAK_MAP;
      const seen = /** @type {[any, number][]} */ (Array.from(this.#seen));
      for (const [key, reference] of seen) {
        if (isPrimitive(key) || typeof key === 'symbol' || node[1].includes(reference)) continue;
        if (isMap && WeakMap.prototype.has.call(object, key)) {
          const value = WeakMap.prototype.get.call(object, key);
          node[1].push(reference, this.#reference(value, note(null, 'a value of a WeakMap')));
          found = true;
        } else if (!isMap && WeakSet.prototype.has.call(object, key)) {
          node[1].push(reference);
        }
      }
    }
    return found;
  }

  #properties(object, keys, trail) {
    if (keys.length === 0) return null;
    const list = [];
    for (const key of keys) {
      const descriptor = Object.getOwnPropertyDescriptor(object, key);
      const step = member(trail, key, descriptor.value);
      let word = descriptor.enumerable ? Property.ENUMERABLE : 0;
      if (descriptor.configurable) word |= Property.CONFIGURABLE;
      let reference;
      if ('value' in descriptor) {
        if (descriptor.writable) word |= Property.WRITABLE;
        reference = this.#member(descriptor.value, step, object);
      } else {
        word |= Property.ACCESSOR;
        const { get, set } = descriptor;
        reference = [
          this.#member(get, note(step, 'its getter'), object),
          this.#member(set, note(step, 'its setter'), object),
        ];
      }
      list.push(typeof key === 'symbol' ? this.#reference(key, step) : key, word, reference);
    }
    return list;
  }

  /** The value of an object's property; a method of it may use `super`. */
  #member(value, step, object) {
    if (typeof value !== 'function' || types.isProxy(value)) return this.#reference(value, step);
    return this.#seen.has(value) ? this.#reference(value, step) : this.#function(value, step, object);
  }
}

const label = (key) => (isPrimitive(key) ? String(key) : typeof key === 'symbol' ? key : 'a key');

module.exports = { Planner };
