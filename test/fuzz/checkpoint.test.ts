import { beforeAll, describe } from "vitest";
import fc from "../support/fast-check.js";
import { everything, type Reading, readDownload, readings } from "./export-run.js";
import { fuzz, fuzzEvery } from "./fuzz.js";
import { harmless } from "./harmless.js";
import { type KnownExports, knownExports } from "./known-exports.js";
import { editedJson, everyEdit, jsonEdits } from "./mutated-json.js";

// A checkpoint out of any store, changed in any way: the download resumes somewhere in the export, or is refused.

const connections = ["users", "access", "readers"] as const;
const ways = ["records", "encode ndjson", "encode csv", "bytes"] as const;
const keys = [
  "encoder",
  "artifact",
  "position",
  "offset",
  "record",
  "validator",
  "size",
  "header",
  "known",
  "before",
];

type Connection = (typeof connections)[number];
let known: KnownExports;
/** Checkpoints by connection and way of reading, as a store holds them. */
const stored = new Map<string, string>();
/** How many records there are by connection. */
const counts = new Map<string, number>();

beforeAll(async () => {
  known = await knownExports();
  for (const connection of connections) {
    const whole = await known.client.download(known.jobs[connection] as never);
    counts.set(connection, await readDownload(whole, everything));
    for (const as of ways) {
      const download = await known.client.download(known.jobs[connection] as never);
      await readDownload(download, { as, onInvalid: "throw", most: 2 });
      stored.set(`${connection} ${as}`, JSON.stringify(download.checkpoint()));
    }
  }
});

async function goOn(connection: Connection, text: string, reading: Reading): Promise<void> {
  const { client, clock, jobs } = known;
  const checkpoint = JSON.parse(text);
  const outcome = await harmless(
    async () => readDownload(await client.download(jobs[connection] as never, { checkpoint }), reading),
    { clock },
  );
  if (reading.as !== "records" || "error" in outcome) return;
  if (outcome.value > (counts.get(connection) ?? 0)) throw new Error(`${outcome.value} records`);
}

describe("checkpoints", () => {
  fuzz(
    "checkpoint JSON, mutated",
    100,
    fc.tuple(fc.constantFrom(...connections), fc.constantFrom(...ways), jsonEdits(keys), readings),
    ([connection, as, edits, reading]) =>
      goOn(connection, editedJson(stored.get(`${connection} ${as}`) ?? "", edits), reading),
  );

  for (const connection of connections) {
    for (const as of ["records", "encode csv"] as const) {
      fuzzEvery(
        `checkpoint JSON, every field, ${connection}, ${as}`,
        50,
        async () => everyEdit(stored.get(`${connection} ${as}`) ?? "", keys),
        (edit) =>
          goOn(connection, editedJson(stored.get(`${connection} ${as}`) ?? "", [edit]), {
            as,
            onInvalid: "throw",
            most: Number.POSITIVE_INFINITY,
          }),
      );
    }
  }
});
