// What exact numbers cost: reading NDJSON as it is done here, by its bytes and where a runtime makes no WebAssembly by its
// values, beside the same loop with a bare JSON.parse. The fastest round of each chunk counts, which a busy machine disturbs
// least: npm run bench:exact-numbers, rounds behind `--`.

import { findsIn, lookAtPiece } from "../src/exact/look-at-piece.js";
import { parseJson, parseSeen } from "../src/exact/parse-json.js";

const rounds = Number(process.argv[2] ?? 100);

const shapes: { readonly [name: string]: (index: number) => object } = {
  "flat, no zeros": (index) => ({ ...userOf(index), logins: (index % 97) + 1 }),
  "flat, zeros": (index) => ({ ...userOf(index), logins: 0 }),
  "flat, UTF-8": (index) => ({
    ...userOf(index),
    name: `Jürgen Müller 東京 ${index}`,
    logins: (index % 97) + 1,
  }),
  nested: (index) => ({
    ...userOf(index),
    address: { country: "DE", city: "Berlin" },
    roles: ["admin", "editor"],
    logins: index % 97,
  }),
  numeric: (index) => ({
    id: index,
    ...Object.fromEntries(
      Array.from({ length: 11 }, (_, at) => [`field_${at}`, (index + 1) * (at + 1) * 0.25]),
    ),
  }),
  "ordinary user": (index) => ({
    user_id: `usr_${index}`,
    email: `user${index}@example.com`,
    name: `José Nuñez ${index}`,
    created_at: "2026-11-07T21:06:24Z",
    address: { country: "DE", zip: "10115" },
    logins: (index % 9) + 1,
    score: 0.1,
    amount: 1_234_567.25,
    external_id: `9007199254740993${index}`,
    active: true,
    tags: ["a", "b"],
    note: "Lorem ipsum dolor sit amet, consectetur adipiscing elit, sed do eiusmod tempor incididunt ut labore.",
  }),
  "long numbers": (index) => ({ ...userOf(index), balance: 0.1 + 0.2 + index }),
};

function userOf(index: number): object {
  return {
    sub: `${index.toString(16).padStart(8, "0")}-1111-2222-3333-444444444444`,
    email: `user${index}@example.com`,
    name: `User Number ${index}`,
    phone: "+4915112345678",
    locale: "de-DE",
    created: 1_732_741_999_123 + index,
    updated: "2026-11-07T21:06:24.123456789Z",
    mfa: true,
    note: "some ordinary note here",
  };
}

/** Whole lines, about as long as the pieces of a download. */
function chunksOf(shape: (index: number) => object): readonly Uint8Array[] {
  const utf8 = new TextEncoder();
  return Array.from({ length: 4 }, (_, chunk) => {
    const lines = Array.from({ length: 80 }, (_, line) => JSON.stringify(shape(chunk * 80 + line)));
    return utf8.encode(`${lines.join("\n")}\n`);
  });
}

type Way = (bytes: Uint8Array) => unknown[];

/** As in a download: decoded, split into lines, parsed. */
function split(bytes: Uint8Array, parse: (line: string) => unknown): unknown[] {
  const text = decode(bytes);
  const records: unknown[] = [];
  let start = 0;
  for (let end = text.indexOf("\n"); end !== -1; end = text.indexOf("\n", start)) {
    records.push(parse(text.slice(start, end)));
    start = end + 1;
  }
  return records;
}

const decode = (bytes: Uint8Array) =>
  new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(bytes);
const bare: Way = (bytes) => split(bytes, JSON.parse as (line: string) => unknown);
const byValues: Way = (bytes) => split(bytes, parseJson);
/** The ends of lines are known by then. */
const byBytes: Way = (bytes) => {
  const text = decode(bytes);
  const seen = lookAtPiece(bytes);
  if (!seen) throw new Error("too large a piece");
  const records: unknown[] = [];
  let start = 0;
  for (let line = 0; line < seen.ends.length / 2; line++) {
    const end = seen.ends[2 * line] ?? 0;
    const each = text.slice(start, end);
    const finds = findsIn(seen, each, line);
    records.push(finds === undefined ? parseJson(each) : parseSeen(each, finds));
    start = end + 1;
  }
  return records;
};

function time(bytes: Uint8Array, way: Way): number {
  const begun = process.hrtime.bigint();
  way(bytes);
  return Number(process.hrtime.bigint() - begun);
}

const ways = [bare, byBytes, byValues];
console.log("NDJSON, to a bare JSON.parse (the fastest round of each chunk, in turns): by bytes, by values");
for (const [name, shape] of Object.entries(shapes)) {
  const chunks = chunksOf(shape);
  const times = ways.map(() => 0);
  for (const bytes of chunks) {
    const best = ways.map(() => Infinity);
    for (let round = 0; round < rounds; round++) {
      for (const [at, way] of ways.entries()) best[at] = Math.min(best[at] ?? Infinity, time(bytes, way));
    }
    for (const [at, least] of best.entries()) times[at] = (times[at] ?? 0) + least;
  }
  const [bareTime = 0, bytesTime = 0, valuesTime = 0] = times;
  const ratio = (nanoseconds: number) => (nanoseconds / bareTime).toFixed(3);
  console.log(`  ${name.padEnd(16)} ${ratio(bytesTime)}  ${ratio(valuesTime)}`);
}
