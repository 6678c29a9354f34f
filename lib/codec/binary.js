'use strict';
// ArrayBuffer, its views, and Buffer. Only the part of a buffer that the message's views can see crosses; views that
// share a buffer share it again on the other side.

const { types } = require('node:util');
const tags = require('./tags');
const { writeCarried } = require('./collections');
const { malformed } = require('./malformed');

// From this size on bytes are handed to the native side, which copies them once, instead of being written inline.
const LARGE = 16 * 1024;

// By position on the wire: append only. A runtime may lack the newest.
const viewNames = [
  'DataView',
  'Int8Array',
  'Uint8Array',
  'Uint8ClampedArray',
  'Int16Array',
  'Uint16Array',
  'Int32Array',
  'Uint32Array',
  'Float32Array',
  'Float64Array',
  'BigInt64Array',
  'BigUint64Array',
  'Float16Array',
];
const viewClasses = viewNames.map((name) => globalThis[name]);

const typedArrayPrototype = Object.getPrototypeOf(Uint8Array.prototype);
const { get: typedArrayName } = Object.getOwnPropertyDescriptor(typedArrayPrototype, Symbol.toStringTag);

/** How many bytes a message holds, or where they are attached. */
function writeBytes(encoder, source, position) {
  const { length } = source;
  if (length >= LARGE) {
    encoder.buffers ??= [];
    encoder.bytes[position] = tags.ATTACHED;
    return encoder.varint(encoder.buffers.push(source) - 1, position + 1);
  }
  encoder.bytes[position] = tags.INLINE;
  position = encoder.varint(length, position + 1);
  if (position + length > encoder.limit) encoder.grow(position, length);
  encoder.bytes.set(source, position);
  return position + length;
}

/** The bytes of a message as an ArrayBuffer of their own. */
function readBytes(decoder) {
  const attached = attachment(decoder);
  if (attached !== null) return attached;
  const length = decoder.readVarint();
  const position = decoder.skip(length);
  return new Uint8Array(window(decoder.bytes, position, length)).buffer;
}

/** Part of the message; a plain Uint8Array is made and copied faster than a Buffer. */
function window(bytes, position, length) {
  return new Uint8Array(bytes.buffer, bytes.byteOffset + position, length);
}

/** The attached ArrayBuffer, or null where the bytes are inline. */
function attachment(decoder) {
  const position = decoder.skip(1);
  if (decoder.bytes[position] === tags.INLINE) return null;
  const index = decoder.readVarint();
  const buffer = decoder.buffers === null ? undefined : decoder.buffers[index];
  if (decoder.bytes[position] !== tags.ATTACHED || !(buffer instanceof ArrayBuffer)) {
    throw malformed('missing buffer', position);
  }
  return buffer;
}

/** A Buffer crosses by itself: small ones are windows of a pool that has nothing to do with them. */
function writeBuffer(encoder, buffer, position) {
  refuseDetached(encoder, buffer.buffer);
  encoder.bytes[position] = tags.BUFFER;
  if (moves(encoder, buffer.buffer)) return writeView(encoder, buffer, position);
  return writeBytes(encoder, buffer, position + 1);
}

function readBuffer(decoder) {
  const attached = attachment(decoder);
  if (attached !== null) return decoder.register(Buffer.from(attached));
  const length = decoder.readVarint();
  const position = decoder.skip(length);
  const copy = Buffer.allocUnsafe(length);
  copy.set(window(decoder.bytes, position, length));
  return decoder.register(copy);
}

/** Whether a buffer is not copied by us: shared memory, and what the user transfers. */
function moves(encoder, buffer) {
  if (encoder.transfer !== null && encoder.transfer.has(buffer)) return true;
  return isShared(buffer);
}

/** The test of the runtime is dear; it is only needed where the constructor does not tell. */
function isShared(buffer) {
  return buffer.constructor !== ArrayBuffer && types.isSharedArrayBuffer(buffer);
}

function writeView(encoder, view, position) {
  const { buffer, byteOffset } = view;
  refuseDetached(encoder, buffer);
  const name = typedArrayName.call(view);
  const type = name === undefined ? 0 : viewNames.indexOf(name);
  const units = type === 0 ? view.byteLength : view.length;
  const number = Buffer.isBuffer(view) ? tags.BUFFER : type;
  if (moves(encoder, buffer)) return writeViewOf(encoder, number, byteOffset, units, buffer, position);
  if (buffer.resizable) {
    const length = isTracking(view, buffer) ? undefined : units;
    return writeViewOf(encoder, number, byteOffset, length, buffer, position);
  }
  const span = spanOf(encoder, buffer, byteOffset, byteOffset + view.byteLength, view.BYTES_PER_ELEMENT ?? 1);
  return writeViewOf(encoder, number, byteOffset - span.start, units, buffer, position);
}

function writeViewOf(encoder, type, offset, length, buffer, position) {
  encoder.bytes[position] = length === undefined ? tags.TRACKING_VIEW : tags.VIEW;
  encoder.bytes[position + 1] = type;
  position = encoder.varint(offset, position + 2);
  if (length !== undefined) position = encoder.varint(length, position);
  return writeBacking(encoder, buffer, position);
}

