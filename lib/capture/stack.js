'use strict';
// Makes a worker's stack one of the user's own files.

/** @param {string} stack */
const remapStack = (stack) => stack;

module.exports = { remapStack };
