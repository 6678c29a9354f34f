'use strict';
// The plan of a function: a walk over the function, the variables it uses and all that they lead to, which describes
// what is not plain data.

const { types } = require('node:util');
const { Form, Integrity, Node, Property } = require('./format');
const { Uses } = require('./analysis');
const { Edit, locate, resolve, resolved } = require('./resolve');
const { Walk, isKnownSymbol, isPrimitive } = require('./data');
const { intrinsic } = require('./intrinsics');
const modules = require('./modules');
const refuse = require('./refuse');
const { member, note, variable } = refuse;

/** Everything about a value that is written down at once, so that one walk of a plan is one object. */
class Planner {
  codes = [];
  leaves = [];
  nodes = [];
  /** Whether nothing in the plan can change before the next call. */
  stable = true;
  /** @type {Map<number, Function> | null} the user's classes in the plan */
  classes = null;

  #inspector;
  #captures;
  #prefix;
  #entry;
  /** @type {Map<unknown, number>} */
  #seen = new Map();
  #codeIndex = new Map();
  /** Objects described but not yet walked. */
  #queue = [];
  /** @type {Map<string, { users: number, writer: import('./refuse').Trail | null, name: string }>} */
  #shared = new Map();

  /**
   * @param {import('./inspector').Inspector} inspector
   * @param {{ captures: Record<string, unknown> | null, prefix: string | undefined }} options
   */
  constructor(inspector, { captures, prefix }) {
    this.#inspector = inspector;
    this.#captures = captures;
    this.#prefix = prefix;
  }

  /** @param {Function} fn */
  plan(fn) {
    this.#entry = fn;
    const root = this.#reference(fn, null);
    for (let item = this.#queue.pop(); item !== undefined; item = this.#queue.pop()) this.#fill(item);
    this.#checkShared();
    return { codes: this.codes, leaves: this.leaves, nodes: this.nodes, root };
  }

  #refuse(trail, what, advice) {
    return refuse.refusal(trail, what, advice, this.#prefix);
  }

  #leaf(value) {
    return ~(this.leaves.push(value) - 1);
  }

