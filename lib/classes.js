'use strict';
// The error classes that workers know by a number: those that this isolate has captured, as code or by reference.

const { types } = require('node:util');
const { threadId } = require('node:worker_threads');

/** @type {WeakMap<Function, number>} */
const numbers = new WeakMap();
/** @type {Map<number, WeakRef<Function>>} */
const named = new Map();
const forgotten = new FinalizationRegistry((/** @type {number} */ number) => void named.delete(number));
// Classes of different isolates meet in one worker.
let last = threadId * 2 ** 32;

/** The number by which the worker calls a class. */
function classNumber(constructor) {
  let number = numbers.get(constructor);
  if (number === undefined) {
    numbers.set(constructor, (number = ++last));
    named.set(number, new WeakRef(constructor));
    forgotten.register(constructor, number);
  }
  return number;
}

/**
 * The class that a worker means.
 * @param {unknown} reference a number, or several of which one is of this isolate
 */
function classOf(reference) {
  for (const number of Array.isArray(reference) ? reference : [reference]) {
    const found = named.get(number)?.deref();
    if (found !== undefined) return found;
  }
  return undefined;
}

/** Whether instances of a function are errors. */
function isErrorClass(fn) {
  if (typeof fn !== 'function' || types.isProxy(fn)) return false;
  let above = Object.getOwnPropertyDescriptor(fn, 'prototype')?.value;
  if (typeof above !== 'object') return false;
  for (; above !== null && !types.isProxy(above); above = Object.getPrototypeOf(above)) {
    if (above === Error.prototype) return true;
  }
  return false;
}

module.exports = { classNumber, classOf, isErrorClass };
