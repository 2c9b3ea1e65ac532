import { createHash } from "node:crypto";
import { mkdtemp, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type SaveFormat, saveExport } from "exportkit/node";
import { afterAll, beforeAll, describe, expect } from "vitest";
import fc from "../support/fast-check.js";
import { fuzz, fuzzEvery } from "./fuzz.js";
import { harmless } from "./harmless.js";
import { type KnownExports, knownExports } from "./known-exports.js";
import { byteEdits, editedBytes } from "./mutated-bytes.js";
import { editedJson, everyEdit, type JsonEdit, jsonEdits } from "./mutated-json.js";

// What lies beside a part on the disk, changed in any way: the save resumes, starts over, or is refused; and what it says
// about a file that it finished is true.

const formats: readonly SaveFormat[] = ["raw", "ndjson", "csv"];
const connections = ["users", "access", "readers"] as const;
type Connection = (typeof connections)[number];

let known: KnownExports;
let folder: string;
/** Parts and their states by connection and format. */
const begun = new Map<string, { readonly part: Uint8Array; readonly state: string }>();

beforeAll(async () => {
  known = await knownExports();
  folder = await mkdtemp(join(tmpdir(), "exportkit-fuzz-"));
  for (const connection of connections) {
    for (const format of formats) {
      const path = join(folder, "seed");
      const controller = new AbortController();
      await saveExport(known.client, known.jobs[connection] as never, path, {
        format,
        signal: controller.signal,
        checkpointEvery: { bytes: 0, ms: 0 },
        onProgress: () => controller.abort(),
      }).catch(() => {});
      const part = new Uint8Array(await readFile(`${path}.part`));
      const state = await readFile(`${path}.part.json`, "utf8");
      begun.set(`${connection} ${format}`, { part, state });
      await Promise.all((await readdir(folder)).map((name) => rm(join(folder, name))));
    }
  }
});
afterAll(() => rm(folder, { recursive: true }));

interface Damage {
  readonly json?: readonly JsonEdit[];
  readonly state?: Parameters<typeof editedBytes>[1] | undefined;
  readonly part?: Parameters<typeof editedBytes>[1] | undefined;
}

async function goOn(
  connection: Connection,
  format: SaveFormat,
  { json = [], state, part }: Damage,
): Promise<void> {
  const seed = begun.get(`${connection} ${format}`);
  if (!seed) throw new Error("no such seed");
  const path = join(folder, "export");
  const text = new TextEncoder().encode(editedJson(seed.state, json));
  const written = state ? editedBytes(text, state) : text;
  await writeFile(`${path}.part.json`, written);
  await writeFile(`${path}.part`, part ? editedBytes(seed.part, part) : seed.part);
  const { client, clock, jobs } = known;
  const outcome = await harmless(() => saveExport(client, jobs[connection] as never, path, { format }), {
    clock,
  });
  if ("value" in outcome) {
    const file = await readFile(path);
    expect(file.byteLength).toBe(outcome.value.bytes);
    expect(createHash("sha256").update(file).digest("hex")).toBe(outcome.value.sha256);
  }
  const names = await readdir(folder);
  // Nothing but the file, the part and its state: no lock and no half-written state.
  expect(names.filter((name) => !/^export(\.part(\.json)?)?$/.test(name))).toEqual([]);
  await Promise.all(names.map((name) => rm(join(folder, name))));
}

const keys = [
  "checkpoint",
  "complete",
  "bytes",
  "records",
  "sha256",
  "columns",
  "offset",
  "record",
  "encoder",
];
const edits = (freq: number) => fc.option(byteEdits(), { nil: undefined, freq });

describe("the state beside a part", () => {
  fuzz(
    "part state, mutated",
    40,
    fc.tuple(
      fc.constantFrom(...connections),
      fc.constantFrom(...formats),
      fc.record({ json: jsonEdits(keys), state: edits(1), part: edits(1) }),
    ),
    ([connection, format, damage]) => goOn(connection, format, damage),
  );

  for (const connection of connections) {
    fuzzEvery(
      `part state, every field, ${connection}`,
      15,
      async () => everyEdit(begun.get(`${connection} csv`)?.state ?? "", keys),
      (edit) => goOn(connection, "csv", { json: [edit] }),
    );
  }
});
