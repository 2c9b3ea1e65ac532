// What exact numbers cost: reading NDJSON as it is done here, beside the same loop with a bare JSON.parse. Interleaved
// rounds, medians of the ratios of the pairs: npm run bench:exact-numbers, with the rounds to run behind `--`.

import { lineParser } from "../src/exact/parse-json.js";

const rounds = Number(process.argv[2] ?? 60);

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

/** Whole lines, about as long as a download's chunks. */
function chunksOf(shape: (index: number) => object): readonly Uint8Array[] {
  const utf8 = new TextEncoder();
  return Array.from({ length: 16 }, (_, chunk) => {
    const lines = Array.from({ length: 230 }, (_, line) => JSON.stringify(shape(chunk * 230 + line)));
    return utf8.encode(`${lines.join("\n")}\n`);
  });
}

type ParserOf = (bytes: Uint8Array, text: string) => (line: string) => unknown;

function read(chunks: readonly Uint8Array[], parserOf: ParserOf): number {
  const decoder = new TextDecoder("utf-8", { fatal: true });
  const records: unknown[] = [];
  for (const bytes of chunks) {
    const text = decoder.decode(bytes);
    const parse = parserOf(bytes, text);
    let start = 0;
    for (let end = text.indexOf("\n"); end !== -1; end = text.indexOf("\n", start)) {
      records.push(parse(text.slice(start, end)));
      start = end + 1;
    }
  }
  return records.length;
}

function time(chunks: readonly Uint8Array[], parserOf: ParserOf): number {
  const begun = process.cpuUsage();
  for (let turn = 0; turn < 3; turn++) read(chunks, parserOf);
  const { user, system } = process.cpuUsage(begun);
  return user + system;
}

const bare: ParserOf = () => JSON.parse;
console.log("NDJSON, exact numbers beside a bare JSON.parse (CPU, median of paired ratios, quartiles):");
for (const [name, shape] of Object.entries(shapes)) {
  const chunks = chunksOf(shape);
  const ratios: number[] = [];
  for (let round = -10; round < rounds; round++) {
    const first = round % 2 === 0 ? time(chunks, bare) : undefined;
    const exact = time(chunks, lineParser);
    const other = first ?? time(chunks, bare);
    if (round >= 0) ratios.push(exact / other);
  }
  ratios.sort((a, b) => a - b);
  const at = (share: number) => (ratios[Math.floor(ratios.length * share)] ?? 0).toFixed(3);
  console.log(`  ${name.padEnd(16)} ${at(0.5)}  (${at(0.25)} to ${at(0.75)})`);
}
