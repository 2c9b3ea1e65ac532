import { describe, expect, it } from "vitest";
import { drain } from "./drain.js";
import { scriptedStore } from "./scripted-store.js";
import { type Answer, breaking, etag, file, part, status, whole } from "./store-answers.js";

// The file breaks off at byte 400; what happens next depends on how the store answers `Range: bytes=400-`.
const cut = whole({}, breaking(0, 400));
const begun = file.subarray(0, 400);

const date = "Thu, 01 Jan 2026 00:00:00 GMT";
const stored = (length: number) => ({ "x-goog-stored-content-length": `${length}` });

async function resume(first: Answer, ...then: Answer[]) {
  const store = scriptedStore([first, ...then]);
  const { bytes, error } = await drain(store.open());
  expect(store.openBodies, "connections left open").toBe(0);
  return { store, bytes, error };
}

it("the rest is asked for by its range, on condition that the file is the same", async () => {
  const { store, bytes, error } = await resume(cut, part(400));
  expect(error).toBeUndefined();
  expect(bytes).toEqual(file);
  expect(store.requests.map(({ headers }) => [headers.range, headers["if-range"]])).toEqual([
    [undefined, undefined],
    ["bytes=400-", etag],
  ]);
  expect(store.requests.map(({ headers }) => headers["accept-encoding"])).toEqual(["identity", "identity"]);
  expect(store.events).toEqual(["open", "resume", "end"]);
});

it("200 with the same validator is skipped forward", async () => {
  const { store, bytes, error } = await resume(cut, whole());
  expect(error).toBeUndefined();
  expect(bytes).toEqual(file);
  expect(store.ranges).toEqual([undefined, "bytes=400-"]);
});

