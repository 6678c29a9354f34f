'use strict';
// The names that every worker's global object has by itself. A global that is not among them was set by the user, and
// is captured like a variable.

const { types } = require('node:util');

const STANDARD = new Set(
  `globalThis global self undefined NaN Infinity eval isFinite isNaN parseFloat parseInt decodeURI decodeURIComponent
  encodeURI encodeURIComponent escape unescape Object Function Array Number Boolean String Symbol BigInt Date RegExp Map
  Set WeakMap WeakSet WeakRef FinalizationRegistry Promise Proxy Reflect JSON Math Intl Atomics WebAssembly ArrayBuffer
  SharedArrayBuffer DataView Int8Array Uint8Array Uint8ClampedArray Int16Array Uint16Array Int32Array Uint32Array
  Float16Array Float32Array Float64Array BigInt64Array BigUint64Array Error EvalError RangeError ReferenceError
  SyntaxError TypeError URIError AggregateError SuppressedError DisposableStack AsyncDisposableStack Iterator
  AsyncIterator Temporal console process Buffer setTimeout clearTimeout setInterval clearInterval setImmediate
  clearImmediate queueMicrotask structuredClone atob btoa fetch crypto Crypto CryptoKey SubtleCrypto performance
  Performance PerformanceEntry PerformanceMark PerformanceMeasure PerformanceObserver PerformanceObserverEntryList
  PerformanceResourceTiming URL URLSearchParams URLPattern TextEncoder TextDecoder TextEncoderStream TextDecoderStream
  AbortController AbortSignal Event EventTarget EventSource CustomEvent CloseEvent MessageEvent ErrorEvent
  MessageChannel MessagePort BroadcastChannel Blob File FormData Headers Request Response WebSocket DOMException
  ReadableStream ReadableStreamDefaultReader ReadableStreamBYOBReader ReadableStreamBYOBRequest
  ReadableByteStreamController ReadableStreamDefaultController TransformStream TransformStreamDefaultController
  WritableStream WritableStreamDefaultController WritableStreamDefaultWriter CompressionStream DecompressionStream
  ByteLengthQueuingStrategy CountQueuingStrategy Navigator navigator Storage localStorage sessionStorage gc Bun Deno
  postMessage alert confirm prompt reportError`.split(/\s+/),
);

/** Whether a name that nothing around the function declares means the same in a worker. */
const isStandard = (name) => STANDARD.has(name);

/**
 * The value of a global that the user set, if it has one and no getter need be run for it.
 * @returns {{ value: unknown } | null}
 */
function custom(name) {
  for (let object = globalThis; object !== null; object = Object.getPrototypeOf(object)) {
    if (types.isProxy(object)) return null;
    const descriptor = Object.getOwnPropertyDescriptor(object, name);
    if (descriptor !== undefined) return 'value' in descriptor ? { value: descriptor.value } : null;
  }
  return null;
}

module.exports = { custom, isStandard };
