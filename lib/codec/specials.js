'use strict';
// Which function writes which kind of object, and reads which tag: the table of everything off the hot path.

const tags = require('./tags');
const kinds = require('./kinds');
const primitives = require('./primitives');
const collections = require('./collections');
const binary = require('./binary');
const numbers = require('./numbers');
const errors = require('./errors');
const functions = require('./functions');

const writers = [];
writers[kinds.DATE] = collections.writeDate;
writers[kinds.REGEXP] = collections.writeRegExp;
writers[kinds.MAP] = collections.writeMap;
writers[kinds.SET] = collections.writeSet;
writers[kinds.BOXED] = primitives.writeBoxed;
writers[kinds.ERROR] = errors.writeError;
writers[kinds.BUFFER] = binary.writeBuffer;
writers[kinds.VIEW] = binary.writeView;
writers[kinds.ARRAY_BUFFER] = binary.writeArrayBuffer;
writers[kinds.URL_KIND] = collections.writeUrl;
writers[kinds.URL_SEARCH_PARAMS] = collections.writeUrlSearchParams;
writers[kinds.CARRIED] = collections.writeCarried;

/** Writes an object of a kind. */
function writeSpecial(encoder, object, kind, position) {
  return writers[kind](encoder, object, position);
}

// The kinds that can nest deeply: what announces them when they are put off, and what they hold.
const deferrable = [];
deferrable[kinds.MAP] = { tag: tags.MAP, head: none, body: collections.writeMapEntries };
deferrable[kinds.SET] = { tag: tags.SET, head: none, body: collections.writeSetEntries };
deferrable[kinds.ERROR] = { tag: tags.ERROR, head: errors.writeErrorHead, body: errors.writeErrorBody };

function none(encoder, object, position) {
  return position;
}

/** Announces an object that is written later, or writes it now if it cannot nest. */
function deferSpecial(encoder, object, kind, position) {
  const how = deferrable[kind];
  if (how === undefined) return writeSpecial(encoder, object, kind, position);
  encoder.bytes[position] = tags.DEFERRED;
  encoder.bytes[position + 1] = how.tag;
  encoder.defer(object);
  return how.head(encoder, object, position + 2);
}

function writeDeferredSpecial(encoder, object, kind, position) {
  return deferrable[kind].body(encoder, object, position);
}

/** The readers by tag. */
const readers = {
  [tags.BIGINT64]: primitives.readBigInt64,
  [tags.BIGINT]: primitives.readBigInt,
  [tags.SYMBOL_FOR]: primitives.readSymbolFor,
  [tags.SYMBOL_WELL_KNOWN]: primitives.readWellKnownSymbol,
  [tags.NUMBERS]: numbers.readNumbers,
  [tags.MAP]: collections.readMap,
  [tags.SET]: collections.readSet,
  [tags.DATE]: collections.readDate,
  [tags.REGEXP]: collections.readRegExp,
  [tags.BOXED]: primitives.readBoxed,
  [tags.URL]: collections.readUrl,
  [tags.URL_SEARCH_PARAMS]: collections.readUrlSearchParams,
  [tags.ERROR]: errors.readError,
  [tags.FUNCTION]: functions.readFunction,
  [tags.BUFFER]: binary.readBuffer,
  [tags.ARRAY_BUFFER]: binary.readArrayBuffer,
  [tags.RESIZABLE]: binary.readResizable,
  [tags.VIEW]: binary.readView,
  [tags.TRACKING_VIEW]: binary.readTrackingView,
  [tags.CARRIED]: collections.readCarried,
};

/** What was put off: how its empty container is made where it stands, and how it is filled. */
const deferredReaders = {
  [tags.MAP]: { head: (decoder) => decoder.register(new Map()), body: collections.readMapEntries },
  [tags.SET]: { head: (decoder) => decoder.register(new Set()), body: collections.readSetEntries },
  [tags.ERROR]: { head: errors.readErrorHead, body: errors.readErrorBody },
};

module.exports = { deferSpecial, deferredReaders, readers, writeDeferredSpecial, writeSpecial };
