// One decoder on one input; prints what it took as JSON. Run by bench/decoder-memory.ts: `ndjson|csv MEGABYTES`, which
// are made on the way, or `xlsx PATH`.
import { createReadStream } from "node:fs";
import { open } from "node:fs/promises";
import { ExportError } from "../src/model/errors.js";
import { csv } from "../src/records/csv.js";
import { ndjsonEncoder } from "../src/records/encode-ndjson.js";
import { ndjson } from "../src/records/ndjson.js";
import { xlsx } from "../src/records/xlsx/xlsx.js";
import type { Artifact } from "../src/spec/artifact.js";
import type { RecordDecoder } from "../src/spec/records.js";
import { csvEncoder } from "../test/records/csv-encoder.js";

const [kind = "", source = ""] = process.argv.slice(2);
// So often is the garbage collected and what remains counted.
const SAMPLES = 20;
const CHUNK_BYTES = 65_536;

interface Input {
  readonly artifact: Artifact;
  readonly decoder: RecordDecoder<unknown>;
  /** How far the reading is, from 0 to 1. */
  progress(): number;
  bytes(): number;
  close(): Promise<void>;
}

const { artifact, decoder, progress, bytes, close } = kind === "xlsx" ? await workbook() : text();
let heapMiB = 0;
let records = 0;
let samples = 0;
let paused = 0;
const begun = performance.now();
let refused: string | undefined;
try {
  await decode();
} catch (error) {
  if (!ExportError.isInstance(error)) throw error;
  refused = error.code;
}
const seconds = (performance.now() - begun - paused) / 1000;
await close();
const peakMiB = process.resourceUsage().maxRSS / 1024;
console.log(JSON.stringify({ records, megabytes: bytes() / 1e6, seconds, heapMiB, peakMiB, refused }));

async function decode(): Promise<void> {
  for await (const { entries } of decoder.decode(artifact, { maxBufferedBytes: 16 << 20 })) {
    records += entries.length;
    if (progress() * SAMPLES >= samples) {
      samples += 1;
      const from = performance.now();
      globalThis.gc?.();
      const { heapUsed, external } = process.memoryUsage();
      heapMiB = Math.max(heapMiB, (heapUsed + external) / 2 ** 20);
      paused += performance.now() - from;
    }
  }
}

function text(): Input {
  const users = Array.from({ length: 4_000 }, (_, index) => ({
    sub: `${index.toString(16).padStart(8, "0")}-1111-2222-3333-444444444444`,
    email: `user${index}@example.com`,
    name: `User ${index}`,
    address: { country: "DE", locality: "Köln" },
    roles: ["admin", "editor"],
    disabled: false,
    created_at: "2024-10-07T21:06:24Z",
    note: 'said "hello", and left',
  }));
  const isCsv = kind === "csv";
  const columns = Object.keys(users[0] ?? {});
  const encoder = isCsv ? csvEncoder<object>({ columns, header: false }) : ndjsonEncoder<object>();
  const block = new TextEncoder().encode(users.map((user) => encoder.write(user)).join(""));
  const total = Math.ceil((Number(source) * 1e6) / block.length) * block.length;
  let read = 0;
  return {
    artifact: {
      async *stream() {
        if (isCsv) yield new TextEncoder().encode(`${columns.join(",")}\n`);
        while (read < total) {
          const at = read % block.length;
          // A copy, as a socket would bring it.
          const chunk = block.slice(at, at + CHUNK_BYTES);
          read += chunk.length;
          yield chunk;
        }
      },
      read: async () => new Uint8Array(0),
    },
    decoder: isCsv ? csv() : ndjson(),
    progress: () => read / total,
    bytes: () => read,
    close: async () => {},
  };
}

async function workbook(): Promise<Input> {
  const file = await open(source);
  const { size } = await file.stat();
  let read = 0;
  const xml = await unpackedBytes();
  return {
    artifact: {
      size,
      async *stream(start = 0) {
        for await (const chunk of createReadStream(source, { start })) {
          read = start + chunk.length;
          yield chunk;
        }
      },
      async read(start, end) {
        const part = new Uint8Array(end - start);
        await file.read(part, 0, part.length, start);
        read = Math.max(read, start);
        return part;
      },
    },
    decoder: xlsx({ headerRow: "none" }),
    progress: () => read / size,
    bytes: () => xml,
    close: () => file.close(),
  };

  /** The length of the worksheet's XML, as the directory at the file's end tells it. */
  async function unpackedBytes(): Promise<number> {
    const tail = Buffer.alloc(Math.min(size, 8_192));
    await file.read(tail, 0, tail.length, size - tail.length);
    let total = 0;
    for (let at = tail.indexOf("PK\x01\x02"); at >= 0; at = tail.indexOf("PK\x01\x02", at + 4)) {
      total += tail.readUInt32LE(at + 24);
    }
    return total;
  }
}
