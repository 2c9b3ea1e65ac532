import { expect, it } from "vitest";
import { drain } from "./drain.js";
import { scriptedStore } from "./scripted-store.js";
import { type Answer, breaking, file, part, status, whole } from "./store-answers.js";

const read = async (...script: Answer[]) => {
  const store = scriptedStore(script);
  const drained = await drain(store.open());
  expect(store.openBodies, "connections left open").toBe(0);
  return { store, ...drained };
};

it("a file of no bytes", async () => {
  const store = scriptedStore([whole({ "content-length": "0" }, new Uint8Array())]);
  const download = await store.open();
  expect(download.size).toBe(0);
  expect(await drain(Promise.resolve(download))).toEqual({ bytes: new Uint8Array() });
  expect(store.requests).toHaveLength(1);
});

it("a file of no bytes has no records", async () => {
  const store = scriptedStore([whole({ "content-length": "0" }, new Uint8Array())]);
  const records: unknown[] = [];
  for await (const record of await store.open()) records.push(record);
  expect(records).toEqual([]);
});

it("a file of no bytes and no announced length", async () => {
  const { store, bytes, error } = await read(whole({ "content-length": undefined }, new Uint8Array()));
  expect(error).toBeUndefined();
  expect(bytes).toHaveLength(0);
  expect(store.requests).toHaveLength(1);
});

it("without an announced length a proper end is the end", async () => {
  const { store, bytes, error } = await read(whole({ "content-length": undefined }));
  expect(error).toBeUndefined();
  expect(bytes).toEqual(file);
  expect(store.requests).toHaveLength(1);
});

it("a body that ends politely before its announced end is resumed", async () => {
  const { store, bytes, error } = await read(whole({}, file.subarray(0, 400)), part(400));
  expect(error).toBeUndefined();
  expect(bytes).toEqual(file);
  expect(store.ranges).toEqual([undefined, "bytes=400-"]);
});

it("a part that ends politely before its announced end is resumed", async () => {
  const cut = whole({}, breaking(0, 400));
  const { store, bytes, error } = await read(cut, part(400, 1000, {}, file.subarray(400, 600)), part(600));
  expect(error).toBeUndefined();
  expect(bytes).toEqual(file);
  expect(store.ranges).toEqual([undefined, "bytes=400-", "bytes=600-"]);
});

it("a body that is short for ever is INTEGRITY after the budget, and no silent end", async () => {
  const store = scriptedStore(({ headers }) =>
    headers.range
      ? part(900, 1000, {}, new Uint8Array())({} as never)
      : whole({}, file.subarray(0, 900))({} as never),
  );
  const { bytes, error } = await drain(store.open());
  expect(error).toMatchObject({ code: "INTEGRITY", retryable: true });
  expect((error as Error).message).toContain("byte 900 of 1000");
  expect(bytes).toEqual(file.subarray(0, 900));
  expect(store.ranges).toEqual([undefined, ...Array(4).fill("bytes=900-")]);
});

it("a whole body shorter than what was read already is INTEGRITY after the budget", async () => {
  const short = whole({ "content-length": undefined }, file.subarray(0, 300));
  const cut = whole({ "content-length": undefined }, breaking(0, 400));
  const { store, bytes, error } = await read(cut, short, short, short, short);
  expect(error).toMatchObject({ code: "INTEGRITY" });
  expect(bytes).toEqual(file.subarray(0, 400));
  expect(store.requests).toHaveLength(5);
});

const longer = Uint8Array.from([...file, 1, 2, 3]);

it.each<[string, Answer[]]>([
  ["a whole body", [whole({}, longer)]],
  ["a part", [whole({}, breaking(0, 950)), part(950, 1000, {}, longer.subarray(950))]],
  ["a whole body that is skipped forward", [whole({}, breaking(0, 950)), whole({}, longer)]],
  [
    "a whole body of no announced length, where the length is known",
    [whole({}, breaking(0, 950)), whole({ "content-length": undefined }, longer)],
  ],
])("%s longer than announced is INTEGRITY, and nothing false is handed over", async (_, script) => {
  const { store, bytes, error } = await read(...script);
  expect(error).toMatchObject({ code: "INTEGRITY", retryable: false });
  expect(bytes).toEqual(file.subarray(0, bytes.length));
  expect(store.requests).toHaveLength(script.length);
});

// Compressed although identity was asked for: `fetch` decompresses, keeps the header, and the length is another one's.
const compressed = { "content-encoding": "gzip", "content-length": "321" };

it("a compressed body is read whole, and its length is not taken for the file's", async () => {
  const store = scriptedStore([whole(compressed)]);
  const download = await store.open();
  expect(download.size).toBeUndefined();
  expect(await drain(Promise.resolve(download))).toEqual({ bytes: file });
});

it("a compressed body that breaks off is asked for whole, and skipped forward", async () => {
  const { store, bytes, error } = await read(whole(compressed, breaking(0, 400)), whole(compressed));
  expect(error).toBeUndefined();
  expect(bytes).toEqual(file);
  expect(store.requests.map(({ headers }) => [headers.range, headers["if-range"]])).toEqual([
    [undefined, undefined],
    [undefined, undefined],
  ]);
});

it("a compressed body of another file is not skipped forward", async () => {
  const { bytes, error } = await read(
    whole(compressed, breaking(0, 400)),
    whole({ ...compressed, etag: '"two"' }),
  );
  expect(error).toMatchObject({ code: "ARTIFACT_CHANGED" });
  expect(bytes).toEqual(file.subarray(0, 400));
});

it("a body compressed only at the second answer must come to the length that is known", async () => {
  const short = whole(compressed, file.subarray(0, 900));
  const { store, bytes, error } = await read(whole({}, breaking(0, 400)), short, whole());
  expect(error).toBeUndefined();
  expect(bytes).toEqual(file);
  expect(store.requests).toHaveLength(3);
});

it("an identity coding that is spelled out is no compression", async () => {
  const plain = { "content-encoding": "identity" };
  const { store, bytes, error } = await read(whole(plain, breaking(0, 400)), part(400, 1000, plain));
  expect(error).toBeUndefined();
  expect(bytes).toEqual(file);
  expect(store.ranges).toEqual([undefined, "bytes=400-"]);
});

it("an answer without a body is a body of no bytes", async () => {
  const empty: Answer = () => new Response(null, { headers: { "content-length": "0" } });
  const { bytes, error } = await read(empty);
  expect(error).toBeUndefined();
  expect(bytes).toHaveLength(0);
  const lost: Answer = () => new Response(null, { headers: { "content-length": "10" } });
  expect((await read(lost, lost, lost, lost)).error).toMatchObject({ code: "INTEGRITY" });
});

it("a 404 page is not taken for a part", async () => {
  const { store, error } = await read(whole({}, breaking(0, 400)), status(404), status(404));
  expect(error).toMatchObject({ code: "ARTIFACT_MISSING", status: 404 });
  expect(store.located).toBe(2);
});
