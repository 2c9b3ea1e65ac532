import { expect, test } from "vitest";
import { drain } from "./drain.js";
import { scriptedStore } from "./scripted-store.js";
import { type Answer, breaking, etag, file, part, status, whole } from "./store-answers.js";

// The file breaks off at byte 400; what happens next depends on how the store answers `Range: bytes=400-`.
const cut = whole({}, breaking(0, 400));
const begun = file.subarray(0, 400);

async function resume(first: Answer, ...then: Answer[]) {
  const store = scriptedStore([first, ...then]);
  const { bytes, error } = await drain(store.open());
  expect(store.openBodies, "connections left open").toBe(0);
  return { store, bytes, error };
}

test("the rest is asked for by its range, on condition that the file is the same", async () => {
  const { store, bytes, error } = await resume(cut, part(400));
  expect(error).toBeUndefined();
  expect(bytes).toEqual(file);
  expect(store.requests.map(({ headers }) => [headers.range, headers["if-range"]])).toEqual([
    [undefined, undefined],
    ["bytes=400-", etag],
  ]);
  expect(store.requests.map(({ headers }) => headers["accept-encoding"])).toEqual(["identity", "identity"]);
  expect(store.events).toEqual(["resume", "done"]);
});

test("a part without ETag is taken: the condition was met, or there would be no part", async () => {
  const { bytes, error } = await resume(cut, part(400, 1000, { etag: undefined }));
  expect(error).toBeUndefined();
  expect(bytes).toEqual(file);
});

test("200 with the same validator is skipped forward", async () => {
  const { store, bytes, error } = await resume(cut, whole());
  expect(error).toBeUndefined();
  expect(bytes).toEqual(file);
  expect(store.ranges).toEqual([undefined, "bytes=400-"]);
});

test("200 that breaks again before the offset is begun again", async () => {
  const { store, bytes, error } = await resume(
    cut,
    whole({}, breaking(0, 300)),
    whole({}, breaking(0, 700)),
    whole(),
  );
  expect(error).toBeUndefined();
  expect(bytes).toEqual(file);
  expect(store.ranges).toEqual([undefined, "bytes=400-", "bytes=400-", "bytes=700-"]);
});

test.each<[string, Answer, string]>([
  ["200 with another validator", whole({ etag: '"two"' }), "ARTIFACT_CHANGED"],
  ["200 with a weak form of the validator", whole({ etag: `W/${etag}` }), "ARTIFACT_CHANGED"],
  ["200 without validator", whole({ etag: undefined }), "ARTIFACT_CHANGED"],
  ["200 with the validator and another length", whole({ "content-length": "999" }), "ARTIFACT_CHANGED"],
  ["206 with another ETag", part(400, 1000, { etag: '"two"' }), "ARTIFACT_CHANGED"],
  ["206 with another total", part(400, 1000, { "content-range": "bytes 400-999/1001" }), "ARTIFACT_CHANGED"],
  ["206 from an earlier byte", part(300), "INTEGRITY"],
  ["206 from a later byte", part(500), "INTEGRITY"],
  ["206 without Content-Range", part(400, 1000, { "content-range": undefined }), "INTEGRITY"],
  ["206 with an unreadable Content-Range", part(400, 1000, { "content-range": "bytes 400-" }), "INTEGRITY"],
  ["206 in another unit", part(400, 1000, { "content-range": "lines 400-999/1000" }), "INTEGRITY"],
  ["206 past its own total", part(400, 1000, { "content-range": "bytes 400-1000/1000" }), "INTEGRITY"],
  [
    "206 past the known length",
    part(400, 1000, { "content-range": "bytes 400-1099/*", "content-length": "700" }),
    "INTEGRITY",
  ],
  [
    "206 of several parts",
    part(400, 1000, { "content-type": "multipart/byteranges; boundary=x" }),
    "INTEGRITY",
  ],
  ["206 with a contradicting Content-Length", part(400, 1000, { "content-length": "500" }), "INTEGRITY"],
  ["206 compressed", part(400, 1000, { "content-encoding": "gzip" }), "INTEGRITY"],
  ["416 before the end", status(416, { "content-range": "bytes */1000" }), "INTEGRITY"],
  ["416 without Content-Range", status(416), "INTEGRITY"],
  ["416 with another total", status(416, { "content-range": "bytes */400" }), "ARTIFACT_CHANGED"],
  [
    "416 with another ETag",
    status(416, { "content-range": "bytes */1000", etag: '"two"' }),
    "ARTIFACT_CHANGED",
  ],
])("%s ends the download", async (_, answer, code) => {
  const { store, bytes, error } = await resume(cut, answer);
  expect(error).toMatchObject({ code, operation: "artifact", connection: "scripted", retryable: false });
  expect(bytes).toEqual(begun);
  expect(store.ranges).toEqual([undefined, "bytes=400-"]);
});

