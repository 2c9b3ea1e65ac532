import type { EmulatorOperation } from "exportkit/testing";
import fc from "../support/fast-check.js";
import { byteEdits, editedBytes, randomBytes } from "./mutated-bytes.js";
import { editedJson, jsonEdits } from "./mutated-json.js";

/** What is done to some of a vendor's answers. Plain data, so that a failing case can be read. */
export interface AnswerChange {
  /** To the answers of which operation, how many of them are spared first, and how many are changed. */
  readonly on: EmulatorOperation | "any";
  readonly after: number;
  readonly times: number;
  readonly status?: number | undefined;
  readonly headers?: { readonly [name: string]: string } | undefined;
  readonly json?: Parameters<typeof editedJson>[1] | undefined;
  readonly bytes?: Parameters<typeof editedBytes>[1] | undefined;
  readonly body?: Uint8Array | undefined;
  /** How the body ends, after how much of it. Default as it should. */
  readonly ending?: { readonly kind: "lost" | "silent"; readonly at: number } | undefined;
  /** No answer at all. */
  readonly refused?: "error" | "string" | "nothing" | "no response" | undefined;
}

const waits = [
  "0",
  "1",
  "120",
  "299.5",
  "-1",
  "1e9",
  "9".repeat(400),
  "soon",
  "",
  "Thu, 01 Jan 2026 00:00:30 GMT",
  "Thu, 01 Jan 1970 00:00:00 GMT",
  "Sat, 13 Sep 275760 00:00:00 GMT",
  "Fri, 12 Sep 275760 23:59:59 GMT",
  "Tue, 20 Apr -271821 00:00:00 GMT",
  "Thursday, 01-Jan-26 00:00:30 GMT",
  "Thu Jan  1 00:00:30 2026",
];

/** Header values that are wrong in some way, by name. */
export const hostileHeaders: { readonly [name: string]: readonly string[] } = {
  "retry-after": waits,
  "ratelimit-reset": [...waits, "1767225660", "99999999999999999999"],
  "ratelimit-remaining": ["0", "-0", "x", "1"],
  date: [...waits, "Thu, 01 Jan 2026 01:00:00 GMT"],
  "content-type": [
    "text/html",
    "application/json",
    "text/csv",
    ";",
    "csv/csv",
    "application/zip",
    "x".repeat(5_000),
  ],
  "content-length": ["0", "1", "10", "-1", "1e3", "99999999999999999999", "x"],
  "content-encoding": ["gzip", "identity", "br", "x"],
  "content-range": [
    "bytes 0-0/1",
    "bytes 0-9/10",
    "bytes 5-1/10",
    "bytes */0",
    "bytes */1000",
    "bytes 0-99999999999999999999/*",
    "bytes 9007199254740990-9007199254740991/9007199254740992",
    "bytes -1-5/6",
    "items 0-1/2",
    "x",
  ],
  "content-disposition": [
    'attachment; filename="../../x"',
    "attachment; filename*=UTF-8''%ff%00",
    "attachment; filename*=UTF-8''%2e%2e%2fx",
    `attachment; filename="${"\\".repeat(2_001)}`,
    "; filename=",
    'attachment; filename="CON"',
    `attachment; filename="${"é".repeat(300)}"`,
  ],
  etag: ['""', '"x"', 'W/"x"', "x", '"\xff"', '"a"b"', "*"],
  "last-modified": waits,
  location: [
    "/",
    "https://elsewhere.example/",
    "http://127.0.0.1:1/",
    "//",
    "https://[",
    "javascript:1",
    "?again",
    "\xff",
  ],
  "x-request-id": ["", "x".repeat(9_000), "\xff\xfe"],
  "www-authenticate": ["Bearer"],
};

const header = fc
  .constantFrom(...Object.keys(hostileHeaders))
  .chain((name) => fc.tuple(fc.constant(name), fc.constantFrom(...(hostileHeaders[name] ?? []))));

/** One to three changes to the answers of these operations. `keys` are names that mean something in them. */
export function answerChanges(
  operations: readonly EmulatorOperation[],
  keys: readonly string[],
): fc.Arbitrary<readonly AnswerChange[]> {
  const place = {
    on: fc.constantFrom<EmulatorOperation | "any">(...operations, ...operations, "any"),
    after: fc.constantFrom(0, 0, 0, 1, 2),
    times: fc.constantFrom(1, 2, 5, 1_000_000),
  };
  const often = <T>(value: fc.Arbitrary<T>) => fc.option(value, { nil: undefined, freq: 2 });
  const seldom = <T>(value: fc.Arbitrary<T>) => fc.option(value, { nil: undefined, freq: 1 });
  const rarely = <T>(value: fc.Arbitrary<T>) =>
    fc.oneof({ weight: 9, arbitrary: fc.constant(undefined) }, { weight: 1, arbitrary: value });
  const change = fc.record({
    ...place,
    status: rarely(
      fc.constantFrom(
        200,
        201,
        204,
        206,
        301,
        302,
        303,
        304,
        307,
        400,
        401,
        403,
        404,
        408,
        410,
        416,
        418,
        425,
        429,
        500,
        503,
        599,
      ),
    ),
    headers: seldom(
      fc.array(header, { minLength: 1, maxLength: 3 }).map((pairs) => Object.fromEntries(pairs)),
    ),
    json: often(jsonEdits(keys)),
    bytes: rarely(byteEdits(keys)),
    body: rarely(randomBytes),
    ending: rarely(
      fc.record({ kind: fc.constantFrom("lost", "silent"), at: fc.double({ min: 0, max: 1, noNaN: true }) }),
    ),
    refused: rarely(fc.constantFrom("error", "string", "nothing", "no response")),
  });
  return fc.array(change as fc.Arbitrary<AnswerChange>, { minLength: 1, maxLength: 3 });
}

/** The body of an answer, changed. Only JSON is changed as JSON. */
export function changedBody(body: Uint8Array, change: AnswerChange): Uint8Array {
  let bytes = change.body ?? body;
  const first = String.fromCharCode(bytes[0] ?? 0);
  if (change.json && (first === "{" || first === "[")) {
    bytes = new TextEncoder().encode(editedJson(new TextDecoder().decode(bytes), change.json));
  }
  return change.bytes ? editedBytes(bytes, change.bytes) : bytes;
}
