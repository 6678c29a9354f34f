'use strict';
// The numbers of the wire: the first byte of every value says what follows. docs/codec.md draws them.

module.exports = {
  // 0x00 to 0x7f are the integers 0 to 127 themselves.
  SHORT_STRING: 0x80, // to 0x8f: a string of 0 to 15 characters of one byte each, which follow
  TEXT_STRING: 0x90, // to 0xae: a string of 11 to 41 characters, which stand in the message's text
  TEXT_STRING_LONG: 0xaf, // the same, its length follows
  RECORD: 0xb0, // to 0xbf: an object of one of the message's first 16 shapes

  UNDEFINED: 0xc0,
  NULL: 0xc1,
  FALSE: 0xc2,
  TRUE: 0xc3,
  DOUBLE: 0xc4,
  INT32: 0xc5,
  INT16: 0xc6,
  LATIN1: 0xc7,
  UTF16: 0xc8,
  BIGINT64: 0xc9,
  BIGINT: 0xca,
  SYMBOL_FOR: 0xcb,
  SYMBOL_WELL_KNOWN: 0xcc,

  REF: 0xcd,
  DEFERRED: 0xce,
  RECORD_NEW: 0xcf,
  RECORD_FAR: 0xd0,
  OBJECT: 0xd1,
  NULL_OBJECT: 0xd2,
  ARRAY: 0xd3,
  ARRAY_NAMED: 0xd4,
  HOLES: 0xd5,
  NUMBERS: 0xd6,

  MAP: 0xd7,
  SET: 0xd8,
  DATE: 0xd9,
  REGEXP: 0xda,
  BOXED: 0xdb,
  URL: 0xdc,
  URL_SEARCH_PARAMS: 0xdd,
  ERROR: 0xde,
  FUNCTION: 0xdf,

  BUFFER: 0xe0,
  ARRAY_BUFFER: 0xe1,
  RESIZABLE: 0xe2,
  VIEW: 0xe3,
  TRACKING_VIEW: 0xe4,
  CARRIED: 0xe5,

  END: 0xe6, // of the entries of a Map or Set

  SHORT_ARRAY: 0xf0, // to 0xff: an array of 0 to 15 elements

  // How the bytes of a BUFFER, ARRAY_BUFFER or RESIZABLE travel.
  INLINE: 0,
  ATTACHED: 1,

  // The first byte of a message: the sum of
  SHARED: 1, // some value refers to an object by number
  TEXT: 2, // a text, and its length in bytes, end the message
  WIDE: 4, // the text is UTF-16
};