  #node(value, node) {
    const reference = this.nodes.push(node) - 1;
    this.#seen.set(value, reference);
    return reference;
  }

  /** The reference of a value; `trail` leads to it. */
  #reference(value, trail) {
    if (isPrimitive(value)) return this.#leaf(value);
    const seen = this.#seen.get(value);
    if (seen !== undefined) return seen;
    if (typeof value === 'symbol') {
      if (isKnownSymbol(value)) return this.#leaf(value);
      return this.#node(value, [Node.SYMBOL, value.description]);
    }
    return typeof value === 'function' ? this.#function(value, trail) : this.#object(value, trail);
  }

  // Functions.

  #function(fn, trail) {
    if (types.isProxy(fn)) return this.#proxy(fn, trail);
    const before = resolved(fn);
    if (before !== undefined) return this.#described(fn, before, trail);
    const captures = fn === this.#entry ? this.#captures : null;
    const located = locate(fn, this.#inspector, captures);
    if (located === null) return this.#native(fn, trail);
    const { script } = located;
    if (script !== null && script.builtin) return this.#native(fn, trail);
    const byReference = this.#loaded(fn, script);
    if (byReference !== undefined) return byReference;
    this.#check(located.analysis, trail);
    return this.#described(fn, resolve(fn, located, captures), trail);
  }

  /** A function of the realm, of Node or of an addon: only by name. */
  #native(fn, trail) {
    const path = intrinsic(fn);
    if (path !== undefined) return this.#node(fn, [Node.INTRINSIC, path]);
    const found = modules.builtin(fn) ?? modules.inPackage(fn);
    if (found !== undefined) return this.#node(fn, [Node.REQUIRE, found.id, found.path]);
    if (fn.name.startsWith('bound ') || !Object.hasOwn(fn, 'prototype')) {
      const { TargetFunction, BoundThis, BoundArgs } = this.#inspector.available ? this.#inspector.internals(fn) : {};
      if (TargetFunction !== undefined) return this.#bound(fn, TargetFunction, BoundThis, BoundArgs, trail);
    }
    throw this.#refuse(
      trail,
      'is a native function that no built-in module exports',
      'Require its module inside the function.',
    );
  }

  #bound(fn, target, self, list, trail) {
    const node = [Node.BOUND, 0, 0, 0];
    const reference = this.#node(fn, node);
    node[1] = this.#reference(target, note(trail, 'its target'));
    node[2] = this.#reference(self, note(trail, 'its bound `this`'));
    node[3] = Array.from(list ?? [], (value, at) =>
      this.#reference(value, member(note(trail, 'its bound arguments'), at)),
    );
    return reference;
  }

  /** A reference to what a module exports, if the value is such a thing and the module is not the user's. */
  #loaded(value, script) {
    if (typeof value === 'function' && modules.isRequire(value)) {
      const base = modules.baseOf(value);
      if (base !== null) return this.#node(value, [Node.REQUIRE_OF, base]);
    }
    if (script === null || script.library) {
      const found = modules.inPackage(value);
      if (found !== undefined) return this.#node(value, [Node.REQUIRE, found.id, found.path]);
    }
    return undefined;
  }

  /** Refuses what ties a function to its place. */
  #check({ uses, form }, trail) {
    if ((uses & Uses.EVAL) !== 0) {
      throw this.#refuse(
        trail,
        'calls `eval` directly, so what it reads cannot be known',
        'Use `(0, eval)(…)` instead.',
      );
    }
    if ((uses & Uses.WITH) !== 0) {
      throw this.#refuse(
        trail,
        'has a `with` statement, so what it reads cannot be known',
        'Name the properties instead.',
      );
    }
    if ((uses & (Uses.THIS | Uses.NEW_TARGET)) !== 0) {
      const word = (uses & Uses.THIS) !== 0 ? 'this' : 'new.target';
      throw this.#refuse(trail, `is an arrow that uses the \`${word}\` around it`, 'Keep what it needs in a const.');
    }
    if ((uses & Uses.SUPER) !== 0) {
      throw this.#refuse(
        trail,
        'uses `super`, which belongs to its object',
        'Call it on the object inside the function.',
      );
    }
    if ((uses & Uses.PRIVATE) !== 0 || form === Form.PRIVATE_METHOD) {
      throw this.#refuse(
        trail,
        'uses the `#private` fields of its class',
        'Call it through the class inside the function.',
      );
    }
  }

  /** @param {import('./resolve').Resolution} resolution */
  #described(fn, resolution, trail) {
    const { code, variables, specials, missing } = resolution;
    if (missing.length > 0) throw this.#missing(missing, trail);
    if (!resolution.fixed) this.stable = false;
    let index = this.#codeIndex.get(code);
    if (index === undefined) {
      index = this.codes.push(code) - 1;
      this.#codeIndex.set(code, index);
    }
    const references = new Array(variables.length + specials.length);
    const node = [Node.FUNCTION, index, references, null];
    const reference = this.#node(fn, node);
    variables.forEach((one, at) => {
      if (one.written) this.#assigned(fn, one, trail);
      this.#share(one, resolution, trail);
      references[at] = this.#reference(one.value, variable(trail, one.name));
    });
    specials.forEach((special, at) => {
      references[variables.length + at] = this.#special(fn, special, resolution, trail);
    });
    node[3] = this.#extras(fn, resolution, trail);
    return reference;
  }

  #missing(names, trail) {
    const list = names.map((name) => `'${name}'`).join(', ');
    const example = `captures: { ${names.join(', ')} }`;
    return this.#refuse(
      trail,
      `uses ${names.length > 1 ? 'the variables' : 'the variable'} ${list}, which cannot be read here`,
      this.#inspector.available
        ? `It may not be initialised yet; or supply it by hand with the option \`${example}\`.`
        : `This runtime does not let captured variables be read; supply them by hand with the option \`${example}\`.`,
    );
  }

  /** What the called function assigns would be lost; a helper may keep a state of its own. */
  #assigned(fn, { name }, trail) {
    if (fn !== this.#entry) return;
    throw this.#refuse(
      variable(trail, name),
      'is assigned by the function, and the assignment would be lost: only the result comes back',
      'Return the value instead.',
    );
  }

  #share({ name, binding, written }, { script }, trail) {
    if (binding === null && !written) return;
    const key = binding === null ? name : `${script?.name}:${binding.id}`;
    const known = this.#shared.get(key);
    if (known === undefined) this.#shared.set(key, { users: 1, writer: written ? variable(trail, name) : null, name });
    else {
      known.users++;
      if (written) known.writer ??= variable(trail, name);
    }
  }

  #checkShared() {
    for (const { users, writer } of this.#shared.values()) {
      if (writer === null || users === 1) continue;
      throw this.#refuse(
        writer,
        'is assigned by one captured function and used by another, and they would no longer share it',
        'Keep it in an object, or pass it as an argument.',
      );
    }
  }

  #special(fn, { kind, of }, { script, privates }, trail) {
    if (kind === Edit.IMPORT || kind === Edit.IMPORT_META) {
      const sort = kind === Edit.IMPORT ? Node.IMPORT_OF : Node.META_OF;
      return this.nodes.push([sort, script?.url ?? null]) - 1;
    }
    if (kind === Edit.HERITAGE) {
      const parent = Object.getPrototypeOf(fn);
      const derived = parent !== Function.prototype || Object.getPrototypeOf(fn.prototype) !== null;
      return this.#reference(derived ? parent : null, note(trail, 'its superclass'));
    }
    return this.#reference(privates.get(of), note(trail, of));
  }

  /** What a function has beyond its code: null, or name, properties, prototype, what its `prototype` has, integrity. */
  #extras(fn, { analysis, text }, trail) {
    if (analysis.form === Form.CLASS) {
      this.classes ??= new Map();
      this.classes.set(this.#seen.get(fn), fn);
    }
    const name = Object.getOwnPropertyDescriptor(fn, 'name');
    const renamed = typeof name?.value === 'string' && name.value !== (analysis.ownName ?? '') ? name.value : null;
    const inText = analysis.form === Form.CLASS ? (value) => isWrittenIn(text, value) : () => false;
    const keys = Reflect.ownKeys(fn).filter((key) => !isOwnOfFunctions(fn, key));
    const properties = this.#properties(fn, keys, trail, inText);
    const prototype = this.#prototypeOf(fn, inText, trail);
    const parent = this.#parentOf(fn, analysis, trail);
    const integrity = integrityOf(fn);
    if (renamed === null && properties === null && prototype === null && parent === null && integrity === 0)
      return null;
    return [renamed, properties, parent, prototype, integrity];
  }

  /** The `[[Prototype]]` of a function that has another one than its syntax gives it. */
  #parentOf(fn, { uses }, trail) {
    const parent = Object.getPrototypeOf(fn);
    if ((uses & Uses.DERIVED) !== 0 || isFunctionPrototype(parent)) return null;
    return this.#reference(parent, note(trail, 'its prototype'));
  }

  /** What a function's `prototype` has beyond what its syntax gives it: null, or properties, prototype, `constructor`. */
  #prototypeOf(fn, inText, trail) {
    const descriptor = Object.getOwnPropertyDescriptor(fn, 'prototype');
    const prototype = descriptor?.value;
    if (typeof prototype !== 'object' || prototype === null) return null;
    const constructor = Object.getOwnPropertyDescriptor(prototype, 'constructor');
    if (constructor !== undefined && constructor.value !== fn && typeof constructor.value === 'function') {
      return this.#reference(prototype, member(trail, 'prototype'));
    }
    if (this.#seen.has(prototype)) return null;
    this.#node(prototype, [Node.PROTOTYPE, this.#seen.get(fn)]);
    const step = member(trail, 'prototype');
    const keys = Reflect.ownKeys(prototype).filter((key) => key !== 'constructor' || constructor.value !== fn);
    const properties = this.#properties(prototype, keys, step, inText);
    const parent = Object.getPrototypeOf(prototype);
    const inherits = this.#seen.get(Object.getPrototypeOf(fn)?.prototype);
    const usual =
      parent === Object.prototype || isGeneratorPrototype(parent) || (parent !== null && isHeritage(fn, parent));
    void inherits;
    const above = usual ? null : this.#reference(parent, note(step, 'its prototype'));
    const dropped = constructor === undefined && !isGeneratorPrototype(parent);
    if (properties === null && above === null && !dropped) return null;
    return [properties, above, dropped];
  }

  // Objects.

  #object(object, trail) {
    if (types.isProxy(object)) return this.#proxy(object, trail);
    const spoilt = this.#data(object);
    if (spoilt === null) return this.#seen.get(object);
    const path = intrinsic(object);
    if (path !== undefined) return this.#node(object, [Node.INTRINSIC, path]);
    const builtin = modules.builtin(object) ?? modules.inPackage(object);
    if (builtin !== undefined) return this.#node(object, [Node.REQUIRE, builtin.id, builtin.path]);
    const refused = refuse.classify(object);
    if (refused !== null) throw this.#refuse(trail, refused[0], refused[1]);
    const owner = prototypeOwner(object);
    if (owner !== null) {
      const reference = this.nodes.push([Node.PROTOTYPE, 0]) - 1;
      this.#seen.set(object, reference);
      const before = this.nodes.length;
      this.nodes[reference][1] = this.#reference(owner, note(trail, 'its class'));
      void before;
      return this.#seen.get(object);
    }
    const node = shell(object);
    if (node === null) {
      const name = refuse.classOf(object) || refuse.tagOf(object) || 'native object';
      throw this.#refuse(
        trail,
        `is a ${name}, which cannot leave its thread`,
        'Create it inside the function instead.',
      );
    }
    if (!(Object.isFrozen(object) && !types.isDate(object))) this.stable = false;
    const reference = this.#node(object, node);
    this.#queue.push({ object, node, trail });
    return reference;
  }

  /** Notes an object as a leaf if all it leads to is plain data; else gives what cannot be. */
  #data(object) {
    const walk = new Walk((inner) => (this.#seen.get(inner) ?? -1) >= 0);
    const spoilt = walk.run(object);
    if (spoilt !== null) return spoilt;
    if (walk.mutable) this.stable = false;
    for (const inner of walk.walked) if (!this.#seen.has(inner)) this.#seen.set(inner, this.#leaf(inner));
    return null;
  }

  #proxy(value, trail) {
    if (!this.#inspector.available) {
      throw this.#refuse(trail, 'is a proxy, which cannot be read here', 'Create it inside the function instead.');
    }
    const { Target, Handler } = this.#inspector.internals(value);
    const node = [Node.PROXY, 0, 0];
    const reference = this.#node(value, node);
    this.stable = false;
    node[1] = this.#reference(Target, note(trail, 'the target of its proxy'));
    node[2] = this.#reference(Handler, note(trail, 'the handler of its proxy'));
    return reference;
  }

  /** Walks an object that has been given a node. */
  #fill({ object, node, trail }) {
    const kind = node[0];
    const keys = Reflect.ownKeys(object).filter((key) => !isOwnOfShell(kind, object, key));
    node[node.length - 3] = this.#properties(object, keys, trail, () => false);
    node[node.length - 2] = this.#prototypeReference(object, kind, trail);
    node[node.length - 1] = integrityOf(object);
    if (kind === Node.MAP) {
      const references = [];
      Map.prototype.forEach.call(object, (value, key) => {
        references.push(this.#reference(key, note(trail, 'a key')));
        references.push(this.#reference(value, note(trail, `the value of ${label(key)}`)));
      });
      node[1] = references;
    } else if (kind === Node.SET) {
      node[1] = Array.from(Set.prototype.values.call(object), (value) =>
        this.#reference(value, note(trail, 'a member')),
      );
    }
  }

  #prototypeReference(object, kind, trail) {
    const prototype = Object.getPrototypeOf(object);
    if (prototype === null) return null;
    const usual =
      kind === Node.ARRAY
        ? Array.prototype
        : kind === Node.MAP
          ? Map.prototype
          : kind === Node.SET
            ? Set.prototype
            : Object.prototype;
    if (kind !== Node.EXOTIC && prototype === usual) return -1;
    return this.#reference(prototype, note(trail, 'its prototype'));
  }

  /**
   * Properties as a flat list: key, word, value; an accessor has its getter and setter in place of the value. Null where
   * there are none.
   */
  #properties(object, keys, trail, skip) {
    if (keys.length === 0) return null;
    const list = [];
    for (const key of keys) {
      const descriptor = Object.getOwnPropertyDescriptor(object, key);
      if (skip(descriptor.value ?? descriptor.get ?? descriptor.set)) continue;
      const name = typeof key === 'symbol' ? this.#reference(key, trail) : key;
      let word = descriptor.enumerable ? Property.ENUMERABLE : 0;
      if (descriptor.configurable) word |= Property.CONFIGURABLE;
      const step = member(trail, key);
      if ('value' in descriptor) {
        if (descriptor.writable) word |= Property.WRITABLE;
        list.push(name, word, this.#reference(descriptor.value, step));
      } else {
        list.push(name, word | Property.ACCESSOR, [
          this.#reference(descriptor.get, note(step, 'its getter')),
          this.#reference(descriptor.set, note(step, 'its setter')),
        ]);
      }
    }
    return list.length === 0 ? null : list;
  }
}

