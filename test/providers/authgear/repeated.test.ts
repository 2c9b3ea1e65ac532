import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createExportClient, type ExportEvent } from "exportkit";
import { type AuthgearRequest, authgear } from "exportkit/authgear";
import { saveExport } from "exportkit/node";
import { type UploadOptions, type UploadState, uploadExport } from "exportkit/object-store";
import { createAuthgearEmulator, createTestClock, generateAuthgearKeys } from "exportkit/testing";
import { describe, expect, it } from "vitest";
import { RepeatCount } from "../../../src/artifact/repeat-count.js";
import { memoryStore } from "../../object-store/memory-target.js";
import { rejection } from "../../support/outcome.js";

const keys = await generateAuthgearKeys();

/** An export whose file is this one. */
async function exported(body: string, request: AuthgearRequest) {
  const clock = createTestClock();
  const { keyId, publicKey, privateKey } = keys;
  const emulator = createAuthgearEmulator({ keys: { [keyId]: publicKey }, clock });
  const events: ExportEvent[] = [];
  const warnings: string[] = [];
  const silent = () => {};
  const client = createExportClient({
    providers: {
      users: authgear({ endpoint: emulator.endpoint, projectId: "myapp", keyId, privateKey }),
    },
    clock,
    onEvent: (event) => events.push(event),
    logger: { debug: silent, info: silent, error: silent, warn: (_fields, line) => warnings.push(line) },
    fetch: async (input, init) => {
      const answer = await emulator.fetch(input, init);
      const isFile = !new Request(input, init).url.startsWith(emulator.endpoint);
      const type = answer.headers.get("content-type") ?? "";
      return isFile
        ? new Response(body, {
            headers: { "content-type": type, etag: '"one"', "content-length": `${Buffer.byteLength(body)}` },
          })
        : answer;
    },
  });
  const job = await client.waitForExport(await client.startExport("users", request));
  return { client, job, events, warnings };
}

const lines = (subs: readonly string[]) => subs.map((sub) => `${JSON.stringify({ sub })}\n`).join("");

describe("users who come again in a quiet project", () => {
  it("are counted, told by an event and a line of the log, in records and in what is encoded", async () => {
    for (const read of ["records", "csv", "ndjson"] as const) {
      const { client, job, events, warnings } = await exported(lines(["a", "b", "a", "c", "b"]), {
        format: "ndjson",
      });
      const download = await client.download(job);
      expect(download.repeated).toBeUndefined();
      if (read === "records") for await (const _ of download);
      else await new Response(download.encode(read)).text();
      expect(download.repeated).toBe(2);
      expect(events).toContainEqual(
        expect.objectContaining({ type: "repeated", jobId: job.id, repeated: 2 }),
      );
      expect(warnings.join()).toContain("2 records came more than once; about as many are missing");
    }
  });

  it("are counted in CSV by the column of sub, whatever it is called", async () => {
    const fields = ["/email", { pointer: "/sub", fieldName: "id" }] as const;
    const { client, job } = await exported("email,id\nx,a\nx,b\ny,a\n", { format: "csv", fields });
    const download = await client.download(job);
    for await (const _ of download);
    expect(download.repeated).toBe(1);
  });

  it("are none where nobody comes again, and unknown where that was not checked", async () => {
    const fields = ["/email"] as const;
    const unnamed = await exported("email\nx\nx\n", { format: "csv", fields });
    const byEmail = await unnamed.client.download(unnamed.job);
    for await (const _ of byEmail);
    expect([byEmail.repeated, byEmail.uncheckedRepeats]).toEqual([undefined, "unnamed"]);

    const { client, job, events } = await exported(lines(["a", "b", "c"]), { format: "ndjson" });
    const whole = await client.download(job);
    for await (const _ of whole);
    expect([whole.repeated, whole.uncheckedRepeats]).toEqual([0, undefined]);
    expect(events.some(({ type }) => type === "repeated")).toBe(false);

    const raw = await client.download(job);
    await new Response(raw.bytes()).text();
    expect([raw.repeated, raw.uncheckedRepeats]).toEqual([undefined, "bytes"]);

    const broken = await client.download(job);
    for await (const _ of broken) break;
    const rest = await client.download(job, { checkpoint: broken.checkpoint() });
    for await (const _ of rest);
    expect([broken.repeated, rest.repeated]).toEqual([undefined, undefined]);
    expect([broken.uncheckedRepeats, rest.uncheckedRepeats]).toEqual([undefined, "resumed"]);
  });

  it("are told by a save", async () => {
    const folder = await mkdtemp(join(tmpdir(), "repeated-"));
    const { client, job } = await exported(lines(["a", "b", "a"]), { format: "ndjson" });
    const saved = await saveExport(client, job, join(folder, "users.csv"), { format: "csv" });
    expect(saved).toMatchObject({ records: 3, repeated: 1 });
    expect(saved).not.toHaveProperty("uncheckedRepeats");
    const raw = await saveExport(client, job, join(folder, "raw.ndjson"));
    expect(raw).not.toHaveProperty("repeated");
    expect(raw.uncheckedRepeats).toBe("bytes");
    await rm(folder, { recursive: true });
  });
});

describe("the count", () => {
  it("is exact over hundreds of thousands of identities", () => {
    const count = new RepeatCount();
    for (let turn = 0; turn < 300_000; turn++) count.add(`user-${turn % 200_000}`);
    expect(count.repeated).toBe(100_000);
  });

  it("is none above what it holds in memory, nor where an identity is missing", () => {
    const count = new RepeatCount();
    for (let turn = 0; turn < 2_936_100; turn++) count.add(`${turn}`);
    expect([count.repeated, count.unchecked]).toEqual([undefined, "many"]);
    const partial = new RepeatCount();
    for (const id of ["a", undefined, "a"]) partial.add(id);
    expect([partial.repeated, partial.unchecked]).toEqual([undefined, "unnamed"]);
  });
});

describe("an upload", () => {
  const upload = async (subs: readonly string[], options: UploadOptions) => {
    const { client, job } = await exported(lines(subs), { format: "ndjson" });
    return uploadExport(client, job, memoryStore().target, options);
  };

  it("tells how many users came again, and why that was not checked", async () => {
    const counted = await upload(["a", "b", "a", "c", "b"], { format: "ndjson" });
    expect(counted).toMatchObject({ complete: true, records: 5, repeated: 2 });
    expect(counted).not.toHaveProperty("uncheckedRepeats");
    const raw = await upload(["a", "a"], { format: "raw" });
    expect(raw).toMatchObject({ complete: true, uncheckedRepeats: "bytes" });
    expect(raw).not.toHaveProperty("repeated");
  });

  it("that is resumed behind users it no longer knows says so", async () => {
    const { client, job } = await exported(lines(Array.from({ length: 600 }, (_, n) => `user-${n}`)), {
      format: "ndjson",
    });
    const { target } = memoryStore();
    const controller = new AbortController();
    let state: UploadState | undefined;
    const options = { format: "ndjson", partBytes: 1_000 } as const;
    const stopped = uploadExport(client, job, target, {
      ...options,
      signal: controller.signal,
      onState: (next) => {
        state = next;
        if (next.bytes > 0) controller.abort("enough");
      },
    });
    expect(await rejection(stopped)).toBe("enough");
    expect(state?.bytes).toBeGreaterThan(0);
    const result = await uploadExport(client, job, target, { ...options, state });
    expect(result).toMatchObject({ complete: true, uncheckedRepeats: "resumed" });
    expect(result).not.toHaveProperty("repeated");
  });
});
