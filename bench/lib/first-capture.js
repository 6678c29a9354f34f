'use strict';
// The first capture of a process that has loaded the addon: prints the milliseconds. With an argument, the function has a
// variable of its own.

const { analyseFunction } = require('../../lib/native');
const { capture } = require('../../lib/capture');

const withVariable = (own) => () => own;
const fn = process.argv.length > 2 ? withVariable(process.pid) : () => 42;

// The addon is loaded when it is used first.
analyseFunction('() => 42');
const before = performance.now();
capture(fn);
process.stdout.write(`${performance.now() - before}\n`);
