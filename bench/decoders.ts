// Speed and memory of the text decoders and encoders, in this process: node bench/decoders.ts (bundled), then
// csv | csv-quoted | csv-utf8 | ndjson | ndjson-utf8 | encode-csv | encode-ndjson, and the megabytes to go through.

import { csv } from "../src/records/csv.js";
import { ndjsonEncoder } from "../src/records/encoder.js";
import { ndjson } from "../src/records/ndjson.js";
import type { Artifact } from "../src/spec/artifact.js";
import type { RecordDecoder } from "../src/spec/records.js";
import { csvEncoder } from "../test/records/csv-encoder.js";

const [kind = "csv", megabytes = "200"] = process.argv.slice(2);
const header =
  "sub,email,name,given_name,locale,address.country,roles,groups,disabled,created_at,last_login_at,biometric_count,note";

function userOf(index: number): { readonly [key: string]: unknown } {
  const name = kind.endsWith("utf8") ? `Usér 東京 ${index}` : `User Number ${index}`;
  return {
    sub: `${index.toString(16).padStart(8, "0")}-1111-2222-3333-444444444444`,
    email: `user${index}@example.com`,
    name,
    given_name: "User",
    locale: "en-US",
    "address.country": "DE",
    roles: kind === "csv-quoted" ? ["admin", "editor"] : "admin",
    groups: "staff",
    disabled: false,
    created_at: "2024-10-07T21:06:24Z",
    last_login_at: "2024-11-07T21:06:24Z",
    biometric_count: index % 5,
    note: kind === "csv-quoted" ? "some, note" : "some note here",
  };
}

const users = Array.from({ length: 4000 }, (_, index) => userOf(index));
const isCsv = kind.includes("csv");
const encoder = () =>
  isCsv ? csvEncoder<object>({ columns: header.split(","), header: false }) : ndjsonEncoder<object>();
const blockEncoder = encoder();
const block = new TextEncoder().encode(users.map((user) => blockEncoder.write(user)).join(""));
const rounds = Math.ceil((Number(megabytes) * 1e6) / block.length);

async function* stream(): AsyncGenerator<Uint8Array> {
  if (isCsv) yield new TextEncoder().encode(`${header}\n`);
  for (let round = 0; round < rounds; round++) {
    for (let at = 0; at < block.length; at += 65536) yield block.subarray(at, at + 65536);
  }
}

async function decode(): Promise<number> {
  const artifact: Artifact = { stream, read: async (start, end) => block.subarray(start, end) };
  const decoder = (isCsv ? csv() : ndjson()) as RecordDecoder<unknown>;
  let records = 0;
  for await (const batch of decoder.decode(artifact, { maxBufferedBytes: 16 << 20 })) {
    for (const entry of batch.entries) if (entry !== undefined) records++;
  }
  return records;
}

function encode(): number {
  const utf8 = new TextEncoder();
  const target = encoder();
  for (let round = 0; round < rounds; round++) {
    // As a download does it: a batch at a time.
    for (let at = 0; at < users.length; at += 200) {
      let text = "";
      for (const user of users.slice(at, at + 200)) text += target.write(user);
      utf8.encode(text);
    }
  }
  return rounds * users.length;
}

const begun = performance.now();
const records = kind.startsWith("encode") ? encode() : await decode();
const seconds = (performance.now() - begun) / 1000;
const total = (rounds * block.length) / 1e6;
console.log(
  `${kind}: ${records} records, ${total.toFixed(0)} MB, ${(total / seconds).toFixed(0)} MB/s, ` +
    `${Math.round(records / seconds)} records/s, RSS ${Math.round(process.memoryUsage().rss / 1e6)} MB`,
);
