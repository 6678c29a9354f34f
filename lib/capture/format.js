'use strict';
// The plan's vocabulary, which both sides read: the kinds of its nodes and the numbers in its code records.
//
// A plan is `{ codes, leaves, nodes, groups, errors, root, imports }`. `groups` are functions that share variables which
// one of them assigns; `errors` are the error classes among what is loaded: number, reference, path of members; `imports`
// says whether something in the plan must be imported first. A reference is an integer: from 0 up it points into `nodes`,
// below 0 it points to `leaves[~reference]`, which is a value as it stands. A node is an array whose first element is its kind.

// Where a node has properties, they are a flat list: key (or the reference of a symbol), word, reference; an accessor has
// the references of its getter and setter in an array. `prototype` is a reference, or null for the usual one.

/** @type {Readonly<Record<string, number>>} */
const Node = Object.freeze({
  /**
   * kind, code, references of the variables in the code's order, extras, number of a class, home, and null or its group
   * with its place in the group and the places of those of its variables that are the group's
   */
  FUNCTION: 0,
  /** kind, properties, prototype, integrity */
  OBJECT: 1,
  /** kind, length, references of the elements (null for a hole), properties, prototype, integrity */
  ARRAY: 2,
  /** kind, references of keys and values in turn, properties, prototype, integrity */
  MAP: 3,
  /** kind, references, properties, prototype, integrity */
  SET: 4,
  /** kind, reference of a plain one of the same sort, properties, prototype, integrity */
  EXOTIC: 5,
  /** kind, reference of the function whose `prototype` it is, how many properties it must have (or nothing) */
  PROTOTYPE: 6,
  /** kind, description, whether it is one of the registry */
  SYMBOL: 7,
  /** kind, path from the global object */
  INTRINSIC: 8,
  /** kind, file or name of a builtin, path of members, how many properties it must have (or nothing) */
  REQUIRE: 9,
  /** kind, URL of the script that imports, specifier, path of members */
  IMPORT: 10,
  /** kind, file */
  REQUIRE_OF: 11,
  /** kind, URL of the script */
  IMPORT_OF: 12,
  /** kind, URL of the script */
  META_OF: 13,
  /** kind, reference of the target, of `this`, references of the arguments */
  BOUND: 14,
  /** kind, reference of the target, of the handler */
  PROXY: 15,
  /** kind, references of keys and values in turn, properties, prototype, integrity */
  WEAK_MAP: 16,
  /** kind, references, properties, prototype, integrity */
  WEAK_SET: 17,
  /** kind, reference */
  WEAK_REF: 18,
  /** kind, path of the class, reference of the arguments of its constructor, properties, prototype, integrity */
  CONSTRUCTED: 19,
  /** kind, reference of a class, path of members to one of its methods */
  MEMBER: 20,
  /** kind, reference of the function that `util.promisify` was given */
  PROMISIFIED: 21,
  /** kind, which AsyncLocalStorage it is, null or the reference of what the worker has in its place */
  STORAGE: 22,
});

/** How a code's text is made an expression. */
const Form = Object.freeze({ EXPRESSION: 0, METHOD: 1, PRIVATE_METHOD: 2, CLASS: 3, DECLARATION: 4 });

/** Bits of a code's `flags`. */
const Flag = Object.freeze({ STRICT: 1, ARGUMENTS: 2 });

/** Bits of a property's word; a property with all three and a value is written without one. */
const Property = Object.freeze({ WRITABLE: 1, ENUMERABLE: 2, CONFIGURABLE: 4, ACCESSOR: 8 });

/** How far an object is closed. */
const Integrity = Object.freeze({ NONE: 0, NO_EXTENSION: 1, SEALED: 2, FROZEN: 3 });

module.exports = { Flag, Form, Integrity, Node, Property };
