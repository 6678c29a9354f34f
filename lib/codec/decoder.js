'use strict';
// The decoder's state, and how a message is read from its first byte to its last. Bytes that no encoder wrote give an
// error, whatever they are: each loop uses up bytes, nothing is allocated that the message has not the bytes for.

const tags = require('./tags');
const { malformed } = require('./malformed');
const { TextReader } = require('./texts');
const { read, readDeferred, readString } = require('./read');

const nothing = Buffer.alloc(0);

class Decoder {
  /** @param {{ rebuild?: Function }} [hooks] see docs/codec.md */
  constructor(hooks = {}) {
    this.hooks = hooks;
    this.source = nothing;
    this.setBytes(nothing);
    this.position = 0;
    this.end = 0;
    this.buffers = null;
    this.carried = null;
    // The message's objects by number; null where no value refers to one, and then nobody need keep them.
    this.objects = null;
    this.shapes = [];
    this.shapeCount = 0;
    this.text = new TextReader();
    this.depth = 0;
    this.later = [];
    this.busy = false;
  }

  setBytes(bytes) {
    this.source = bytes;
    this.bytes = Buffer.isBuffer(bytes) ? bytes : Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    this.view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  }

  /** The value of a message that lies in `bytes` from `start` to `end`. */
  decode(bytes, start, end, buffers, carried) {
    return this.#message(bytes, start, end, buffers, carried, false);
  }

  /** The same for a message of arguments: an array. */
  decodeArgs(bytes, start, end, buffers, carried) {
    return this.#message(bytes, start, end, buffers, carried, true);
  }

  #message(bytes, start, end, buffers = null, carried = null, isArgs) {
    if (this.busy) throw new Error('The decoder is busy: a hook must not decode with the same decoder');
    if (bytes !== this.source) this.setBytes(bytes);
    if (!(start >= 0 && start < end && end <= bytes.length)) throw malformed('nothing', start);
    this.position = start + 1;
    this.end = end;
    this.buffers = buffers;
    this.carried = carried;
    const flag = bytes[start];
    this.busy = true;
    try {
      if (flag !== 0) this.#open(flag, start, end);
      const value = isArgs ? this.#args() : read(this);
      if (this.later.length > 0) this.drain();
      if (this.position !== this.end || (flag >= tags.TEXT && this.text.close() !== 0))
        throw malformed('too much or too little', this.position);
      return value;
    } catch (error) {
      this.text.close();
      throw error;
    } finally {
      this.busy = false;
      this.objects = null;
      this.buffers = null;
      this.carried = null;
      this.depth = 0;
      this.shapeCount = 0;
      if (this.later.length > 0) this.later = [];
    }
  }

  #open(flag, start, end) {
    if (flag > tags.SHARED + tags.TEXT + tags.WIDE) throw malformed('unknown kind of message', start);
    if (flag & tags.SHARED) this.objects = [];
    if (flag & tags.TEXT) {
      if (end - start < 5) throw malformed('text', start);
      this.end = end - 4 - this.view.getUint32(end - 4, true);
      if (this.end < this.position) throw malformed('text', start);
      this.text.open(this.end, end - 4, (flag & tags.WIDE) !== 0);
    }
  }

  #args() {
    const count = this.readVarint();
    if (count > this.end - this.position) throw malformed('arguments', this.position);
    const args = [];
    for (let i = 0; i < count; i++) args.push(read(this));
    return args;
  }

  /** Gives an object its number. */
  register(object) {
    if (this.objects !== null) this.objects.push(object);
    return object;
  }

  /** Takes the number of an object that is not made yet; `fill` puts it there. */
  reserve() {
    return this.objects === null ? -1 : this.objects.push(undefined) - 1;
  }

  fill(slot, object) {
    if (slot >= 0) this.objects[slot] = object;
    return object;
  }

  /** Steps over so many bytes and says where they are. */
  skip(length) {
    const { position } = this;
    if (position + length > this.end) throw malformed('cut short', position);
    this.position = position + length;
    return position;
  }

  read() {
    return read(this);
  }

  readString() {
    return readString(this);
  }

  readNumber() {
    const value = read(this);
    if (typeof value !== 'number') throw malformed('no number', this.position);
    return value;
  }

  readVarint() {
    const { bytes, end } = this;
    let { position } = this;
    let number = 0;
    for (let scale = 1; position < end && scale < 2 ** 53; scale *= 0x80) {
      const byte = bytes[position++];
      number += (byte & 0x7f) * scale;
      if (byte < 0x80) {
        this.position = position;
        return number;
      }
    }
    throw malformed('number', position);
  }

  /** Fills the containers that were put off; that may bring more of them. */
  drain() {
    const { later } = this;
    const { depth } = this;
    for (let i = 0; i < later.length; i++) {
      this.depth = 0;
      readDeferred(this, later[i]);
    }
    later.length = 0;
    this.depth = depth;
  }

  /** A value with all that was put off in it. */
  whole() {
    const { later, depth } = this;
    this.later = [];
    this.depth = 0;
    const value = read(this);
    this.drain();
    this.later = later;
    this.depth = depth;
    return value;
  }
}

module.exports = { Decoder };