const label = (key) => (typeof key === 'string' ? JSON.stringify(key) : isPrimitive(key) ? String(key) : 'a key');

/** The empty node of an object that can be described, or null. */
function shell(object) {
  if (Array.isArray(object)) return [Node.ARRAY, object.length, null, null, 0];
  if (types.isMap(object)) return [Node.MAP, null, null, null, 0];
  if (types.isSet(object)) return [Node.SET, null, null, null, 0];
  if (types.isNativeError(object)) return [Node.OBJECT, null, null, 0];
  const prototype = Object.prototype.toString.call(object);
  void prototype;
  return [Node.OBJECT, null, null, 0];
}

function isOwnOfShell(kind, object, key) {
  return kind === Node.ARRAY && key === 'length';
}

/** The function whose `prototype` an object is. */
function prototypeOwner(object) {
  const owner = Object.getOwnPropertyDescriptor(object, 'constructor')?.value;
  if (typeof owner !== 'function' || types.isProxy(owner)) return null;
  return Object.getOwnPropertyDescriptor(owner, 'prototype')?.value === object ? owner : null;
}

function integrityOf(object) {
  if (Object.isExtensible(object)) return Integrity.NONE;
  if (Object.isFrozen(object)) return Integrity.FROZEN;
  return Object.isSealed(object) ? Integrity.SEALED : Integrity.NO_EXTENSION;
}

const OWN = new Set(['length', 'name', 'prototype', 'arguments', 'caller']);

/** Whether a function has a property because it is a function. */
function isOwnOfFunctions(fn, key) {
  if (!OWN.has(key)) return false;
  if (key !== 'name' && key !== 'length') return true;
  return /^(?:string|number)$/.test(typeof Object.getOwnPropertyDescriptor(fn, key).value);
}

const functionPrototypes = [
  Function.prototype,
  Object.getPrototypeOf(async () => {}),
  Object.getPrototypeOf(function* () {}),
  Object.getPrototypeOf(async function* () {}),
];
const isFunctionPrototype = (object) => functionPrototypes.includes(object);
const isGeneratorPrototype = (object) =>
  object !== null && (object === functionPrototypes[2].prototype || object === functionPrototypes[3].prototype);

const isHeritage = (fn, parent) => Object.getPrototypeOf(fn)?.prototype === parent;

/** Whether a member of a class stands in the class's own text, so that the class makes it itself. */
function isWrittenIn(text, value) {
  return typeof value === 'function' && text.includes(Function.prototype.toString.call(value));
}

module.exports = { Planner };
