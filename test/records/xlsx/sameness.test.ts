import { describe, expect, it } from "vitest";
import { ExportError } from "../../../src/model/errors.js";
import type { SheetRow } from "../../../src/records/xlsx/sheet-row.js";
import type { Artifact } from "../../../src/spec/artifact.js";
import type { InvalidRecord, ResumeState } from "../../../src/spec/records.js";
import fc from "../../support/fast-check.js";
import { runs } from "../../support/runs.js";
import { memoryArtifact } from "../zip/memory-artifact.js";
import { noise } from "../zip/noise.js";
import { zip } from "../zip/zip-writer.js";
import { codeOf, decodeAll, xlsxArchive } from "./decode.js";
import { xlsx } from "./workbook-writer.js";

/** Two workbooks of two sheets, far apart; those of another `mark` have other content in the same bytes. */
function archiveOf(mark: string, method: number, rows = 40): Uint8Array {
  const book = (name: string) => {
    const sheet = (title: string) => ({
      name: title,
      rows: [["Text"], ...Array.from({ length: rows }, (_, row) => [`${mark} ${name} ${title} ${row}`])],
    });
    return xlsx({ sheets: [sheet("a"), sheet("b")], stored: true });
  };
  const padding = (name: string) => ({ name, data: noise(200_000), method: 0 });
  return zip([
    { name: "1.xlsx", data: book("one"), method },
    padding("1.bin"),
    { name: "2.xlsx", data: book("two"), method },
    padding("2.bin"),
  ]);
}

const first = archiveOf("A", 0);
const second = archiveOf("B", 0);

/** Serves one archive up to a request and another from there on, without a validator. */
function exchanged(before: Uint8Array, after: Uint8Array, at: number, back = Number.POSITIVE_INFINITY) {
  let requests = 0;
  const artifact: Artifact = {
    size: before.length,
    stream: () => memoryArtifact(before).stream(),
    read: async (start, end) => {
      const current = requests >= at && requests < back ? after : before;
      requests += 1;
      return current.slice(start, end);
    },
  };
  return { artifact, requests: () => requests };
}

it("archives of other content have the same length here", () => {
  expect(second.length).toBe(first.length);
  expect(Buffer.compare(first, second)).not.toBe(0);
});

describe("a file that is exchanged while it is read by ranges", () => {
  it("never passes, whichever request is the first to meet the other one", async () => {
    const rows = await decodeAll(first);
    const honest = exchanged(first, second, Number.POSITIVE_INFINITY);
    expect(await decodeAll(honest.artifact)).toEqual(rows);
    const requests = honest.requests();
    expect(requests).toBeGreaterThan(4);
    expect(await decodeAll(exchanged(first, second, 0).artifact)).toEqual(await decodeAll(second));
    for (let at = 1; at < requests; at++) {
      expect(await codeOf(decodeAll(exchanged(first, second, at).artifact)), `request ${at}`).toBe(
        "ARTIFACT_CHANGED",
      );
    }
    expect(await decodeAll(exchanged(first, second, requests).artifact)).toEqual(rows);
  });

  it("is asked for no more than usual where a validator proves it", async () => {
    const artifact = memoryArtifact(first, { validated: true });
    await decodeAll(artifact);
    const without = memoryArtifact(first, { validated: false });
    await decodeAll(without);
    expect(without.requests.length - artifact.requests.length).toBe(2);
  });

  it("is damage and not a change where the file is still the same", async () => {
    const damaged = first.slice();
    const place = Buffer.from(damaged).indexOf("A two b 7");
    damaged[place] = 0x58;
    for (const validated of [true, false]) {
      const artifact = memoryArtifact(damaged, { validated });
      expect(await codeOf(decodeAll(artifact))).toBe("INTEGRITY");
    }
  });

  it("stays damage where nobody answers any more", async () => {
    const damaged = first.slice();
    damaged[Buffer.from(damaged).indexOf("A one a 7")] = 0x58;
    const artifact = memoryArtifact(damaged, { validated: false });
    let failed = false;
    const gone: Artifact = {
      ...artifact,
      read: async (start, end) => {
        if (artifact.requests.length >= 2) {
          failed = true;
          throw new ExportError("NETWORK", "gone", { retryable: true });
        }
        return artifact.read(start, end);
      },
    };
    expect(await codeOf(decodeAll(gone))).toBe("INTEGRITY");
    expect(failed).toBe(true);
  });
});

/** Every entry, and the state after each as JSON has it. */
async function decodeWithStates(artifact: Artifact) {
  const entries: (SheetRow | InvalidRecord)[] = [];
  const states: ResumeState[] = [];
  try {
    for await (const batch of xlsxArchive().decode(artifact, { maxBufferedBytes: 1e6 })) {
      for (const [index, entry] of batch.entries.entries()) {
        entries.push(entry);
        states.push(JSON.parse(JSON.stringify(batch.stateAfter(index))));
      }
    }
  } catch (error) {
    if (!ExportError.isInstance(error)) throw error;
  }
  return { entries, states };
}

