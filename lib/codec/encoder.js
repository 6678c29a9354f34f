'use strict';
// The encoder's state: its outbox, what it has seen in the current message, and how it starts, fails and finishes.

const { NotSerializableError } = require('../errors');
const tags = require('./tags');
const { formatStep } = require('./paths');
const { write, writeDeferred, writeReference } = require('./write');
const { writeText } = require('./texts');
const { noShape } = require('./shape-writer');

// Whatever is small is written without asking for room: a value checks once that so many bytes are left.
const MARGIN = 64;
// A list is searched faster than a Set is filled, up to about this many objects; the shortest by a plain loop.
const FEW = 32;
const VERY_FEW = 8;

class Encoder {
  /**
   * @param {number} size the outbox's first size in bytes
   * @param {{ function?: Function, classRef?: Function }} [hooks] see docs/codec.md
   */
  constructor(size = 64 * 1024, hooks = {}) {
    this.hooks = hooks;
    this.position = 0;
    this.onGrow = null;
    this.buffers = null;
    this.carried = null;
    /** Whether there is anybody to carry what only V8 can. */
    this.carries = true;
    this.transfer = null;
    this.busy = false;

    // What stands in the current message: objects in the order in which they were met (their number is their
    // identity on the wire), first in a list, then in a set, then, once one has occurred twice, in a map.
    this.count = 0;
    this.seen = new Array(FEW).fill(null);
    this.known = null;
    this.ids = null;
    this.shared = false;
    // The shapes of this message, in order, and the one met last, which foretells the next.
    this.shapes = [];
    this.shapeCount = 0;
    this.recent = noShape;
    // Where we stand: the keys of the containers around, and the key of the value being written.
    this.root = '';
    this.trail = [];
    this.depth = 0;
    this.key = undefined;
    this.base = null;
    // The strings of medium length, the last page of them and the ones before.
    this.text = '';
    this.pages = null;
    // Containers too deep to be written where they stand.
    this.later = [];
    // The parts of buffers that the views of the message see (`wider`: as the first attempt found them), and the
    // functions being captured.
    this.spans = null;
    this.wider = null;
    this.conflict = false;
    this.building = null;
    this.setBytes(Buffer.from(new ArrayBuffer(Math.max(size, 4 * MARGIN))));
  }

  setBytes(bytes) {
    this.bytes = bytes;
    this.view = new DataView(bytes.buffer);
    this.i32 = new Int32Array(bytes.buffer, 0, bytes.length >> 2);
    this.limit = bytes.length - MARGIN;
  }

  /** Makes room for `need` bytes (and the margin) after `position`. */
  grow(position, need) {
    const least = position + need + 2 * MARGIN;
    const size = Math.max(this.bytes.length * 2, Math.ceil(least / 4096) * 4096);
    const bytes = Buffer.from(new ArrayBuffer(size));
    bytes.set(this.bytes.subarray(0, Math.min(position, this.bytes.length)));
    this.setBytes(bytes);
    this.onGrow?.(bytes);
  }

  /** Makes room for `need` bytes of the owner's own at `position`. */
  reserve(need) {
    if (this.position + need > this.limit) this.grow(this.position, need);
  }

  /** Forgets the buffers and carried values of the messages before. */
  reset() {
    if (this.busy) throw new Error('A getter of a value that is being sent must not start a task');
    this.buffers = null;
    this.carried = null;
    this.transfer = null;
  }

  /** Appends one value. */
  encode(value, path = 'value') {
    if ((typeof value !== 'object' || value === null) && typeof value !== 'function') {
      this.root = path;
      this.key = undefined;
      this.depth = 0;
      this.base = null;
      const start = this.position;
      if (start > this.limit) this.grow(start, 0);
      this.#finish(start, write(this, value, start + 1));
      return;
    }
    this.#message(value, false, path);
  }

  /** Appends an array of arguments. */
  encodeArgs(args) {
    this.#message(args, true, 'args');
  }