/**
 * The part of a buffer that crosses: what its first view sees. If a later view sees more the message is written
 * again, with a part that all of them fit in.
 */
function spanOf(encoder, buffer, start, end, alignment) {
  encoder.spans ??= new Map();
  let span = encoder.spans.get(buffer);
  if (span === undefined) {
    span = encoder.wider?.get(buffer) ?? { start, end };
    encoder.spans.set(buffer, span);
  }
  if (start < span.start || end > span.end || (start - span.start) % alignment !== 0) {
    const least = Math.min(span.start, start);
    span.start = least - (least % 8);
    span.end = Math.max(span.end, end);
    encoder.conflict = true;
  }
  return span;
}

/** The buffer under a view: the part of it that the views see, once a message. */
function writeBacking(encoder, buffer, position) {
  if (position > encoder.limit) encoder.grow(position, 0);
  const number = encoder.identify(buffer);
  if (number >= 0) return encoder.reference(number, position);
  if (isShared(buffer)) return writeCarried(encoder, buffer, position);
  return writeArrayBuffer(encoder, buffer, position);
}

/** A buffer that occurs by itself after a view of it: then all of it crosses. */
function noteWhole(encoder, buffer) {
  if (encoder.spans?.has(buffer)) spanOf(encoder, buffer, 0, buffer.byteLength, 1);
}

function refuseDetached(encoder, buffer) {
  if (buffer.byteLength > 0 || isShared(buffer)) return;
  try {
    new Uint8Array(buffer);
  } catch {
    encoder.refuseObject('a detached ArrayBuffer');
  }
}

/**
 * Whether a view follows its buffer's length. Nothing tells, so the buffer is resized for a moment; no other thread can
 * see that.
 */
function isTracking(view, buffer) {
  const size = view.BYTES_PER_ELEMENT ?? 1;
  const { byteLength } = buffer;
  if (byteLength - (view.byteOffset + view.byteLength) >= size) return false;
  const before = view.byteLength;
  if (byteLength + size <= buffer.maxByteLength) {
    buffer.resize(byteLength + size);
    const tracking = view.byteLength !== before;
    buffer.resize(byteLength);
    return tracking;
  }
  if (before === 0) return false;
  const tail = new Uint8Array(buffer.slice(byteLength - size));
  buffer.resize(byteLength - size);
  const tracking = isInside(view) && view.byteLength === before - size;
  buffer.resize(byteLength);
  new Uint8Array(buffer).set(tail, byteLength - size);
  return tracking;
}

/** A DataView throws when it is asked for its length out of bounds; typed arrays answer 0. */
function isInside(view) {
  try {
    return view.byteLength >= 0;
  } catch {
    return false;
  }
}

function readView(decoder) {
  return readAnyView(decoder, true);
}

function readTrackingView(decoder) {
  return readAnyView(decoder, false);
}

function readAnyView(decoder, hasLength) {
  const slot = decoder.reserve();
  const position = decoder.skip(1);
  const type = decoder.bytes[position];
  const offset = decoder.readVarint();
  const length = hasLength ? decoder.readVarint() : undefined;
  const buffer = decoder.read();
  if (!types.isAnyArrayBuffer(buffer)) throw malformed('view of no buffer', position);
  if (type === tags.BUFFER) return decoder.fill(slot, Buffer.from(buffer, offset, length));
  const View = viewClasses[type];
  if (View === undefined) throw malformed(`view of the unknown type ${viewNames[type] ?? type}`, position);
  return decoder.fill(slot, new View(buffer, offset, length));
}

function writeArrayBuffer(encoder, buffer, position) {
  refuseDetached(encoder, buffer);
  if (encoder.transfer?.has(buffer)) return writeCarried(encoder, buffer, position);
  if (buffer.resizable) {
    encoder.bytes[position] = tags.RESIZABLE;
    position = encoder.varint(buffer.maxByteLength, position + 1);
    return writeBytes(encoder, new Uint8Array(buffer, 0, buffer.byteLength), position);
  }
  const known = encoder.spans?.get(buffer);
  const span = known === undefined ? spanOf(encoder, buffer, 0, buffer.byteLength, 1) : known;
  encoder.bytes[position] = tags.ARRAY_BUFFER;
  return writeBytes(encoder, new Uint8Array(buffer, span.start, span.end - span.start), position + 1);
}

function readArrayBuffer(decoder) {
  const slot = decoder.reserve();
  return decoder.fill(slot, readBytes(decoder));
}

function readResizable(decoder) {
  const slot = decoder.reserve();
  const maxByteLength = decoder.readVarint();
  const bytes = new Uint8Array(readBytes(decoder));
  const buffer = new ArrayBuffer(bytes.length, { maxByteLength });
  new Uint8Array(buffer).set(bytes);
  return decoder.fill(slot, buffer);
}

module.exports = {
  LARGE,
  noteWhole,
  readArrayBuffer,
  readBuffer,
  readResizable,
  readTrackingView,
  readView,
  writeArrayBuffer,
  writeBuffer,
  writeView,
};
