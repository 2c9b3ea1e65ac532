import { type AuthgearRequest, authgear } from "exportkit/authgear";
import { authgearExportBytes, authgearUser } from "exportkit/testing";
import { describe, expect, it } from "vitest";
import { collect, harness, token } from "../../client/harness.js";
import { at, exported, type Json, recordsOf } from "./exported.js";

describe("bytes", () => {
  it.each([
    { format: "ndjson" },
    { format: "csv", includeSecrets: true },
    { format: "csv", fields: ["/sub", "/mfa/totps"] },
  ] as const)("are as the vendor sent them, secrets included: %j", async (request) => {
    const { download, emulator } = await exported(request);
    const fields = emulator.tasks[0]?.request.csv?.fields;
    const expected = Buffer.concat(
      await collect(authgearExportBytes({ format: request.format, users: 200, fields })),
    );
    const bytes = Buffer.concat(await collect(download.bytes()));
    expect(bytes.equals(expected)).toBe(true);
    expect(bytes.includes("TOTP-SECRET-")).toBe(true);
  });

  it("of a CSV without fields hold no secrets, because none were asked for", async () => {
    const { download } = await exported({ format: "csv" });
    expect(Buffer.concat(await collect(download.bytes())).includes("TOTP-SECRET-")).toBe(false);
  });
});

describe("TOTP secrets", () => {
  const everything: readonly AuthgearRequest[] = [
    { format: "ndjson" },
    { format: "ndjson", includeSecrets: false },
    { format: "csv" },
    { format: "csv", fields: ["/sub", "/mfa"] },
    { format: "csv", fields: ["/sub", "/mfa/totps"] },
    { format: "csv", fields: ["/sub", "/mfa/totps/0/secret", "/mfa/totps/1/uri", "/mfa/totps/0"] },
    { format: "csv", fields: ["/sub", { pointer: "/mfa/totps", fieldName: "second factor" }] },
    { format: "csv", fields: ["/sub", { pointer: "/mfa/totps/0/secret", fieldName: "Basic s3cr3t-column" }] },
    { format: "csv", fields: ["/sub", { pointer: "/mfa", fieldName: "https://x.example/?mfa=1" }] },
  ];

  it.each(everything)("are in no record unless they are asked for: %j", async (request) => {
    const records = await recordsOf(request);
    expect(records).toHaveLength(200);
    expect(JSON.stringify(records)).not.toContain("TOTP-SECRET-");
  });

  it.each(everything)("are in nothing that is encoded: %j", async (request) => {
    for (const format of ["ndjson", "csv"] as const) {
      const { download } = await exported(request);
      const text = Buffer.concat(await collect(download.encode(format))).toString();
      expect(text).not.toContain("TOTP-SECRET-");
      expect(text.length).toBeGreaterThan(1_000);
    }
  });

  it("are in the records that ask for them", async () => {
    const records = await recordsOf({
      format: "csv",
      fields: ["/sub", "/mfa/totps", "/mfa/totps/0/secret"],
      includeSecrets: true,
    });
    for (const [index, record] of records.entries()) {
      const totps = at(authgearUser(index), "/mfa/totps") as readonly Json[] | undefined;
      expect(record["mfa.totps"]).toEqual(totps ?? null);
      expect(record["mfa.totps.0.secret"]).toBe(totps?.[0]?.secret ?? null);
    }
    expect(JSON.stringify(records)).toContain("TOTP-SECRET-");
  });

  it("are left out by a client that takes the job up from elsewhere, too", async () => {
    const { client, fetch, clock, emulator } = harness({ emulator: { users: 20 } });
    const job = await client.waitForExport(
      await client.startExport("users", { format: "csv", fields: ["/mfa"] }),
    );
    const other = harness({
      provider: authgear({ endpoint: emulator.endpoint, token }),
      settings: { fetch, clock },
    });
    const records = await collect(
      await other.client.download(other.client.parseJob(JSON.parse(JSON.stringify(job)))),
    );
    expect(JSON.stringify(records)).not.toContain("TOTP-SECRET-");
    expect(records).toHaveLength(20);
  });
});