test("a long range answered in pieces is no failure: no retry, no resume, no wait", async () => {
  const { store, bytes, error } = await resume(
    cut,
    part(400, 500),
    part(500, 501),
    part(501, 900),
    part(900),
  );
  expect(error).toBeUndefined();
  expect(bytes).toEqual(file);
  expect(store.ranges).toEqual([undefined, "bytes=400-", "bytes=500-", "bytes=501-", "bytes=900-"]);
  expect(store.events).toEqual(["resume", "done"]);
  expect(store.clock.sleeps).toHaveLength(1);
});

test("a piece that itself breaks off is resumed within the piece", async () => {
  const { store, bytes, error } = await resume(cut, part(400, 800, {}, breaking(400, 600)), part(600));
  expect(error).toBeUndefined();
  expect(bytes).toEqual(file);
  expect(store.ranges).toEqual([undefined, "bytes=400-", "bytes=600-"]);
});

// Without a length at the first answer nothing says where the file ends.
const unmeasured = whole({ "content-length": undefined }, breaking(0, 400));

test("a part without total does not say that it is the last one: the end is asked for", async () => {
  const { store, bytes, error } = await resume(
    unmeasured,
    part(400, 700, { "content-range": "bytes 400-699/*" }),
    part(700, 1000, { "content-range": "bytes 700-999/*" }),
    status(416, { "content-range": "bytes */1000" }),
  );
  expect(error).toBeUndefined();
  expect(bytes).toEqual(file);
  expect(store.ranges).toEqual([undefined, "bytes=400-", "bytes=700-", "bytes=1000-"]);
});

test("416 at the exact end is the end", async () => {
  const { store, bytes, error } = await resume(
    whole({ "content-length": undefined }, breaking(0, 1000)),
    status(416, { "content-range": "bytes */1000" }),
  );
  expect(error).toBeUndefined();
  expect(bytes).toEqual(file);
  expect(store.ranges).toEqual([undefined, "bytes=1000-"]);
});

test.each<[string, Answer, string]>([
  ["with a later end", status(416, { "content-range": "bytes */1000" }), "INTEGRITY"],
  ["with an earlier end", status(416, { "content-range": "bytes */399" }), "ARTIFACT_CHANGED"],
  ["with no end", status(416), "INTEGRITY"],
])("416 %s is not the end, where the length is not known", async (_, answer, code) => {
  const { bytes, error } = await resume(unmeasured, answer);
  expect(error).toMatchObject({ code, retryable: false });
  expect(bytes).toEqual(begun);
});

test("a total learned from a part holds from then on", async () => {
  const { bytes, error } = await resume(
    unmeasured,
    part(400, 700),
    part(700, 1000, { "content-range": "bytes 700-999/1001" }),
  );
  expect(error).toMatchObject({ code: "ARTIFACT_CHANGED" });
  expect(bytes).toEqual(file.subarray(0, 700));
});

test.each([202, 204, 304])("status %i is no answer to a range", async (code) => {
  const { store, bytes, error } = await resume(cut, status(code));
  expect(error).toMatchObject({ code: "RESPONSE_INVALID", status: code, retryable: false });
  expect(bytes).toEqual(begun);
  expect(store.requests).toHaveLength(2);
});
