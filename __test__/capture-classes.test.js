'use strict';
// Classes and their instances keep, in the worker, what they are here.

const { describe, test } = require('node:test');
const assert = require('node:assert');
const { EventEmitter } = require('node:events');
const { inherits } = require('node:util');
const acorn = require('acorn');
const { inWorker } = require('./fixtures/capture-worker');

const K = 3;
let evaluated = 0;
const sideEffect = (value) => {
  evaluated++;
  return value;
};
const keys = { dynamic: 'chosen', other: 'also' };

class Base {
  static kind = sideEffect('base');
  static made = 0;
  constructor(name) {
    this.name = name;
  }
  hello() {
    return `hello ${this.name}`;
  }
  get upper() {
    return this.name.toUpperCase();
  }
  static of(...args) {
    return new this(...args);
  }
}

class Derived extends Base {
  field = K;
  arrow = 1;
  static #count = sideEffect(0);
  static #unset;
  #secret = 'kept';
  static {
    sideEffect();
    Derived.#unset = 'set in a block';
  }
  hello() {
    return `${super.hello()}!`;
  }
  static create() {
    Derived.#count++;
    return Derived.of('derived');
  }
  static count() {
    return [Derived.#count, Derived.#unset];
  }
  get secret() {
    return this.#secret + this.#hidden();
  }
  #hidden() {
    return K;
  }
  static isDerived(value) {
    return #secret in value;
  }
}
Derived.create();

const Mixin = (Parent) =>
  class extends Parent {
    mixed() {
      return `${this.hello()} mixed`;
    }
  };
class Mixed extends Mixin(Derived) {
  [Symbol.iterator]() {
    return [1, 2][Symbol.iterator]();
  }
  [keys.dynamic]() {
    return 'computed';
  }
  static [keys.other] = 'static computed';
}

class Stack extends Array {
  top() {
    return this[this.length - 1];
  }
}
class Registry extends Map {
  size2() {
    return this.size * 2;
  }
}
class Failure extends Error {
  name = 'Failure';
  constructor(message, code) {
    super(message);
    this.code = code;
  }
}
class Emitter extends EventEmitter {
  fire() {
    let heard = 0;
    this.on('x', (n) => (heard += n));
    this.emit('x', K);
    return heard;
  }
}
class Walker extends acorn.Parser {
  static count(source) {
    return this.parse(source, { ecmaVersion: 2020 }).body.length;
  }
}
const Null = class extends null {
  static a() {
    return 'null';
  }
};
function Old(name) {
  this.name = name;
}
Old.prototype.hello = function () {
  return `old ${this.name}`;
};
function Older(name) {
  Old.call(this, name);
}
inherits(Older, Old);
Older.prototype.older = () => K;
function Literal() {}
Literal.prototype = { constructor: Literal, hello: () => 'literal' };
class Patched {
  method() {
    return 'original';
  }
}
Patched.prototype.method = () => 'patched';
Patched.prototype.added = () => 'added';
Patched.also = { list: [() => K] };

const base = new Base('instance');
const stack = Stack.of(1, 2, 3);
const registry = new Registry([['a', base]]);
const failure = new Failure('failed', 'E_FAILED');
const old = new Older('one');
const literal = new Literal();
const instances = [base, base, { base }];

const same = (title, check) => test(title, async () => assert.deepStrictEqual(await inWorker(check), await check()));

describe('classes', () => {
  same('a class, its methods and statics', () => [new Base('x').hello(), Base.of('y').upper, Base.kind]);
  same('heritage and super', () => [new Derived('x').hello(), Derived.of('y') instanceof Base, Derived.kind]);
  same('fields and private members', () => [new Derived('x').field, new Derived('x').secret]);
  same('private names in', () => [Derived.isDerived(new Derived()), Derived.isDerived({})]);
  same('static private fields, as they are now', () => Derived.count());
  same('a mixin', () => [new Mixed('m').mixed(), [...new Mixed('m')], new Mixed('m') instanceof Derived]);
  same('computed names', () => [new Mixed('m').chosen(), Mixed.also]);
  same('builtin heritage', () => [Stack.from([1, 2]).top(), new Registry([[1, 2]]).size2(), new Failure('f', 1).code]);
  same('a class of Node as heritage', () => new Emitter().fire());
  same('a class of a package as heritage', () => Walker.count('a; b;'));
  same('no heritage at all', () => [Null.a(), Object.getPrototypeOf(Null.prototype)]);
  same('constructor functions', () => [new Old('a').hello(), new Older('b').hello(), new Older('b').older()]);
  same('a prototype given as a literal', () => [new Literal().hello(), literal.hello(), literal instanceof Literal]);
  same('methods put in place later', () => [new Patched().method(), new Patched().added(), Patched.also.list[0]()]);
  same('names', () => [Base.name, Null.name, Mixin(Base).name, class {}.name]);
  same('new.target', () => {
    class Abstract {
      constructor() {
        this.made = new.target.name;
      }
    }
    return new (class Concrete extends Abstract {})().made;
  });

  test('what a definition evaluates is not evaluated again', async () => {
    const before = evaluated;
    const check = () => [Base.kind, Derived.count()[1], evaluated];
    assert.deepStrictEqual(await inWorker(check), ['base', 'set in a block', before]);
  });

  test('a static method by itself', async () => {
    assert.deepStrictEqual(await inWorker(Derived.count), [1, 'set in a block']);
  });
});

describe('instances', () => {
  same('an instance keeps its class', () => [base instanceof Base, base.hello(), Object.keys(base)]);
  same('identity', () => [instances[0] === instances[1], instances[2].base === base]);
  same('of a subclass of Array', () => [stack instanceof Stack, Array.isArray(stack), stack.top(), stack.length]);
  same('of a subclass of Map', () => [registry instanceof Registry, registry.get('a') === base, registry.size2()]);
  same('of a subclass of Error', () => [failure instanceof Failure, failure.message, failure.code, failure.name]);
  same('of constructor functions', () => [old instanceof Old, old.hello(), old.older()]);
});
