import { gunzipSync } from "node:zlib";
import { type UploadFormat, type UploadState, uploadExport } from "exportkit/object-store";
import { describe, expect, it } from "vitest";
import { finishedExports } from "./finished-exports.js";
import { type MemoryStore, memoryStore } from "./memory-target.js";

/** As if the process were killed: nothing that follows happens. */
class Crash extends Error {}

/** A process that is killed at the `at`-th of its moments; before and after each call are two. */
function crashing(store: MemoryStore, at: number) {
  let moments = 0;
  let isDead = false;
  const moment = () => {
    if (isDead) throw new Crash();
    moments += 1;
    if (moments <= at) return;
    isDead = true;
    throw new Crash();
  };
  store.intercept = moment;
  return { moment, revive: () => (store.intercept = () => {}) };
}

const once = { retries: 0 };

describe("an export whose upload is killed at any moment", () => {
  it.each<[keyof typeof finishedExports, UploadFormat, boolean]>([
    ["authgear", "raw", false],
    ["authgear", "csv", true],
    ["zephr", "ndjson", false],
    ["zephr", "csv", true],
    ["avepoint", "ndjson", false],
  ])("of %s as %s (gzip: %s) ends as the same object", async (vendor, format, gzip) => {
    const { client, job, reference } = await finishedExports[vendor]();
    const expected = await reference(format);
    const partBytes = Math.max(1_000, Math.floor(expected.byteLength / (gzip ? 20 : 4.5)));
    let crashes = 0;
    let resumed = 0;
    for (let at = 0; ; at++) {
      const store = memoryStore();
      const { moment, revive } = crashing(store, at);
      let stored: string | undefined;
      const upload = (state: unknown) =>
        uploadExport(client, job, store.target, {
          format,
          gzip,
          partBytes,
          state,
          storeRetry: once,
          onState: (told) => {
            moment();
            stored = JSON.stringify(told);
            moment();
          },
        });
      const first = await upload(undefined).then(
        () => undefined,
        (error: unknown) => error,
      );
      revive();
      const known = stored as string | undefined;
      if (first) {
        expect(first).toBeInstanceOf(Crash);
        crashes += 1;
        const state: UploadState | undefined = known && JSON.parse(known);
        if (state?.checkpoint) resumed += 1;
        // Later moments of the same process are not there: revive() is the next one.
        const again = crashing(store, Number.POSITIVE_INFINITY);
        const second = await uploadExport(client, job, store.target, {
          format,
          gzip,
          state,
          ...(!state && { partBytes }),
          storeRetry: once,
          onState: (told) => {
            stored = JSON.stringify(told);
          },
        });
        again.revive();
        expect(second.complete).toBe(true);
      }
      const { bytes } = store.objects.get("users.ndjson") ?? { bytes: Buffer.alloc(0) };
      expect((gzip ? gunzipSync(bytes) : bytes).equals(expected), store.calls.join(" ")).toBe(true);
      expect([...store.objects.keys()]).toEqual(["users.ndjson"]);
      const last: UploadState = JSON.parse(stored as unknown as string);
      expect(last).toMatchObject({ phase: "complete", bytes: bytes.byteLength });
      if (!first) break;
    }
    expect(crashes).toBeGreaterThan(15);
    expect(resumed).toBeGreaterThan(3);
  });
});
