'use strict';
// What a capture took by value and can still be changed: functions, classes, what these are prototypes of, regular
// expressions. What each looked like is kept, so that a later call can tell whether the capture still serves.

const { types } = require('node:util');

/** Stands for the object that a look is compared with. */
const SELF = Symbol('self');

/** What every function has, and nobody sees in the worker; V8 makes up the last two for each look, slowly. */
const UNSEEN = new Set(/** @type {(string | symbol)[]} */ (['length', 'arguments', 'caller']));

const get = (name) => Object.getOwnPropertyDescriptor(RegExp.prototype, name).get;
const sourceOf = get('source');
const flagsOf = get('flags');

/** What an object looked like. */
class Look {
  #count;
  #parent;
  #extensible;
  #keys = [];
  /** @type {PropertyDescriptor[]} */
  #descriptors = [];
  /** @type {Look | null} of a function's own `prototype` */
  #prototype = null;

  /**
   * @param {object} object
   * @param {object} self what the object belongs to: itself, or the function whose `prototype` it is
   */
  constructor(object, self) {
    const keys = Reflect.ownKeys(object);
    this.#count = keys.length;
    this.#parent = Object.getPrototypeOf(object);
    this.#extensible = Object.isExtensible(object);
    for (const key of keys) {
      if (UNSEEN.has(key) && typeof object === 'function') continue;
      const descriptor = Object.getOwnPropertyDescriptor(object, key);
      const { value } = descriptor;
      if (key === 'prototype' && object === self && isOwnPrototype(value)) this.#prototype = new Look(value, object);
      else {
        this.#keys.push(key);
        this.#descriptors.push(value === self ? { ...descriptor, value: SELF } : descriptor);
      }
    }
  }

  /** Whether an object looks like that, which calls nothing of the user's. */
  fits(object, self) {
    if (Object.getPrototypeOf(object) !== this.#parent || Object.isExtensible(object) !== this.#extensible)
      return false;
    if (Reflect.ownKeys(object).length !== this.#count) return false;
    const keys = this.#keys;
    for (let at = 0; at < keys.length; at++) {
      const descriptor = Object.getOwnPropertyDescriptor(object, keys[at]);
      if (descriptor === undefined || !isSame(descriptor, this.#descriptors[at], self)) return false;
    }
    if (this.#prototype === null) return true;
    const { value } = Object.getOwnPropertyDescriptor(object, 'prototype') ?? {};
    return isOwnPrototype(value) && this.#prototype.fits(value, object);
  }
}

/** An object that can be looked at; what belongs to another function is told by its `constructor`. */
const isOwnPrototype = (value) => typeof value === 'object' && value !== null && !types.isProxy(value);

function isSame(now, then, self) {
  return (
    (then.value === SELF ? now.value === self : Object.is(now.value, then.value)) &&
    now.get === then.get &&
    now.set === then.set &&
    now.enumerable === then.enumerable &&
    now.writable === then.writable &&
    now.configurable === then.configurable
  );
}

/** A regular expression, which `compile()` makes another one. */
class PatternLook {
  #look;
  #source;
  #flags;

  constructor(object) {
    this.#look = new Look(object, object);
    this.#source = sourceOf.call(object);
    this.#flags = flagsOf.call(object);
  }

  fits(object) {
    return (
      this.#look.fits(object, object) && sourceOf.call(object) === this.#source && flagsOf.call(object) === this.#flags
    );
  }
}

/** The looks of all that one capture took. */
class Guards {
  #objects = [];
  /** @type {{ fits: (object: object, self: object) => boolean }[]} */
  #looks = [];
  /** @type {Look | null} of the captured function, where it can see itself */
  #own = null;

  /** One of the objects; undefined where there is none. */
  get first() {
    return this.#objects[0];
  }

  get isEmpty() {
    return this.#own === null && this.#objects.length === 0;
  }

  /** @param {Function | RegExp} object */
  add(object) {
    this.#objects.push(object);
    this.#looks.push(typeof object === 'function' ? new Look(object, object) : new PatternLook(object));
  }

  /** @param {Function} fn */
  addOwn(fn) {
    this.#own = new Look(fn, fn);
  }

  /**
   * Whether nothing has changed.
   * @param {Function} fn the captured function, or another closure of its place
   */
  hold(fn) {
    if (this.#own !== null && !this.#own.fits(fn, fn)) return false;
    const objects = this.#objects;
    for (let at = 0; at < objects.length; at++) if (!this.#looks[at].fits(objects[at], objects[at])) return false;
    return true;
  }
}

module.exports = { Guards };
