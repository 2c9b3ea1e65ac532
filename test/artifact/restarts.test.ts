import type { Artifact, RecordDecoder } from "exportkit/provider";
import { expect, it } from "vitest";
import { scriptedStore } from "./scripted-store.js";
import { type Answer, breaking, file, part, serving, status, whole } from "./store-answers.js";

/** Reads a file to its end the way a reader does that has handed nothing over, from `offset` on. */
async function readWhole(script: readonly Answer[], offset = 0) {
  let restarts = 0;
  const decoder: RecordDecoder<Buffer> = {
    kind: "artifact",
    format: "test",
    contentType: "application/octet-stream",
    async *decode(artifact: Artifact) {
      let chunks: Uint8Array[] = [];
      const restart = () => {
        restarts += 1;
        chunks = [];
      };
      for await (const chunk of artifact.stream(offset, restart)) chunks.push(chunk);
      yield { entries: [Buffer.concat(chunks)], stateAfter: () => ({ offset: 0, record: 1 }) };
    },
  };
  const store = scriptedStore(script, { decoder });
  let bytes: Uint8Array | undefined;
  let error: unknown;
  let progress = 0;
  try {
    const download = await store.open({ onProgress: (told) => (progress = told.bytes) });
    for await (const read of download) bytes = new Uint8Array(read as Buffer);
  } catch (thrown) {
    error = thrown;
  }
  expect(store.openBodies, "connections left open").toBe(0);
  return { store, bytes, error, restarts, progress };
}

const nameless = { etag: undefined };

it("without a validator a broken file is asked for again from its beginning", async () => {
  const { store, bytes, error, restarts, progress } = await readWhole([
    whole(nameless, breaking(0, 400)),
    whole(nameless, breaking(0, 900)),
    whole(nameless),
  ]);
  expect(error).toBeUndefined();
  expect(bytes).toEqual(file);
  expect(restarts).toBe(2);
  expect(store.ranges).toEqual([undefined, undefined, undefined]);
  expect(store.events.filter((type) => type !== "open" && type !== "end")).toEqual(["retry", "retry"]);
  expect(progress, "what was dropped is not counted").toBe(1000);
});

it("a weak tag is no validator either, and an end too early is a break", async () => {
  const weak = { etag: 'W/"one"' };
  const { bytes, restarts } = await readWhole([whole(weak, file.subarray(0, 300)), whole(weak)]);
  expect(bytes).toEqual(file);
  expect(restarts).toBe(1);
});

it("nothing of a broken attempt is kept, so the next may bring another file", async () => {
  const other = new Uint8Array(1_500).fill(7);
  const { bytes, error } = await readWhole([
    whole(nameless, breaking(0, 400)),
    (request) => {
      const answer = serving(other)(request) as Response;
      answer.headers.delete("etag");
      return answer;
    },
  ]);
  expect(error).toBeUndefined();
  expect(bytes).toEqual(other);
});

it("it ends with what broke it when the budget is used up, however far each attempt came", async () => {
  const { store, bytes, error, restarts } = await readWhole(
    [400, 500, 600, 700, 800].map((end) => whole(nameless, breaking(0, end))),
  );
  expect(error).toMatchObject({ code: "NETWORK", retryable: true, operation: "artifact" });
  expect(bytes).toBeUndefined();
  expect(restarts).toBe(3);
  expect(store.requests).toHaveLength(4);
});

it("a refusal on the way to another attempt has the budget of every request", async () => {
  const { bytes, restarts } = await readWhole([
    whole(nameless, breaking(0, 400)),
    status(503),
    status(503),
    whole(nameless),
  ]);
  expect(bytes).toEqual(file);
  expect(restarts).toBe(1);
});

it("with a strong validator it resumes where it was, by a range or by skipping", async () => {
  for (const rest of [part(400), whole()]) {
    const { store, bytes, restarts } = await readWhole([whole({}, breaking(0, 400)), rest]);
    expect(bytes).toEqual(file);
    expect(restarts).toBe(0);
    expect(store.ranges).toEqual([undefined, "bytes=400-"]);
  }
});

it("another strong validator is ARTIFACT_CHANGED, and no reason to begin again", async () => {
  const { error, restarts } = await readWhole([whole({}, breaking(0, 400)), whole({ etag: '"two"' })]);
  expect(error).toMatchObject({ code: "ARTIFACT_CHANGED", retryable: false });
  expect(restarts).toBe(0);
});

it("a body too long is no break", async () => {
  const { error, restarts } = await readWhole([whole(nameless, new Uint8Array(1_200)), whole(nameless)]);
  expect(error).toMatchObject({ code: "INTEGRITY", retryable: false });
  expect(restarts).toBe(0);
});

it("without a validator an answer that was not read from binds to nothing", async () => {
  const other = new Uint8Array(1_500).fill(7);
  const answers: Answer[] = [whole(nameless), whole({ ...nameless, "content-length": "1500" }, other)];
  const decoder: RecordDecoder<Buffer> = {
    kind: "artifact",
    format: "test",
    contentType: "application/octet-stream",
    async *decode(artifact: Artifact) {
      // As a reader does that finds out about ranges.
      await expect(artifact.read(0, 4)).rejects.toMatchObject({ code: "NOT_SUPPORTED" });
      const chunks: Uint8Array[] = [];
      for await (const chunk of artifact.stream(0)) chunks.push(chunk);
      expect(artifact.size).toBe(1_500);
      yield { entries: [Buffer.concat(chunks)], stateAfter: () => ({ offset: 0, record: 1 }) };
    },
  };
  const store = scriptedStore([...answers, answers[1] as Answer], { decoder });
  const read: unknown[] = [];
  for await (const bytes of await store.open()) read.push(bytes);
  expect(read).toEqual([Buffer.from(other)]);
});

it("without a validator bytes that were read bind to their length", async () => {
  const decoder: RecordDecoder<Uint8Array> = {
    kind: "artifact",
    format: "test",
    contentType: "application/octet-stream",
    async *decode(artifact: Artifact) {
      yield {
        entries: [await artifact.read(0, 4), await artifact.read(4, 8)],
        stateAfter: () => ({ offset: 0, record: 2 }),
      };
    },
  };
  const longer = part(4, 8, { ...nameless, "content-range": "bytes 4-7/1500" });
  const store = scriptedStore([whole(nameless), part(0, 4, nameless), longer], { decoder });
  const reading = (async () => {
    for await (const _ of await store.open());
  })();
  await expect(reading).rejects.toMatchObject({ code: "ARTIFACT_CHANGED" });
});
