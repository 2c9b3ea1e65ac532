import { readFile } from "node:fs/promises";
import { join } from "node:path";
import type { ExportError } from "exportkit";
import { type SaveFormat, saveExport } from "exportkit/node";
import type { AuthgearEmulator, Fault } from "exportkit/testing";
import { describe, expect, it } from "vitest";
import { exportkit, servedAuthgear } from "../cli/terminal.js";
import { rejection } from "../support/outcome.js";
import { emptyFolder, filesIn, serveExport } from "./served-export.js";

type Headers = { readonly [name: string]: string };

/** What becomes of a store between two runs: its answers to a range, and to a request for the whole file. */
interface Turn {
  readonly name: string;
  readonly code: "INTEGRITY" | "ARTIFACT_CHANGED";
  readonly ranged: (file: StoredFile) => Fault;
  readonly whole: (file: StoredFile) => Fault;
}

interface StoredFile {
  readonly text: string;
  /** That of the answers before. */
  readonly etag: string;
}

const status = (code: number, body: string, headers: Headers = {}): Fault => ({
  type: "status",
  status: code,
  body,
  headers: { "content-type": "application/x-ndjson", ...headers },
});
const bare416 = () => status(416, "");
/** All of it, as a part that begins before the byte asked for. */
const early = ({ text, etag }: StoredFile) => {
  const size = Buffer.byteLength(text);
  return status(206, text, { etag, "content-range": `bytes 0-${size - 1}/${size}` });
};
const shrunk = ({ text }: StoredFile) => text.slice(0, text.indexOf("\n", 40_000) + 1);

const turns: readonly Turn[] = [
  { name: "a 206 from the first byte, whatever is asked", code: "INTEGRITY", ranged: early, whole: early },
  {
    name: "a 206 from a byte between the first and the asked one",
    code: "INTEGRITY",
    ranged: ({ text, etag }) =>
      status(206, "x".repeat(50), { etag, "content-range": `bytes 1-50/${Buffer.byteLength(text)}` }),
    whole: early,
  },
  {
    name: "a bare 416 after the object shrank",
    code: "ARTIFACT_CHANGED",
    ranged: bare416,
    whole: (file) => status(200, shrunk(file), { etag: '"shrunk"' }),
  },
  {
    name: "a bare 416 after the object shrank, without a validator",
    code: "ARTIFACT_CHANGED",
    ranged: bare416,
    whole: (file) => status(200, shrunk(file)),
  },
  {
    name: "a bare 416 and the whole file as a part",
    code: "INTEGRITY",
    ranged: bare416,
    whole: early,
  },
];

/** Lets the store answer so from now on. */
function turn(emulator: AuthgearEmulator, { ranged, whole }: Turn, file: StoredFile): void {
  const times = Number.POSITIVE_INFINITY;
  emulator.faults.clear();
  emulator.faults.add({
    on: ({ operation, headers }) => operation === "artifact" && headers.has("range"),
    times,
    fault: ranged(file),
  });
  emulator.faults.add({ on: "artifact", times, fault: whole(file) });
}

async function etagIn(path: string): Promise<string> {
  const { checkpoint } = JSON.parse(await readFile(`${path}.part.json`, "utf8"));
  return checkpoint.artifact.validator.value;
}

describe.each(turns)("a save that was stopped, and then met $name,", (met) => {
  async function stopped(format: SaveFormat) {
    const served = await serveExport({ sockets: false });
    const path = join(await emptyFolder(), "users");
    const file = { text: (await served.reference("raw")).toString(), etag: "" };
    const controller = new AbortController();
    const reason = new Error("enough for now");
    const stop = await rejection(
      saveExport(served.client, served.job, path, {
        format,
        checkpointEvery: { bytes: 0, ms: 0 },
        signal: controller.signal,
        onProgress: ({ bytesRead }) => bytesRead > 100_000 && controller.abort(reason),
      }),
    );
    expect(stop).toBe(reason);
    turn(served.emulator, met, { ...file, etag: await etagIn(path) });
    return { ...served, path, wanted: met.code === "INTEGRITY" ? file.text : shrunk(file) };
  }

  it("says at every later run how to start over, keeps the part, and starts over when told", async () => {
    const { client, job, path, wanted } = await stopped("raw");
    const folder = join(path, "..");
    const before = await readFile(`${path}.part`);
    for (let run = 0; run < 3; run++) {
      const error = (await rejection(saveExport(client, job, path))) as ExportError;
      expect(error).toMatchObject({ code: met.code, retryable: false, details: { path } });
      expect(error.message).toContain('To start over, call saveExport with resume: "restart"');
      expect((await readFile(`${path}.part`)).equals(before)).toBe(true);
    }
    expect(await saveExport(client, job, path, { resume: "restart" })).toMatchObject({ resumed: false });
    expect(await readFile(path, "utf8")).toBe(wanted);
    expect(Object.keys(await filesIn(folder))).toEqual(["users"]);
  });

  it.each(["raw", "ndjson", "csv"] as const)(
    "starts over by itself with overwrite, as %s",
    async (format) => {
      const { client, job, path, wanted } = await stopped(format);
      const saved = await saveExport(client, job, path, { format, overwrite: true });
      expect(saved).toMatchObject({ resumed: false, discarded: { jobId: job.id } });
      expect(saved.discarded?.reason).not.toMatch(/checkpoint/);
      if (format === "raw") expect(await readFile(path, "utf8")).toBe(wanted);
      else expect(saved.records).toBe(wanted.trimEnd().split("\n").length);
    },
  );

  it("is resumed where the store comes to its senses", async () => {
    const { client, job, path, emulator, reference } = await stopped("raw");
    await rejection(saveExport(client, job, path));
    emulator.faults.clear();
    expect(await saveExport(client, job, path)).toMatchObject({ resumed: true });
    expect((await readFile(path)).equals(await reference("raw"))).toBe(true);
  });

  it("is told by the command line in its own words, which lead on", async () => {
    const { emulator, environment, reference, starts } = await servedAuthgear({ users: 2_000 });
    const out = join(await emptyFolder(), "users");
    const words = ["authgear", "format=ndjson", "--out", out];
    const controller = new AbortController();
    emulator.faults.add({ on: "artifact", fault: { type: "drip", bytes: 100_000, everyMs: 30 } });
    const run = exportkit(words, environment, controller.signal);
    await expect.poll(() => etagIn(out).catch(() => ""), { timeout: 20_000 }).not.toBe("");
    controller.abort({ exitCode: 130 });
    expect(await run).toMatchObject({ code: 130 });
    const file = { text: (await reference()).toString(), etag: await etagIn(out) };
    turn(emulator, met, file);
    for (let again = 0; again < 2; again++) {
      const { code, stderr } = await exportkit(words, environment);
      expect(code).toBe(1);
      expect(stderr).toContain(met.code);
      expect(stderr).toContain("To start over, run it again and with --overwrite");
      expect(stderr).not.toMatch(/saveExport|resume:|checkpoint/);
    }
    const { code, stderr } = await exportkit([...words, "--overwrite"], environment);
    expect(code).toBe(0);
    expect(stderr).toMatch(/threw away \d+ bytes that an earlier run saved/);
    expect(starts()).toBe(1);
    expect(await readFile(out, "utf8")).toBe(met.code === "INTEGRITY" ? file.text : shrunk(file));
  });
});