it("200 that breaks again before the offset is started again", async () => {
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

it.each<[string, Answer]>([
  ["200 with another validator", whole({ etag: '"two"' })],
  ["200 with a weak form of the validator", whole({ etag: `W/${etag}` })],
  ["200 without validator", whole({ etag: undefined })],
  ["200 with the validator and another length", whole({ "content-length": "999" })],
  ["206 with another ETag", part(400, 1000, { etag: '"two"' })],
  ["206 with two ETags", part(400, 1000, { etag: '"one", "two"' })],
  ["206 with another total", part(400, 1000, { "content-range": "bytes 400-999/1001" })],
  ["416 with another total", status(416, { "content-range": "bytes */400" })],
  ["416 with another ETag", status(416, { "content-range": "bytes */1000", etag: '"two"' })],
])("%s ends the download", async (_, answer) => {
  const { store, bytes, error } = await resume(cut, answer);
  const code = "ARTIFACT_CHANGED";
  expect(error).toMatchObject({ code, operation: "artifact", connection: "scripted", retryable: false });
  expect(bytes).toEqual(begun);
  expect(store.ranges).toEqual([undefined, "bytes=400-"]);
});

// Each contradicts itself, or says nothing of whose bytes they are; only the whole file can tell.
describe.each<[string, Answer]>([
  ["206 without ETag", part(400, 1000, { etag: undefined })],
  ["206 with another validator's kind", part(400, 1000, { etag: undefined, "last-modified": date, date })],
  ["206 from an earlier byte", part(300)],
  ["206 from an earlier byte without Content-Length", part(300, 1000, { "content-length": undefined })],
  ["206 from a later byte", part(500)],
  ["206 without Content-Range", part(400, 1000, { "content-range": undefined })],
  ["206 with an unreadable Content-Range", part(400, 1000, { "content-range": "bytes 400-" })],
  ["206 with two Content-Ranges", part(400, 1000, { "content-range": "bytes 400-999/1000, bytes 0-1/2" })],
  ["206 in another unit", part(400, 1000, { "content-range": "lines 400-999/1000" })],
  ["206 past its own total", part(400, 1000, { "content-range": "bytes 400-1000/1000" })],
  [
    "206 past the known length",
    part(400, 1000, { "content-range": "bytes 400-1099/*", "content-length": "700" }),
  ],
  ["206 of several parts", part(400, 1000, { "content-type": "multipart/byteranges; boundary=x" })],
  ["206 with a contradicting Content-Length", part(400, 1000, { "content-length": "500" })],
  ["206 with an unreadable Content-Length", part(400, 1000, { "content-length": "600, 500" })],
  ["206 of a file that is stored with another length", part(400, 1000, stored(1001))],
  ["206 compressed", part(400, 1000, { "content-encoding": "gzip" })],
  ["200 with a Content-Range", whole({ "content-range": "bytes 400-999/1000", "content-length": undefined })],
  [
    "200 with a Content-Range and its length",
    whole({ "content-range": "bytes 400-999/1000", "content-length": "600" }),
  ],
  ["200 with an unreadable Content-Range", whole({ "content-range": "bytes" })],
  ["200 with the Content-Range of a 416", whole({ "content-range": "bytes */1000" })],
  ["416 before the end", status(416, { "content-range": "bytes */1000" })],
  ["416 without Content-Range", status(416)],
  ["416 without Content-Range, with the validator", status(416, { etag })],
])("after %s the whole file is asked for, once", (_, answer) => {
  it("and read past what is there already", async () => {
    const { store, bytes, error } = await resume(cut, answer, whole());
    expect(error).toBeUndefined();
    expect(bytes).toEqual(file);
    expect(store.ranges).toEqual([undefined, "bytes=400-", undefined]);
  });

  it.each<[string, Answer]>([
    ["is another one", whole({ etag: '"two"' })],
    ["proves nothing either", whole({ etag: undefined })],
    ["is shorter by now", whole({ etag: '"two"', "content-length": "300" }, file.subarray(0, 300))],
  ])("and where it %s, nothing is mixed", async (_name, other) => {
    const { bytes, error } = await resume(cut, answer, other);
    expect(error).toMatchObject({ code: "ARTIFACT_CHANGED", retryable: false });
    expect(bytes).toEqual(begun);
  });
});

it("ranges that were of no use once are not asked for again", async () => {
  const { store, bytes, error } = await resume(
    cut,
    part(300),
    whole({}, breaking(0, 700)),
    whole({}, breaking(0, 900)),
    whole(),
  );
  expect(error).toBeUndefined();
  expect(bytes).toEqual(file);
  expect(store.ranges).toEqual([undefined, "bytes=400-", undefined, undefined, undefined]);
});

it.each<[string, Answer]>([
  ["200 with a Content-Range", whole({ "content-range": "bytes 400-999/1000", "content-length": undefined })],
  ["200 with the Content-Range of its first bytes", whole({ "content-range": "bytes 0-399/1000" })],
  ["200 with the Content-Range of a file of unknown length", whole({ "content-range": "bytes 0-999/*" })],
  ["200 with an unreadable Content-Range", whole({ "content-range": "all" })],
  ["200 with an unreadable Content-Length", whole({ "content-length": "1000, 999" })],
  ["200 with two lengths of the file", whole(stored(1001))],
  ["200 with the Content-Range of a longer file", whole({ "content-range": "bytes 0-1000/1001" })],
  ["206 from the middle", part(400)],
  ["206 without Content-Range", part(0, 1000, { "content-range": undefined })],
  ["416", status(416, { "content-range": "bytes */1000" })],
  ["416 without Content-Range", status(416)],
])("%s in answer to a request for the whole file is refused", async (_, answer) => {
  const store = scriptedStore([answer]);
  const { bytes, error } = await drain(store.open());
  expect(error).toMatchObject({ code: "INTEGRITY", retryable: false });
  expect((error as Error).message).toContain("the store at store.example.test");
  expect(bytes).toHaveLength(0);
  expect(store.requests).toHaveLength(1);
});

it("200 with the Content-Range of the whole file is the whole file", async () => {
  const store = scriptedStore([whole({ "content-range": "bytes 0-999/1000", "content-length": undefined })]);
  const download = await store.open();
  expect(download.size).toBe(1000);
  expect(await drain(Promise.resolve(download))).toEqual({ bytes: file });
});

it.each([2, 3, 4])("headers that come %d times, the same each time, count once", async (times) => {
  const joined = (value: string) => Array(times).fill(value).join(", ");
  const first = { etag: joined(etag), "content-length": joined("1000") };
  const rest = { etag: joined(etag), "content-range": joined("bytes 400-999/1000") };
  const { store, bytes, error } = await resume(whole(first, breaking(0, 400)), part(400, 1000, rest));
  expect(error).toBeUndefined();
  expect(bytes).toEqual(file);
  expect(store.requests[1]?.headers).toMatchObject({ range: "bytes=400-", "if-range": etag });
});

it("a long range answered in pieces is no failure: no retry, no resume, no wait", async () => {
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
  expect(store.events).toEqual(["open", "resume", "end"]);
  expect(store.clock.sleeps).toHaveLength(1);
});

it("a piece that itself breaks off is resumed within the piece", async () => {
  const { store, bytes, error } = await resume(cut, part(400, 800, {}, breaking(400, 600)), part(600));
  expect(error).toBeUndefined();
  expect(bytes).toEqual(file);
  expect(store.ranges).toEqual([undefined, "bytes=400-", "bytes=600-"]);
});

// Without a length at the first answer nothing says where the file ends.
const unmeasured = whole({ "content-length": undefined }, breaking(0, 400));

it("a part without total does not say that it is the last one: the end is asked for", async () => {
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

it("416 at the exact end is the end", async () => {
  const { store, bytes, error } = await resume(
    whole({ "content-length": undefined }, breaking(0, 1000)),
    status(416, { "content-range": "bytes */1000" }),
  );
  expect(error).toBeUndefined();
  expect(bytes).toEqual(file);
  expect(store.ranges).toEqual([undefined, "bytes=1000-"]);
});

it.each<[string, Answer, string]>([
  ["with a later end", status(416, { "content-range": "bytes */1000" }), "416"],
  ["with an earlier end", status(416, { "content-range": "bytes */399" }), "changed"],
  ["with no end", status(416), "416"],
])("416 %s is not the end, where the length is not known", async (_, answer, outcome) => {
  const { bytes, error } = await resume(unmeasured, answer, whole({ etag: '"two"' }));
  expect(error).toMatchObject({ code: "ARTIFACT_CHANGED", retryable: false });
  expect((error as Error).message).toContain(outcome === "changed" ? "399 bytes" : "another validator");
  expect(bytes).toEqual(begun);
});

it("416 without Content-Range at the exact end: the whole file proves it to be the end", async () => {
  const nothingMore = whole({ "content-length": undefined }, breaking(0, 1000));
  const { store, bytes, error } = await resume(
    nothingMore,
    status(416),
    whole({ "content-length": undefined }),
  );
  expect(error).toBeUndefined();
  expect(bytes).toEqual(file);
  expect(store.ranges).toEqual([undefined, "bytes=1000-", undefined]);
});

it("a total learned from a part holds from then on", async () => {
  const { bytes, error } = await resume(
    unmeasured,
    part(400, 700),
    part(700, 1000, { "content-range": "bytes 700-999/1001" }),
  );
  expect(error).toMatchObject({ code: "ARTIFACT_CHANGED" });
  expect(bytes).toEqual(file.subarray(0, 700));
});

it.each([202, 204, 304])("status %i is no answer to a range", async (code) => {
  const { store, bytes, error } = await resume(cut, status(code));
  expect(error).toMatchObject({ code: "RESPONSE_INVALID", status: code, retryable: false });
  expect(bytes).toEqual(begun);
  expect(store.requests).toHaveLength(2);
});
