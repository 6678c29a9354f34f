'use strict';
// The codec: values to bytes and back, for everything that passes between isolates. docs/codec.md has the wire.

const { Encoder } = require('./encoder');
const { Decoder } = require('./decoder');

module.exports = { Encoder, Decoder };
