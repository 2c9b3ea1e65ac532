import type { Artifact, RecordDecoder } from "exportkit/provider";
import { expect, it } from "vitest";
import { scriptedStore } from "./scripted-store.js";
import { type Answer, breaking, etag, file, part, status, whole } from "./store-answers.js";

/** Runs something over the artifact that a decoder gets. */
async function withArtifact<T>(
  script: readonly Answer[],
  use: (artifact: Artifact, openBodies: () => number) => Promise<T>,
) {
  const decoder: RecordDecoder<T> = {
    kind: "artifact",
    format: "test",
    contentType: "application/octet-stream",
    async *decode(artifact) {
      yield {
        entries: [await use(artifact, () => store.openBodies)],
        stateAfter: () => ({ offset: 0, record: 1 }),
      };
    },
  };
  const store = scriptedStore(script, { decoder });
  const results: unknown[] = [];
  let error: unknown;
  try {
    for await (const result of await store.open()) results.push(result);
  } catch (thrown) {
    error = thrown;
  }
  expect(store.openBodies, "connections left open").toBe(0);
  return { store, result: results[0], error };
}

const read = (start: number, end: number) => (artifact: Artifact) => artifact.read(start, end);

it("a range from the middle, on condition that the file is the one that was opened", async () => {
  const { store, result } = await withArtifact([whole(), part(200, 300)], read(200, 300));
  expect(result).toEqual(file.subarray(200, 300));
  expect(store.requests[1]?.headers).toMatchObject({ range: "bytes=200-299", "if-range": etag });
});

it("the first bytes are a range like others", async () => {
  const { store, result } = await withArtifact([whole(), part(0, 4)], read(0, 4));
  expect(result).toEqual(file.subarray(0, 4));
  expect(store.ranges).toEqual([undefined, "bytes=0-3"]);
});

it("a range in pieces", async () => {
  const { store, result } = await withArtifact(
    [whole(), part(200, 250), part(250, 251), part(251, 300)],
    read(200, 300),
  );
  expect(result).toEqual(file.subarray(200, 300));
  expect(store.ranges).toEqual([undefined, "bytes=200-299", "bytes=250-299", "bytes=251-299"]);
});

it("a range that breaks off is asked for again", async () => {
  const { store, result } = await withArtifact(
    [whole(), part(200, 300, {}, breaking(200, 250)), status(500), part(200, 300)],
    read(200, 300),
  );
  expect(result).toEqual(file.subarray(200, 300));
  expect(store.requests).toHaveLength(4);
});

it("a range beyond the end ends at the end", async () => {
  const { store, result } = await withArtifact([whole(), part(900, 1000)], read(900, 1200));
  expect(result).toEqual(file.subarray(900));
  expect(store.requests).toHaveLength(2);
});

it("nothing is asked for to read nothing", async () => {
  const { store, result } = await withArtifact([whole()], read(200, 200));
  expect(result).toEqual(new Uint8Array());
  expect(store.requests).toHaveLength(1);
});

it.each<[string, Answer, string]>([
  ["416 at the end", status(416, { "content-range": "bytes */1000" }), "INTEGRITY"],
  ["416 of another file", status(416, { "content-range": "bytes */2000" }), "ARTIFACT_CHANGED"],
  ["more than was asked for", part(1000, 1200), "INTEGRITY"],
])("a range behind the end: %s", async (_, answer, code) => {
  const { error } = await withArtifact([whole(), part(0, 4), answer], async (artifact) => {
    await artifact.read(0, 4);
    return artifact.read(1000, 1100);
  });
  expect(error).toMatchObject({ code });
});

it("a store without ranges is NOT_SUPPORTED, with a validator or without", async () => {
  for (const headers of [{}, { etag: undefined }]) {
    for (const start of [0, 200]) {
      const { store, error } = await withArtifact([whole(headers), whole(headers)], read(start, 300));
      expect(error).toMatchObject({ code: "NOT_SUPPORTED", retryable: false });
      expect(store.requests).toHaveLength(2);
    }
  }
});

it("an answer that is of no use is closed before anything else is asked for", async () => {
  let openAfterRefusal: number | undefined;
  const { store, result } = await withArtifact([whole(), whole(), whole()], async (artifact, bodies) => {
    await artifact.read(200, 300).catch(() => {});
    openAfterRefusal = bodies();
    for await (const chunk of artifact.stream()) return [chunk.length, bodies()];
  });
  expect(openAfterRefusal).toBe(0);
  expect(result).toEqual([100, 1]);
  expect(store.requests).toHaveLength(3);
});

it("another file is ARTIFACT_CHANGED and not NOT_SUPPORTED", async () => {
  const { error } = await withArtifact([whole(), whole({ etag: '"two"' })], read(200, 300));
  expect(error).toMatchObject({ code: "ARTIFACT_CHANGED" });
  expect((error as Error).message).toMatch(/^the file is not the one this download began with \(another/);
});

it("is proven by its ranges alone, where the answer that was not read named no validator", async () => {
  const { result } = await withArtifact(
    [whole({ etag: undefined }), part(200, 300), part(300, 400)],
    async (artifact) => {
      const before = artifact.validated;
      await artifact.read(200, 300);
      return [before, artifact.validated];
    },
  );
  expect(result).toEqual([false, true]);
});

it("after ranges the whole can still be streamed, on a connection of its own", async () => {
  const { store, result } = await withArtifact([whole(), part(200, 300), whole()], async (artifact) => {
    await artifact.read(200, 300);
    const chunks: Uint8Array[] = [];
    for await (const chunk of artifact.stream()) chunks.push(chunk);
    return new Uint8Array(Buffer.concat(chunks));
  });
  expect(result).toEqual(file);
  expect(store.ranges).toEqual([undefined, "bytes=200-299", undefined]);
});

it("a stream from elsewhere does not use the connection that was opened", async () => {
  const { store, result } = await withArtifact([whole(), part(700)], async (artifact, bodies) => {
    const chunks: Uint8Array[] = [];
    for await (const chunk of artifact.stream(700)) {
      expect(bodies()).toBe(1);
      chunks.push(chunk);
    }
    return new Uint8Array(Buffer.concat(chunks));
  });
  expect(result).toEqual(file.subarray(700));
  expect(store.ranges).toEqual([undefined, "bytes=700-"]);
});

it("the size that a first answer kept to itself is known after a range", async () => {
  const { result } = await withArtifact(
    [whole({ "content-length": undefined }), part(0, 4)],
    async (artifact) => {
      const before = artifact.size;
      await artifact.read(0, 4);
      return [before, artifact.size];
    },
  );
  expect(result).toEqual([undefined, 1000]);
});
