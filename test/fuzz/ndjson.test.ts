import { createExportClient } from "exportkit";
import { authgear } from "exportkit/authgear";
import { ndjson, type RecordDecoder } from "exportkit/provider";
import { authgearUser } from "exportkit/testing";
import { describe } from "vitest";
import { ndjsonEncoder } from "../../src/records/encoder.js";
import { csvEncoder } from "../records/csv-encoder.js";
import { textArtifact } from "../records/text-artifact.js";
import fc from "../support/fast-check.js";
import { decodeSafely, encodeSafely, sameDecoding } from "./decoding.js";
import { fuzz } from "./fuzz.js";
import { chunkSizes, mutatedBytes, randomBytes } from "./mutated-bytes.js";
import { editedJson, jsonEdits } from "./mutated-json.js";

// NDJSON of any kind: whatever comes, records or one of our errors, and the same ones however it is cut into chunks.

const utf8 = new TextEncoder();
const users = Array.from({ length: 4 }, (_, index) => JSON.stringify(authgearUser(index)));
const seeds = [
  `${users.join("\n")}\n`,
  `\ufeff${users.slice(0, 2).join("\r\n")}`,
  '{"a":"Grüße 😀"}\n\n{"a":{"b":[1,2,{"c":null}]}}\n{"a":"\\ud83d\\ude00\\u0000"}\n',
].map((text) => utf8.encode(text));
const limits = fc.constantFrom(1_024, 1 << 20);

describe.each([
  ["any records", ndjson<object>() as RecordDecoder<unknown>],
  ["Authgear's users", usersDecoder()],
])("%s", (name, decoder) => {
  const check = async ([bytes, sizes, maxBufferedBytes]: [Uint8Array, number[], number]) => {
    const options = { maxBufferedBytes };
    const whole = await decodeSafely(decoder, textArtifact(bytes), options);
    const parts = await decodeSafely(decoder, textArtifact(bytes, sizes), options);
    sameDecoding(whole, parts);
    // A record takes two bytes at least, what is none one, and another ends the line.
    const room = Math.max(whole.entries.length * 2, whole.records.length * 3);
    if (room > bytes.length + 1) throw new Error("more records than there is room for");
    for (const encoder of [ndjsonEncoder<unknown>(), csvEncoder<unknown>({ layout: { columns: [] } })]) {
      await encodeSafely(encoder, whole.records);
    }
  };

  fuzz(`NDJSON, ${name}, random bytes`, 150, fc.tuple(randomBytes, chunkSizes, limits), check);
  fuzz(`NDJSON, ${name}, mutated bytes`, 150, fc.tuple(mutatedBytes(seeds), chunkSizes, limits), check);
  fuzz(
    `NDJSON, ${name}, mutated values`,
    50,
    fc.tuple(
      fc
        .array(fc.tuple(fc.constantFrom(...users), jsonEdits(["sub", "mfa", "totps"])), {
          minLength: 1,
          maxLength: 3,
        })
        .map((lines) => utf8.encode(lines.map(([user, edits]) => editedJson(user, edits)).join("\n"))),
      chunkSizes,
      limits,
    ),
    check,
  );
});

function usersDecoder(): RecordDecoder<unknown> {
  const provider = authgear({ endpoint: "https://a.example", token: "token-of-its-own" });
  const client = createExportClient({ providers: { users: provider } });
  const job = client.parseJob({
    version: 1,
    connection: "users",
    provider: "authgear",
    id: "1",
    request: { format: "ndjson" },
    status: "succeeded",
    createdAt: "2026-01-01T00:00:00Z",
    updatedAt: "2026-01-01T00:00:00Z",
    polls: 0,
    retryAfterMs: 0,
  });
  return provider.delivery.records(job) as RecordDecoder<unknown>;
}