  #message(value, isArgs, root) {
    if (this.busy) throw new Error('The encoder is busy: a getter or hook must not encode with the same encoder');
    this.busy = true;
    const attached = this.buffers === null ? 0 : this.buffers.length;
    const carried = this.carried === null ? 0 : this.carried.length;
    this.root = root;
    const start = this.position;
    try {
      let end = this.#body(value, isArgs, start);
      if (this.conflict) {
        // Views turned out to share a buffer after the first of them had been written: now that all are known, again.
        this.conflict = false;
        this.wider = this.spans;
        this.#forget();
        if (this.buffers !== null) this.buffers.length = attached;
        if (this.carried !== null) this.carried.length = carried;
        end = this.#body(value, isArgs, start);
      }
      this.#finish(start, end);
    } catch (error) {
      if (this.buffers !== null) this.buffers.length = attached;
      if (this.carried !== null) this.carried.length = carried;
      throw error;
    } finally {
      this.#forget();
      this.wider = null;
      this.conflict = false;
      this.building = null;
      this.busy = false;
    }
  }

  #finish(start, end) {
    let flags = this.shared ? tags.SHARED : 0;
    if (this.text !== '') {
      const text = writeText(this, end);
      flags += text.wide ? tags.TEXT + tags.WIDE : tags.TEXT;
      end = text.end;
      this.text = '';
      this.pages = null;
    }
    this.bytes[start] = flags;
    this.position = end;
  }

  /** Starts a new page of text. */
  turnPage(value) {
    this.pages ??= [];
    this.pages.push(this.text);
    return value;
  }

  #body(value, isArgs, start) {
    this.depth = 0;
    let position = start + 1;
    if (isArgs) {
      const length = value.length;
      position = this.varint(length, position);
      for (let i = 0; i < length; i++) {
        this.key = i;
        position = write(this, value[i], position);
      }
    } else {
      this.key = undefined;
      position = write(this, value, position);
    }
    if (this.later.length > 0) position = this.drain(position);
    return position;
  }

  #forget() {
    const { seen, shapes } = this;
    for (let i = Math.min(this.count, FEW) - 1; i >= 0; i--) seen[i] = null;
    this.count = 0;
    for (let i = 0; i < this.shapeCount; i++) shapes[i].number = -1;
    this.shapeCount = 0;
    if (this.known !== null) this.known = null;
    if (this.ids !== null) this.ids = null;
    if (this.later.length > 0) this.later = [];
    if (this.spans !== null) this.spans = null;
    this.shared = false;
    this.base = null;
    this.text = '';
    this.pages = null;
  }

  /** The number of an object that has been met in this message, or -1, and then it has been met now. */
  identify(object) {
    const { count, seen } = this;
    if (count >= FEW) return this.#identifyMany(object);
    if (count <= VERY_FEW) {
      for (let i = 0; i < count; i++) if (seen[i] === object) return i;
    } else {
      const number = seen.indexOf(object);
      if (number >= 0) return number;
    }
    seen[count] = object;
    this.count = count + 1;
    return -1;
  }

  #identifyMany(object) {
    if (this.ids === null) {
      const known = (this.known ??= new Set(this.seen));
      known.add(object);
      if (known.size !== this.count) {
        this.count++;
        return -1;
      }
      const ids = new Map();
      for (const one of known) ids.set(one, ids.size);
      this.ids = ids;
      this.known = null;
      return ids.get(object);
    }
    const number = this.ids.get(object);
    if (number !== undefined) return number;
    this.ids.set(object, this.count++);
    return -1;
  }

  /** What `rewind` needs to take back all that is written from here on. */
  mark() {
    return {
      count: this.count,
      shared: this.shared,
      shapes: this.shapeCount,
      later: this.later,
      laterCount: this.later.length,
      trail: this.trail,
      buffers: this.buffers?.length ?? 0,
      carried: this.carried?.length ?? 0,
      depth: this.depth,
      base: this.base,
      key: this.key,
      recent: this.recent,
      text: this.text,
      pages: this.pages?.length ?? 0,
    };
  }

  rewind(mark) {
    const all = this.ids !== null ? [...this.ids.keys()] : this.known !== null ? [...this.known] : this.seen;
    for (let i = 0; i < FEW; i++) this.seen[i] = i < mark.count ? all[i] : null;
    this.count = mark.count;
    this.ids = null;
    this.known = mark.count > FEW ? new Set(all.slice(0, mark.count)) : null;
    this.shared = mark.shared;
    for (let i = mark.shapes; i < this.shapeCount; i++) this.shapes[i].number = -1;
    this.shapeCount = mark.shapes;
    this.later = mark.later;
    this.later.length = mark.laterCount;
    this.trail = mark.trail;
    if (this.buffers !== null) this.buffers.length = mark.buffers;
    if (this.carried !== null) this.carried.length = mark.carried;
    this.depth = mark.depth;
    this.base = mark.base;
    this.key = mark.key;
    this.recent = mark.recent;
    this.text = mark.text;
    if (this.pages !== null) this.pages.length = mark.pages;
  }

  /** Writes what was put off because it stood too deep; that may put off more. */
  drain(position) {
    const { later, base } = this;
    for (let i = 0; i < later.length; i++) {
      this.base = later[i].base;
      this.depth = 0;
      position = writeDeferred(this, later[i].value, position);
    }
    later.length = 0;
    this.base = base;
    return position;
  }

  /** Puts a container off; its path is kept. */
  defer(value) {
    this.later.push({ value, base: { above: this.base, trail: this.trail.slice(0, this.depth) } });
  }

  /** Writes a value and all that is put off in it. */
  whole(value, position) {
    const { later, depth, trail, key, base } = this;
    this.base = { above: base, trail: [...trail.slice(0, depth), key] };
    this.later = [];
    this.trail = [];
    this.depth = 0;
    this.key = undefined;
    position = this.drain(write(this, value, position));
    this.later = later;
    this.depth = depth;
    this.trail = trail;
    this.key = key;
    this.base = base;
    return position;
  }

  /** The path of the container being written, or with `key` of the value in it. */
  path(withKey) {
    let text = '';
    for (let base = this.base; base !== null; base = base.above) text = base.trail.map(formatStep).join('') + text;
    for (let i = 0; i < this.depth; i++) text += formatStep(this.trail[i]);
    return this.root + text + (withKey ? formatStep(this.key) : '');
  }

  /** Refuses the primitive or function that stands at `key`. */
  refuseValue(what) {
    throw new NotSerializableError(this.path(true), `${what} cannot be sent ${this.#direction()}`);
  }

  /** Refuses the object being written. */
  refuseObject(what) {
    throw new NotSerializableError(this.path(false), `${what} cannot be sent ${this.#direction()}`);
  }

  #direction() {
    return this.root === 'result' || this.root === 'error' ? 'from a worker' : 'to a worker';
  }

  /** A number of 32 bits (or more, as far as it is exact), seven bits a byte. */
  varint(number, position) {
    if (position > this.limit) this.grow(position, 0);
    const bytes = this.bytes;
    while (number >= 0x80) {
      bytes[position++] = (number % 0x80) | 0x80;
      number = Math.floor(number / 0x80);
    }
    bytes[position++] = number;
    return position;
  }

  /** The object that has this number; for the writers of the rarer kinds. */
  reference(number, position) {
    return writeReference(this, number, position);
  }

  /** Any value; for the writers of the rarer kinds. */
  value(value, position) {
    return write(this, value, position);
  }

  /** A property of the container being written; for the writers of the rarer kinds. */
  property(key, value, position) {
    this.key = key;
    return write(this, value, position);
  }
}

module.exports = { Encoder };
