import { authgearUser } from "exportkit/testing";
import { describe, expect, it } from "vitest";
import { harness } from "../../client/harness.js";
import { collect } from "../../support/collect.js";
import { rejection } from "../../support/outcome.js";
import { exported, recordsOf, shown } from "./exported.js";

/** The records of a file that a store serves as NDJSON. */
async function recordsFrom(text: string): Promise<unknown[]> {
  const { client } = harness({
    intercept: async ({ url }, proceed) =>
      url.host === "storage.emulator.example" ? new Response(text) : proceed(),
  });
  return collect(await client.runExport("users", { format: "ndjson" }));
}

describe("NDJSON", () => {
  it("gives every user as the vendor has it, TOTP secrets left out", async () => {
    const records = await recordsOf({ format: "ndjson" });
    expect(records).toHaveLength(200);
    for (const [index, record] of records.entries()) expect(record).toEqual(shown(index));
  });

  it("gives every user whole where secrets are asked for", async () => {
    const records = await recordsOf({ format: "ndjson", includeSecrets: true });
    for (const [index, record] of records.entries()) expect(record).toEqual(authgearUser(index));
    expect(JSON.stringify(records)).toContain("TOTP-SECRET-");
  });

  it("gives the users of an older server, which lack some fields", async () => {
    const records = await recordsOf({ format: "ndjson" }, { olderServer: true });
    for (const [index, record] of records.entries())
      expect(record).toEqual(shown(index, { olderServer: true }));
    expect(records[0]).not.toHaveProperty("created_at");
  });

  it("keeps fields that nobody knows yet", async () => {
    const line = { sub: "u1", clearance: { level: 3 }, mfa: { totps: [{ secret: "s" }], webauthn: 2 } };
    const records = await recordsFrom(`${JSON.stringify(line)}\n`);
    expect(records).toEqual([{ sub: "u1", clearance: { level: 3 }, mfa: { webauthn: 2 } }]);
  });

  it("passes duplicates through, as the vendor sends them", async () => {
    const line = '{"sub":"u1"}\n';
    expect(await recordsFrom(line + line)).toEqual([{ sub: "u1" }, { sub: "u1" }]);
  });

  it("refuses a line that is no user, by its place", async () => {
    await expect(recordsFrom('{"sub":"u1"}\n{"email":"x"}\n')).rejects.toMatchObject({
      code: "RECORD_INVALID",
      connection: "users",
      details: { record: 2, line: 2 },
    });
  });

  it("of no users has no file, and the error says what works", async () => {
    const error = await rejection(exported({ format: "ndjson" }, { users: 0 }));
    expect(error).toMatchObject({
      code: "ARTIFACT_MISSING",
      message: expect.stringMatching(/without users.*an export as CSV works/),
    });
    const { download } = await exported({ format: "csv" }, { users: 0 });
    expect(await collect(download)).toEqual([]);
    expect(download.complete).toBe(true);
  });

  it("says nothing of that where a CSV is missing", async () => {
    const error = await rejection<Error>(exported({ format: "csv" }, { outcome: "missing-object" }));
    expect(error).toMatchObject({ code: "ARTIFACT_MISSING" });
    expect(error.message).not.toContain("without users");
  });
});
