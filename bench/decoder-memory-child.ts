// One decoder on one input; prints what it took as JSON. Run by bench/decoder-memory.ts: `ndjson|csv|json|gunzip(ndjson)
// MEGABYTES`, which are made on the way, or `xlsx|zip(csv) PATH`.
import { createReadStream } from "node:fs";
import { open } from "node:fs/promises";
import { Readable } from "node:stream";
import { createGzip } from "node:zlib";
import { ExportError } from "../src/model/errors.js";
import { csv } from "../src/records/csv.js";
import { gunzip } from "../src/records/gunzip.js";
import { json } from "../src/records/json.js";
import { ndjson } from "../src/records/ndjson.js";
import { xlsx } from "../src/records/xlsx/xlsx.js";
import { zip } from "../src/records/zip/zip.js";
import type { Artifact } from "../src/spec/artifact.js";
import type { RecordDecoder } from "../src/spec/records.js";
import { userBytes } from "./users.js";

const [kind = "", source = ""] = process.argv.slice(2);
// So often is the garbage collected and what remains counted.
const SAMPLES = 20;

interface Input {
  readonly artifact: Artifact;
  readonly decoder: RecordDecoder<unknown>;
  /** How far the reading is, from 0 to 1. */
  progress(): number;
  bytes(): number;
  close(): Promise<void>;
}

const { artifact, decoder, progress, bytes, close } = /^(xlsx|zip)/.test(kind) ? await archive() : made();
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

/** What is made on the way: text, or text compressed. */
function made(): Input {
  const total = Number(source) * 1e6;
  const format = kind === "gunzip(ndjson)" ? "ndjson" : (kind as "ndjson" | "csv" | "json");
  let read = 0;
  function* bytes() {
    for (const chunk of userBytes(format, Number(source))) {
      read += chunk.length;
      yield chunk;
    }
  }
  const decoders = {
    ndjson: ndjson(),
    csv: csv(),
    json: json({ path: "users" }),
    "gunzip(ndjson)": gunzip(ndjson()),
  };
  return {
    artifact: {
      async *stream() {
        if (kind === "gunzip(ndjson)") yield* Readable.from(bytes()).pipe(createGzip({ level: 1 }));
        else yield* bytes();
      },
      read: async () => new Uint8Array(0),
    },
    decoder: decoders[kind as keyof typeof decoders],
    progress: () => read / total,
    bytes: () => read,
    close: async () => {},
  };
}

/** What lies on the disk, and is read where it is. */
async function archive(): Promise<Input> {
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
    decoder: kind === "xlsx" ? xlsx({ headerRow: "none" }) : zip(csv()),
    progress: () => read / size,
    bytes: () => xml,
    close: () => file.close(),
  };

  /** The length of the members, unpacked, as the directory at the file's end tells it. */
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
