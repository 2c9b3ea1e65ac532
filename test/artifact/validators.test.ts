import { ndjson, zip as zipOf } from "exportkit/provider";
import { describe, expect, it } from "vitest";
import { zip } from "../records/zip/zip-writer.js";
import { collect } from "../support/collect.js";
import { rejection } from "../support/outcome.js";
import { drain } from "./drain.js";
import { httpStore } from "./http-store.js";
import { scriptedStore } from "./scripted-store.js";
import { breaking, etag, file, part, whole } from "./store-answers.js";

const date = "Thu, 01 Jan 2026 00:00:10 GMT";
const tenSecondsEarlier = "Thu, 01 Jan 2026 00:00:00 GMT";

const after400 = (headers: { readonly [name: string]: string | undefined }) =>
  whole({ etag: undefined, ...headers }, breaking(0, 400));

it.each([
  ["no validator", {}],
  ["a weak ETag", { etag: `W/${etag}` }],
  ["an ETag without quotes", { etag: "one" }],
  // RFC 9110, 13.1.5: a date only where there is no entity tag, and a weak tag is one.
  ["a weak ETag and a strong date", { etag: `W/${etag}`, "last-modified": tenSecondsEarlier, date }],
  ["a Last-Modified without a Date beside it", { "last-modified": tenSecondsEarlier }],
  ["a Last-Modified in the same second as the Date", { "last-modified": date, date }],
  ["a Last-Modified that is no date", { "last-modified": "yesterday", date }],
])("with %s the rest is not even asked for", async (_, headers) => {
  const store = scriptedStore([after400(headers), part(400)]);
  const { bytes, error } = await drain(store.open());
  // A download from the beginning may succeed; what broke this one off is told too.
  expect(error).toMatchObject({ code: "ARTIFACT_CHANGED", retryable: true, cause: { code: "NETWORK" } });
  expect((error as Error).message).toContain("byte 400");
  expect(bytes).toEqual(file.subarray(0, 400));
  expect(store.ranges).toEqual([undefined]);
});

it.each([
  ["a second", "Thu, 01 Jan 2026 00:00:09 GMT"],
  ["ten seconds", tenSecondsEarlier],
])("a Last-Modified %s older than the Date is strong", async (_, modified) => {
  const named = { etag: undefined, "last-modified": modified, date };
  const store = scriptedStore([after400(named), part(400, 1000, named)]);
  const { bytes, error } = await drain(store.open());
  expect(error).toBeUndefined();
  expect(bytes).toEqual(file);
  expect(store.requests[1]?.headers).toMatchObject({ range: "bytes=400-", "if-range": modified });
});

it.each([
  ["a later Last-Modified", { "last-modified": "Thu, 01 Jan 2026 00:00:05 GMT", date }],
  ["no Last-Modified", { date }],
])("200 with %s is another file, where the date is the validator", async (_, headers) => {
  const named = { "last-modified": tenSecondsEarlier, date };
  const store = scriptedStore([after400(named), whole({ etag: undefined, ...headers })]);
  const { bytes, error } = await drain(store.open());
  expect(error).toMatchObject({ code: "ARTIFACT_CHANGED" });
  expect(bytes).toEqual(file.subarray(0, 400));
});

it("200 with the same Last-Modified is skipped forward", async () => {
  const named = { etag: undefined, "last-modified": tenSecondsEarlier, date };
  const store = scriptedStore([after400(named), whole(named)]);
  expect(await drain(store.open())).toEqual({ bytes: file });
});

it("a strong ETag wins over the date", async () => {
  const store = scriptedStore([after400({ etag, "last-modified": tenSecondsEarlier, date }), part(400)]);
  expect(await drain(store.open())).toEqual({ bytes: file });
  expect(store.requests[1]?.headers["if-range"]).toBe(etag);
});

it("without validator a download that breaks before its first byte begins again", async () => {
  const nameless = { etag: undefined };
  const store = scriptedStore([whole(nameless, breaking(0, 0)), whole(nameless)]);
  expect(await drain(store.open())).toEqual({ bytes: file });
  expect(store.ranges).toEqual([undefined, undefined]);
});

it("a download that begins again is of the same file, or fails", async () => {
  const store = scriptedStore([whole({}, breaking(0, 0)), whole({ etag: '"two"' })]);
  const { bytes, error } = await drain(store.open());
  expect(error).toMatchObject({ code: "ARTIFACT_CHANGED" });
  expect(bytes).toHaveLength(0);
});

describe("an archive of whose ranges only the first name a validator", () => {
  const archive = (mark: string) => {
    const member = (name: string) => ({
      name: `${name}.ndjson`,
      data: Array.from({ length: 9_000 }, (_, n) => `{"in":"${mark}${name}","n":${n}}\n`).join(""),
      method: 0,
    });
    return Buffer.from(zip([member("a"), member("b"), member("c")]));
  };
  const [one, two] = [archive("1"), archive("2")];

  /** Serves one archive with its tag, and from a request on another one without. */
  const exchangedAt = (from: number) =>
    httpStore((request, response, count) => {
      const bytes = count < from ? one : two;
      const [first = 0, last = bytes.length - 1] = request.headers.range?.match(/\d+/g)?.map(Number) ?? [];
      const part = bytes.subarray(first, last + 1);
      response.writeHead(request.headers.range === undefined ? 200 : 206, {
        ...(count < from && { etag: '"one"' }),
        "content-length": part.length,
        ...(request.headers.range !== undefined && {
          "content-range": `bytes ${first}-${first + part.length - 1}/${bytes.length}`,
        }),
      });
      response.end(part);
    }, zipOf(ndjson()));

  it("is another one where the rest does not fit, and not a damaged one", async () => {
    const honest = await exchangedAt(Number.POSITIVE_INFINITY);
    const records = await collect(await honest.client.download(honest.job));
    expect(records).toHaveLength(27_000);
    const requests = honest.ranges.length;
    expect(requests).toBeGreaterThan(4);
    for (let from = 3; from <= requests; from++) {
      const { client, job } = await exchangedAt(from);
      const reading = client.download(job).then(collect);
      expect(await rejection(reading), `request ${from}`).toMatchObject({ code: "ARTIFACT_CHANGED" });
    }
  });
});
