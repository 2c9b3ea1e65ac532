import type { Checkpoint } from "exportkit";
import type { AuthgearRequest } from "exportkit/authgear";
import { describe, expect, it } from "vitest";
import { type AuthgearExport, authgearExport } from "../artifact/authgear-export.js";
import { scriptedStore } from "../artifact/scripted-store.js";
import { serving } from "../artifact/store-answers.js";
import fc from "../support/fast-check.js";
import { runs } from "../support/runs.js";

const users = 30;
type Mode = "records" | "bytes" | "ndjson" | "csv";

const requests: readonly (readonly [string, AuthgearRequest])[] = [
  ["an NDJSON file", { format: "ndjson" }],
  ["a CSV file", { format: "csv" }],
  // Empty cells of a single column are blank lines, and records.
  ["a CSV file of one column", { format: "csv", fields: ["/nickname"] }],
];

/** How a download is interrupted, and what else goes wrong meanwhile. */
interface Course {
  /** How many records, or chunks, each part takes before it stops; the last part takes the rest. */
  readonly stops: readonly number[];
  readonly chunkBytes: number;
  /** After how many bytes each of the first connections breaks. */
  readonly drops: readonly number[];
}

const course: fc.Arbitrary<Course> = fc.record({
  stops: fc.array(fc.nat({ max: 20 }), { maxLength: 4 }),
  chunkBytes: fc.oneof(fc.integer({ min: 3, max: 64 }), fc.integer({ min: 64, max: 20_000 })),
  drops: fc.array(fc.integer({ min: 0, max: 5_000 }), { maxLength: 3 }),
});

/** All pieces of a download that stops and resumes as told, each time from a checkpoint that was JSON in between. */
async function inParts(request: AuthgearRequest, mode: Mode, { stops, chunkBytes, drops }: Course) {
  const run = await authgearExport({ users, chunkBytes, request });
  for (const afterBytes of drops) {
    run.emulator.faults.add({ on: "artifact", fault: { type: "drop", afterBytes } });
  }
  const pieces: unknown[] = [];
  let checkpoint: Checkpoint | undefined;
  for (const stop of [...stops, Number.POSITIVE_INFINITY]) {
    checkpoint = await readPart(run, mode, stop, pieces, checkpoint);
  }
  return pieces;
}

async function readPart(
  run: AuthgearExport,
  mode: Mode,
  stop: number,
  pieces: unknown[],
  checkpoint: Checkpoint | undefined,
): Promise<Checkpoint> {
  await using download = await run.client.download(run.job, { checkpoint });
  const source: AsyncIterable<unknown> =
    mode === "records" ? download : mode === "bytes" ? download.bytes() : download.encode(mode);
  let taken = 0;
  if (stop > 0) {
    for await (const piece of source) {
      pieces.push(piece);
      if (++taken >= stop) break;
    }
  }
  return JSON.parse(JSON.stringify(download.checkpoint()));
}

const uninterrupted: Course = { stops: [], chunkBytes: 65_536, drops: [] };
const textOf = (pieces: readonly unknown[]) => Buffer.concat(pieces as Uint8Array[]).toString("utf8");

describe.each(requests)("%s", (_, request) => {
  it("records: however it stops and resumes, none is lost and none comes twice", async () => {
    const whole = await inParts(request, "records", uninterrupted);
    expect(whole).toHaveLength(users);
    await fc.assert(
      fc.asyncProperty(course, async (parts) => {
        expect(await inParts(request, "records", parts)).toEqual(whole);
      }),
      { numRuns: runs(6) },
    );
  });

  it.each(["bytes", "ndjson", "csv"] as const)("%s: the parts are the whole, byte for byte", async (mode) => {
    const whole = textOf(await inParts(request, mode, uninterrupted));
    expect(whole.length).toBeGreaterThan(users);
    await fc.assert(
      fc.asyncProperty(course, async (parts) => {
        expect(textOf(await inParts(request, mode, parts))).toBe(whole);
      }),
      { numRuns: runs(4) },
    );
  });
});

it("what is compared is the vendor's own file", async () => {
  const run = await authgearExport({ users });
  const whole = await inParts({ format: "ndjson" }, "bytes", uninterrupted);
  expect(textOf(whole)).toBe(new TextDecoder().decode(run.whole));
});

it("every single place to stop", async () => {
  const whole = await inParts({ format: "csv" }, "records", uninterrupted);
  for (let stop = 0; stop <= users + 1; stop++) {
    expect(await inParts({ format: "csv" }, "records", { ...uninterrupted, stops: [stop] })).toEqual(whole);
  }
});

it("a record to a part", async () => {
  const whole = await inParts({ format: "ndjson" }, "records", uninterrupted);
  const stops = Array<number>(users).fill(1);
  expect(await inParts({ format: "ndjson" }, "records", { ...uninterrupted, stops })).toEqual(whole);
});

it("a CSV whose columns came from its first record keeps them, wherever it resumes", async () => {
  const lines = ['{"a":1,"b":"ü"}', ...Array<string>(60).fill('{"c":3,"b":"x,y"}')].join("\n");
  const read = async (chunks: number, checkpoint?: Checkpoint): Promise<[string, Checkpoint]> => {
    const store = scriptedStore(serving(new TextEncoder().encode(lines)));
    const download = await store.open({ checkpoint });
    let text = "";
    for await (const chunk of download.encode("csv")) {
      text += new TextDecoder().decode(chunk);
      if (--chunks === 0) break;
    }
    return [text, JSON.parse(JSON.stringify(download.checkpoint()))];
  };
  const [whole] = await read(Number.POSITIVE_INFINITY);
  expect(whole).toMatch(/^a,b,_extra\n1,ü,\n,"x,y","{""c"":3}"\n/);
  for (let chunks = 1; chunks < 10; chunks++) {
    const [first, checkpoint] = await read(chunks);
    const [rest] = await read(Number.POSITIVE_INFINITY, checkpoint);
    expect(first + rest).toBe(whole);
  }
});

it("broken records that are passed over do not shift the place to resume at", async () => {
  const lines = Array.from({ length: 60 }, (_, n) => (n % 3 === 1 ? "broken" : `{"n":${n}}`)).join("\n");
  const sound = Array.from({ length: 60 }, (_, n) => n).filter((n) => n % 3 !== 1);
  const read = async (count: number, checkpoint?: Checkpoint): Promise<[unknown[], Checkpoint]> => {
    const store = scriptedStore(serving(new TextEncoder().encode(lines)));
    const download = await store.open({ checkpoint });
    const found: unknown[] = [];
    for await (const record of download.records({ onInvalid: "skip" })) {
      found.push((record as { n: number }).n);
      if (found.length === count) break;
    }
    return [found, JSON.parse(JSON.stringify(download.checkpoint()))];
  };
  for (let count = 1; count <= sound.length; count++) {
    const [first, checkpoint] = await read(count);
    const [rest] = await read(Number.POSITIVE_INFINITY, checkpoint);
    expect([...first, ...rest]).toEqual(sound);
  }
});
