'use strict';

// The codec by itself, on one thread: ours beside JSON, V8's serializer, structuredClone, and msgpackr where it is
// installed. `node bench/codec.js [--rounds 101] [--cases object,rows] [--json]`: nanoseconds for one direction,
// contestants in turns. Samples are short and the figure is their first quartile: on a busy machine every other sample
// has lost the processor on the way, and their median says more about the neighbours than about the code.

const { parseArgs } = require('node:util');
const v8 = require('node:v8');
const { Decoder, Encoder } = require('../lib/codec');

const { values: options } = parseArgs({
  options: {
    rounds: { type: 'string', default: '101' },
    cases: { type: 'string', default: '' },
    json: { type: 'boolean', default: false },
  },
});

const many = (count, item) => Array.from({ length: count }, (_, i) => item(i));

/** What is sent, as the arguments of one call. */
const cases = {
  undefined,
  'small int': 42,
  double: 0.1,
  'short string': 'hello',
  '1 kB string': 'abcdefghij'.repeat(100),
  '1 kB wide string': 'żółw ślimak '.repeat(42),
  'small object': { id: 1, name: 'Ann' },
  'nested object': { user: { id: 1, name: 'Bob', tags: ['a', 'b'] }, list: [1, 2, 3], options: { deep: { x: 1.5 } } },
  object: many(30, (i) => ({ id: i, name: `item ${i}`, ok: i % 2 === 0 })),
  'rows of 8 columns': many(200, (i) => ({
    id: i,
    email: `user${i}@example.com`,
    first: `First${i}`,
    last: `Last${i}`,
    age: 20 + (i % 50),
    score: i * 1.1,
    active: true,
    created: '2024-01-01T00:00:00Z',
  })),
  '100 points': many(100, (i) => [i, i * 2]),
  '1,000 ints': many(1000, (i) => i * 7),
  '1,000 doubles': many(1000, (i) => i / 7),
  'Map of 10': new Map(many(10, (i) => [`key ${i}`, i])),
  Date: new Date(0),
  'Uint8Array of 1 kB': new Uint8Array(1024).fill(7),
  'shared references': (() => {
    const owner = { id: 1, name: 'owner' };
    return many(20, (i) => ({ i, owner }));
  })(),
  Error: new TypeError('it failed'),
};

/** One contestant: `encode(args)` gives what `decode` takes; `can` says whether it keeps such a value. */
function contestants() {
  const encoder = new Encoder();
  const decoder = new Decoder();
  const isJson = (name) => !/undefined|Map|Date|Uint8|Error|shared/.test(name);
  const list = [
    {
      name: 'tasklets',
      can: () => true,
      encode(args) {
        encoder.position = 0;
        encoder.encodeArgs(args);
        return encoder;
      },
      // The message is read from a place of its own, as it is in the engine.
      keep: () => Buffer.from(encoder.bytes.subarray(0, encoder.position)),
      decode: (bytes) => decoder.decodeArgs(bytes, 0, bytes.length, null, null),
    },
    { name: 'JSON', can: isJson, encode: JSON.stringify, decode: JSON.parse },
    { name: 'v8.serialize', can: () => true, encode: v8.serialize, decode: v8.deserialize },
    { name: 'structuredClone (both)', can: () => true, encode: (args) => structuredClone(args) },
  ];
  const msgpackr = optional('msgpackr');
  if (msgpackr !== null) {
    const packr = new msgpackr.Packr({ structuredClone: true });
    const plain = new msgpackr.Packr();
    const pack = { encode: (args) => packr.pack(args), decode: (bytes) => packr.unpack(bytes) };
    list.push({ name: 'msgpackr, structuredClone', can: () => true, ...pack });
    const records = { encode: (args) => plain.pack(args), decode: (bytes) => plain.unpack(bytes) };
    list.push({ name: 'msgpackr, records', can: (name) => !/Error|shared/.test(name), ...records });
  }
  return list;
}

function optional(name) {
  try {
    return require(name);
  } catch {
    return null;
  }
}

let sink;

/** How long a sample takes, in nanoseconds. */
const SAMPLE = 3e5;

/** Nanoseconds for one call, over so many calls. */
function time(fn, input, count) {
  const began = process.hrtime.bigint();
  for (let i = 0; i < count; i++) sink = fn(input);
  return Number(process.hrtime.bigint() - began) / count;
}

function firstQuartile(samples) {
  const sorted = [...samples].sort((a, b) => a - b);
  return sorted[sorted.length >> 2];
}

/** Every direction of every contestant that can carry the case, warmed up, then in turns. */
function measure(name, value, rounds) {
  const args = [value];
  const runs = [];
  for (const { name: who, can, encode, keep, decode } of contestants()) {
    if (!can(name)) continue;
    const encoded = encode(args);
    runs.push({ who, what: 'encode', fn: encode, input: args, samples: [] });
    const input = keep === undefined ? encoded : keep();
    if (decode !== undefined) runs.push({ who, what: 'decode', fn: decode, input, samples: [] });
  }
  for (const run of runs) {
    for (const began = performance.now(); performance.now() - began < 60;) time(run.fn, run.input, 100);
    run.count = Math.max(5, Math.ceil(SAMPLE / time(run.fn, run.input, 200)));
  }
  for (let round = 0; round < rounds; round++) {
    for (let i = 0; i < runs.length; i++) {
      const { fn, input, count, samples } = runs[(i + round) % runs.length];
      samples.push(time(fn, input, count));
    }
  }
  return runs.map(({ who, what, samples }) => ({ case: name, who, what, ns: firstQuartile(samples) }));
}

function print(results) {
  const columns = [...new Set(results.map(({ who }) => who))];
  const cell = (name, who) => {
    const find = (what) => results.find((one) => one.case === name && one.who === who && one.what === what)?.ns;
    const [encode, decode] = [find('encode'), find('decode')];
    if (encode === undefined) return '–';
    return decode === undefined ? figure(encode) : `${figure(encode)} + ${figure(decode)}`;
  };
  console.log(`| ns, encode + decode | ${columns.join(' | ')} |`);
  console.log(`| --- | ${columns.map(() => '---:').join(' | ')} |`);
  for (const name of new Set(results.map((one) => one.case))) {
    console.log(`| ${name} | ${columns.map((who) => cell(name, who)).join(' | ')} |`);
  }
}

const figure = (ns) => (ns < 100 ? ns.toFixed(0) : Number(ns.toPrecision(3)).toLocaleString('en'));

const wanted = options.cases.split(',').filter(Boolean);
const results = [];
for (const [name, value] of Object.entries(cases)) {
  if (wanted.length > 0 && !wanted.some((one) => name.includes(one))) continue;
  results.push(...measure(name, value, Number(options.rounds)));
}
if (options.json) console.log(JSON.stringify({ node: process.version, results, sink: typeof sink }, null, 2));
else print(results);
