import { type AuthgearRequest, authgear } from "exportkit/authgear";
import { authgearExportBytes, authgearUser } from "exportkit/testing";
import { describe, expect, it } from "vitest";
import { harness, token } from "../../client/harness.js";
import { collect } from "../../support/collect.js";
import { at, exported, type Json, recordsOf } from "./exported.js";

/** A CSV request with pointers that the types do not know. */
const untyped = (request: { readonly fields: readonly unknown[] }) =>
  ({ format: "csv", ...request }) as unknown as AuthgearRequest;

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
    { format: "csv", fields: [{ pointer: "/mfa/totps", fieldName: "\ufeff2fa" }, "/sub"] },
    { format: "csv", fields: [{ pointer: "/mfa", fieldName: "\ufeff2fa" }, "/sub"] },
    { format: "csv", fields: [{ pointer: "/mfa/totps/0", fieldName: "\ufeff\ufeff2fa" }, "/sub"] },
    { format: "csv", fields: ["/sub", { pointer: "/mfa/totps", fieldName: "2fa\ud800" }] },
    { format: "csv", fields: ["/sub", { pointer: "/mfa", fieldName: "\udc00" }] },
    { format: "csv", fields: ["/sub", { pointer: "/mfa/totps/1/uri", fieldName: "\udc00\ud800 uri" }] },
    { format: "csv", fields: [{ pointer: "/mfa/totps", fieldName: "\ufeff" }, "/sub"] },
    { format: "csv", fields: ["/sub", { pointer: "/mfa/totps", fieldName: ' \r\n,"2fa\r' }] },
    untyped({ fields: ["/sub", "/mfa/totps/\ud800/secret", "/mfa/totps/0/secret", "/mfa/totps/+0"] }),
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

  it("are told by the column's place, and rows are keyed by the headers asked for", async () => {
    const fields = [
      { pointer: "/mfa", fieldName: "\ufefffactors" },
      { pointer: "/sub", fieldName: "half \ud800" },
      { pointer: "/mfa/totps", fieldName: "\ufeffx" },
      { pointer: "/email_verified", fieldName: "\ufeffy" },
    ] as const;
    const [record] = await recordsOf({ format: "csv", fields });
    expect(Object.keys(record ?? {})).toEqual(["\ufefffactors", "half \ud800", "\ufeffy"]);
    expect(record).toMatchObject({
      "half \ud800": authgearUser(0).sub,
      "\ufeffy": authgearUser(0).email_verified,
    });
    const [whole] = await recordsOf({ format: "csv", fields, includeSecrets: true });
    expect(whole).toHaveProperty(["\ufeffx"]);
  });

  it("stay out where reading resumes from a checkpoint", async () => {
    const { client, download } = await exported({
      format: "csv",
      fields: [
        { pointer: "/mfa/totps", fieldName: "\ufeff2fa" },
        { pointer: "/sub", fieldName: "\ud800" },
      ],
    });
    const first = await download[Symbol.asyncIterator]().next();
    const checkpoint = JSON.parse(JSON.stringify(download.checkpoint()));
    await download[Symbol.asyncDispose]();
    const rest = await collect(await client.download(client.parseJob(download.job), { checkpoint }));
    expect(JSON.stringify([first.value, ...rest])).not.toContain("TOTP-SECRET-");
    expect([first.value, ...rest]).toHaveLength(200);
  });

  const served = async (request: AuthgearRequest, file: string) => {
    const { client } = harness({
      intercept: async ({ url }, proceed) =>
        url.host.startsWith("storage") ? new Response(file) : proceed(),
    });
    return collect(await client.runExport("users", request));
  };

  it.each([
    ["in another order", ["/sub", "/mfa/totps"], "mfa.totps,sub\nTOTP-SECRET-,1\n"],
    ["under other names", ["/sub", { pointer: "/mfa/totps", fieldName: "2fa" }], "sub,2FA\n1,TOTP-SECRET-\n"],
    ["with one more in front", ["/sub", "/mfa"], "id,sub,mfa\n1,2,TOTP-SECRET-\n"],
    ["with one missing", ["/sub", "/email", { pointer: "/mfa", fieldName: "x" }], "sub,x\n1,TOTP-SECRET-\n"],
  ] as const)("cannot be told where the columns come %s, and that is an error", async (_, fields, file) => {
    await expect(served({ format: "csv", fields } as AuthgearRequest, file)).rejects.toMatchObject({
      code: "DECODE_FAILED",
      message: expect.stringContaining("TOTP"),
    });
    const asked = { format: "csv", fields, includeSecrets: true } as AuthgearRequest;
    expect(JSON.stringify(await served(asked, file.replaceAll("TOTP-SECRET-", "null")))).toContain("1");
  });

  it("are left out where a server adds its own columns for them", async () => {
    const file =
      "email,sub,mfa.totps,mfa,mfa.totps.0.secret,plan\na@x,1,TOTP-SECRET-,TOTP-SECRET-,TOTP-SECRET-,a\n";
    const fields = ["/sub", "/email"] as const;
    expect(await served({ format: "csv", fields }, file)).toEqual([{ email: "a@x", sub: "1", plan: "a" }]);
    const ordered = "sub,email,mfa,plan\n1,a@x,TOTP-SECRET-,a\n";
    expect(await served({ format: "csv", fields }, ordered)).toEqual([{ sub: "1", email: "a@x", plan: "a" }]);
  });
});

describe("a single column without a name", () => {
  const empty = [["/"], [{ pointer: "/", fieldName: "\ufeff" }]] as const;
  it.each(empty)("has a record for every blank line: %j", async (field) => {
    const records = await recordsOf(untyped({ fields: [field] }), { users: 7 });
    const name = typeof field === "string" ? "" : "\ufeff";
    expect(records).toEqual(Array(7).fill({ [name]: null }));
  });

  it("may have values, and an empty project none", async () => {
    const fields = [{ pointer: "/email", fieldName: "\ufeff" }] as const;
    const records = await recordsOf({ format: "csv", fields }, { users: 3 });
    expect(records).toEqual([0, 1, 2].map((index) => ({ "\ufeff": authgearUser(index).email ?? null })));
    expect(await recordsOf(untyped({ fields: ["/"] }), { users: 0 })).toEqual([]);
  });

  it("resumes from a checkpoint", async () => {
    const { client, download } = await exported(untyped({ fields: ["/"] }), {
      users: 5,
    });
    await download[Symbol.asyncIterator]().next();
    const checkpoint = download.checkpoint();
    await download[Symbol.asyncDispose]();
    expect(await collect(await client.download(client.parseJob(download.job), { checkpoint }))).toHaveLength(
      4,
    );
  });
});