/** The state with another proof of the archive; `undefined` where the change is about that of a workbook. */
function withProof(state: ResumeState, change: unknown): ResumeState | undefined {
  const text = JSON.stringify(change);
  if (text.includes("sheet")) return undefined;
  // A workbook that is read where it lies is not read in order.
  if (text.includes("bytes") && !JSON.stringify(state.proof).includes("bytes")) return undefined;
  const isPart = text.startsWith("{") && text !== "{}";
  return {
    ...state,
    proof: isPart ? { ...(state.proof as object), ...(change as object) } : change,
  } as ResumeState;
}

/** The same for the proof of the workbook. */
function withInnerProof(state: ResumeState, change: unknown): ResumeState | undefined {
  if (JSON.stringify(change).includes("bytes")) return undefined;
  const inner = state.inner as ResumeState;
  const isPart = typeof change === "object" && change !== null && Object.keys(change).length > 0;
  const proof = isPart ? { ...(inner.proof as object), ...change } : change;
  return { ...state, inner: { ...inner, proof } } as ResumeState;
}

describe.each([
  ["stored", 0],
  ["compressed", 8],
])("a state of an archive of %s workbooks", (_, method) => {
  const [one, two] = [archiveOf("A", method), archiveOf("B", method)];
  const decoder = xlsxArchive();

  it("proves the archive by itself, and refuses another of the same length", async () => {
    const { states, entries } = await decodeWithStates(memoryArtifact(one));
    const pick = fc.nat({ max: states.length - 1 });
    await fc.assert(
      fc.asyncProperty(pick, fc.boolean(), async (index, ranges) => {
        const state = states[index] as ResumeState;
        expect(decoder.proves?.(state)).toBe(true);
        const artifact = { ranges, validated: false, chunk: 10_000 };
        expect(await decodeAll(one, { state, artifact })).toEqual(entries.slice(index + 1));
        expect(await codeOf(decodeAll(two, { state, artifact }))).toBe("ARTIFACT_CHANGED");
      }),
      { numRuns: runs(10) },
    );
  });

  it("of an older version proves nothing and is good where the store proves it", async () => {
    const { states, entries } = await decodeWithStates(memoryArtifact(one));
    const { proof, ...state } = states[9] as ResumeState;
    expect(proof).toBeDefined();
    expect(decoder.proves?.(state)).toBe(false);
    expect(await decodeAll(one, { state })).toEqual(entries.slice(10));
  });

  it.each([
    [{ directory: "0".repeat(64) }],
    [{ sheetCrc32: 1 }],
    [{ sheetBytes: 1 }],
    [{ sheetBytes: 1e9 }],
    [{ bytes: 1e9, crc32: 0 }],
    [{ bytes: 1, crc32: 0 }],
  ])("that proves another one (%j) is told", async (change) => {
    const { states } = await decodeWithStates(memoryArtifact(one));
    const state = states[9] as ResumeState;
    for (const other of [withProof(state, change), withInnerProof(state, change)]) {
      if (other === undefined) continue;
      expect(await codeOf(decodeAll(one, { state: other }))).toBe("ARTIFACT_CHANGED");
    }
  });

  it.each([
    [null],
    ["x"],
    [{}],
    [{ directory: "0" }],
    [{ sheetBytes: -1 }],
    [{ sheetCrc32: 0.5 }],
    [{ bytes: -1 }],
  ])("with a broken proof (%j) is refused", async (change) => {
    const { states } = await decodeWithStates(memoryArtifact(one));
    const state = states[9] as ResumeState;
    for (const broken of [withProof(state, change), withInnerProof(state, change)]) {
      if (broken === undefined) continue;
      expect(decoder.proves?.(broken) && method === 0).toBe(false);
      expect(await codeOf(decodeAll(one, { state: broken }))).toBe("JOB_INVALID");
    }
  });
});

it("rows of another file handed over before the damage showed are found out, though the first is back", async () => {
  const book = (mark: string) =>
    xlsx({
      sheets: [
        { name: "a", rows: Array.from({ length: 4_000 }, (_, row) => [`${mark} ${row}`, "x".repeat(900)]) },
      ],
      stored: true,
    });
  const [before, after] = [book("A"), book("B")];
  expect(after.length).toBe(before.length);
  // Of the sheet the second piece, in which the rows from 2,700 on begin, is another file's.
  const { artifact, requests } = exchanged(before, after, 3, 4);
  const { entries, states } = await decodeWithStates(artifact);
  expect(requests()).toBeGreaterThan(3);
  const wrong = entries.findIndex((entry) => JSON.stringify(entry).includes('"B '));
  expect(wrong).toBeGreaterThan(0);
  const { entries: rows } = await decodeWithStates(memoryArtifact(before));
  expect(entries.slice(0, wrong)).toEqual(rows.slice(0, wrong));
  // With the other file still there it is a change, and with the first one back it is damage.
  expect(await codeOf(decodeAll(exchanged(before, after, 3).artifact))).toBe("ARTIFACT_CHANGED");
  expect(await codeOf(decodeAll(exchanged(before, after, 3, 4).artifact))).toBe("INTEGRITY");
  const clean = memoryArtifact(before, { validated: false });
  expect(await codeOf(decodeAll(clean, { state: states[wrong] as ResumeState }))).toBe("ARTIFACT_CHANGED");
  const early = await decodeAll(clean, { state: states[10] as ResumeState });
  expect(early).toEqual(rows.slice(11));
});
