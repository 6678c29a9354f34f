'use strict';
// The plan's vocabulary, which both sides read: the kinds of its nodes and the numbers in its code records.
//
// A plan is `{ codes, leaves, nodes, root }`. A reference is an integer: from 0 up it points into `nodes`, below 0 it
// points to `leaves[~reference]`, which is a value as it stands. A node is an array whose first element is its kind.

/** @type {Readonly<Record<string, number>>} */
const Node = Object.freeze({
  /** kind, code, references of the variables (in the code's order), extras or null */
  FUNCTION: 0,
  /** kind, properties, prototype, integrity */
  OBJECT: 1,
  /** kind, length, references by index (-1 in `holes` is none), properties, prototype, integrity */
  ARRAY: 2,
  /** kind, references of keys and values in turn, properties, prototype, integrity */
  MAP: 3,
  /** kind, references, properties, prototype, integrity */
  SET: 4,
  /** kind, reference to a plain value of the same sort, properties, prototype, integrity */
  EXOTIC: 5,
  /** kind, reference of the function whose `prototype` this is */
  PROTOTYPE: 6,
  /** kind, description */
  SYMBOL: 7,
  /** kind, path from the global object */
  INTRINSIC: 8,
  /** kind, file or name of a builtin, path of members */
  REQUIRE: 9,
  /** kind, file that imports, specifier, path of members */
  IMPORT: 10,
  /** kind, file */
  REQUIRE_OF: 11,
  /** kind, file */
  IMPORT_OF: 12,
  /** kind, file */
  META_OF: 13,
  /** kind, reference of the target, of `this`, of the arguments */
  BOUND: 14,
  /** kind, reference of the target, of the handler */
  PROXY: 15,
  /** kind, references of keys and values in turn */
  WEAK_MAP: 16,
  /** kind, references */
  WEAK_SET: 17,
  /** kind, reference */
  WEAK_REF: 18,
  /** kind, name of the class, arguments of its constructor */
  CONSTRUCTED: 19,
});

/** How a code's text is made an expression. */
const Form = Object.freeze({ EXPRESSION: 0, METHOD: 1, PRIVATE_METHOD: 2, CLASS: 3, DECLARATION: 4 });

/** Bits of a code's `flags`. */
const Flag = Object.freeze({ STRICT: 1, ARGUMENTS: 2, GETTER: 4, SETTER: 8, MARKED: 16 });

/** Bits of a property's word; a property with all three and a value is written without one. */
const Property = Object.freeze({ WRITABLE: 1, ENUMERABLE: 2, CONFIGURABLE: 4, ACCESSOR: 8 });

/** How far an object is closed. */
const Integrity = Object.freeze({ NONE: 0, NO_EXTENSION: 1, SEALED: 2, FROZEN: 3 });

module.exports = { Flag, Form, Integrity, Node, Property };
