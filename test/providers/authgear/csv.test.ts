import { describe, expect, it } from "vitest";
import { harness } from "../../client/harness.js";
import { collect } from "../../support/collect.js";
import { at, exported, recordsOf, shown } from "./exported.js";

/** A text as Go writes it in JSON, with its keys sorted. */
const sorted = (value: unknown): unknown => {
  if (Array.isArray(value)) return value.map(sorted);
  if (typeof value !== "object" || value === null) return value;
  return Object.fromEntries(
    Object.entries(value)
      .sort(([a], [b]) => (a < b ? -1 : 1))
      .map(([k, v]) => [k, sorted(v)]),
  );
};

describe("a file that lacks columns that were asked for", () => {
  const fields = ["/sub", "/email", { pointer: "/custom_attributes/plan", fieldName: "plan" }] as const;

  function served(file: string) {
    const warnings: string[] = [];
    const set = harness({
      intercept: async ({ url }, proceed) =>
        url.host.startsWith("storage") ? new Response(file, { headers: { etag: '"1"' } }) : proceed(),
      settings: { onEvent: (event) => void (event.type === "warning" && warnings.push(event.message)) },
    });
    const open = () => set.client.runExport("users", { format: "csv", fields });
    return { ...set, open, warnings };
  }

  it.each([
    ["sub,email\n1,a@x\n2,b@x\n", ["plan"], { sub: "1", email: "a@x", plan: null }],
    ["plan,sub\ngold,1\nnone,2\n", ["email"], { plan: "gold", sub: "1", email: null }],
    // Under a name that did not survive it is a column that nobody asked for.
    ["sub,EMAIL\n1,a@x\n2,b@x\n", ["email", "plan"], { sub: "1", EMAIL: "a@x", email: null, plan: null }],
  ])("says so, and gives null for them: %j", async (file, lacking, first) => {
    const { open, warnings } = served(file);
    const records = await collect(await open());
    expect(records).toHaveLength(2);
    expect(records[0]).toEqual(first);
    expect(warnings).toEqual([expect.stringContaining(lacking.map((name) => `"${name}"`).join(","))]);
  });

  it("names them among the empty columns, too, and says it once", async () => {
    const { client, open, warnings } = served("sub,email\n1,a@x\n2,b@x\n");
    const download = await open();
    expect(await new Response(download.encode("csv")).text()).toBe("sub,email,plan\n1,a@x,\n2,b@x,\n");
    expect(download.emptyColumns).toEqual(["plan"]);
    expect(warnings).toHaveLength(1);
    const again = await client.download(client.parseJob(download.job));
    const { value } = await again.batches({ size: 1 }).next();
    await again[Symbol.asyncDispose]();
    const rest = await client.download(client.parseJob(download.job), { checkpoint: value.checkpoint });
    expect(await collect(rest)).toEqual([{ sub: "2", email: "b@x", plan: null }]);
    expect(warnings).toHaveLength(2);
  });

  it("is silent where all are there, in whatever order", async () => {
    const { open, warnings } = served("plan,sub,email\ngold,1,a@x\n");
    expect(await collect(await open())).toHaveLength(1);
    expect(warnings).toEqual([]);
  });
});

describe("CSV", () => {
  const pointers = [
    "/sub",
    "/preferred_username",
    "/email",
    "/phone_number",
    "/name",
    "/family_name",
    "/address/formatted",
    "/address/country",
    "/created_at",
    "/last_login_at",
    "/custom_attributes/member_id",
    "/custom_attributes/motto",
  ] as const;

  it("gives strings by pointer, and null for what is empty", async () => {
    const records = await recordsOf({ format: "csv", fields: pointers });
    expect(records).toHaveLength(200);
    for (const [index, record] of records.entries()) {
      const user = shown(index);
      for (const pointer of pointers) {
        const header = pointer.slice(1).replaceAll("/", ".");
        expect(record[header]).toBe(at(user, pointer) || null);
      }
    }
  });

  it("gives booleans, whole numbers and JSON by pointer", async () => {
    const records = await recordsOf({
      format: "csv",
      fields: [
        "/sub",
        "/email_verified",
        "/disabled",
        "/is_anonymized",
        "/biometric_count",
        "/passkey_count",
        "/roles",
        "/groups",
        "/identities",
        "/address",
        "/mfa",
        "/mfa/emails",
        "/custom_attributes",
      ],
    });
    for (const [index, record] of records.entries()) {
      const user = shown(index);
      expect(record).toEqual({
        sub: user.sub,
        email_verified: user.email_verified,
        disabled: user.disabled,
        is_anonymized: user.is_anonymized,
        biometric_count: user.biometric_count,
        passkey_count: user.passkey_count,
        roles: user.roles ?? null,
        groups: user.groups ?? null,
        identities: user.identities ?? null,
        address: user.address,
        mfa: user.mfa,
        "mfa.emails": at(user, "/mfa/emails") ?? null,
        custom_attributes: user.custom_attributes ?? null,
      });
    }
  });

  it("gives all documented columns by default", async () => {
    const records = await recordsOf({ format: "csv" });
    for (const [index, record] of records.entries()) {
      const user = shown(index);
      expect(Object.keys(record)).toHaveLength(42);
      expect(record).toMatchObject({
        sub: user.sub,
        email: user.email ?? null,
        family_name: user.family_name ?? null,
        "address.locality": at(user, "/address/locality") ?? null,
        custom_attributes: user.custom_attributes ?? null,
        "mfa.phone_numbers": at(user, "/mfa/phone_numbers") ?? null,
        disabled: user.disabled,
      });
      expect(record).not.toHaveProperty("mfa.totps");
    }
  });

  it("maps header names back to what was asked", async () => {
    const records = await recordsOf(
      {
        format: "csv",
        fields: [
          { pointer: "/sub", fieldName: "User ID" },
          { pointer: "/disabled", fieldName: 'Basic disabled-1, or "off"\nat night' },
          { pointer: "/biometric_count", fieldName: "https://example.com/?count=1" },
          { pointer: "/roles", fieldName: "__proto__" },
        ],
      },
      { users: 3 },
    );
    expect(records.map((record) => Object.entries(record))).toEqual(
      [0, 1, 2].map((index) => {
        const user = shown(index);
        return [
          ["User ID", user.sub],
          ['Basic disabled-1, or "off"\nat night', user.disabled],
          ["https://example.com/?count=1", user.biometric_count],
          ["__proto__", user.roles ?? null],
        ];
      }),
    );
  });

  it("takes a blank line of a one-column file for a record", async () => {
    const records = await recordsOf({ format: "csv", fields: ["/family_name"] }, { users: 12 });
    expect(records).toEqual(
      Array.from({ length: 12 }, (_, index) => ({ family_name: shown(index).family_name ?? null })),
    );
    expect(records.some(({ family_name }) => family_name === null)).toBe(true);
  });

  it("gives null where an older server has no such field", async () => {
    const records = await recordsOf({ format: "csv" }, { olderServer: true, users: 5 });
    for (const record of records) expect(record).toMatchObject({ created_at: null, is_anonymized: null });
  });

  it("of no users is a header and no records", async () => {
    const { download } = await exported({ format: "csv", fields: ["/sub", "/email"] }, { users: 0 });
    expect(download.size).toBe("sub,email\n".length);
    expect(await collect(download)).toEqual([]);
  });

  it.each(["", "\n", "sub\n", "sub,name\n", "Forbidden\n", "email\n", "error,forbidden\n"])(
    "of no users is the header asked for, and not %j",
    async (file) => {
      const { client } = harness({
        intercept: async ({ url }, proceed) =>
          url.host === "storage.emulator.example" ? new Response(file) : proceed(),
      });
      const download = await client.runExport("users", { format: "csv", fields: ["/sub", "/email"] });
      await expect(collect(download)).rejects.toMatchObject({ code: "DECODE_FAILED" });
    },
  );

  it.each([
    ["a boolean", "/disabled", "yes", "holds neither true nor false"],
    ["a number", "/passkey_count", "1e3", "holds no whole number"],
    ["JSON", "/roles", "[admin]", "holds no readable JSON"],
  ] as const)("names a cell that is not %s", async (_, pointer, cell, message) => {
    const header = pointer.slice(1);
    const { client } = harness({
      intercept: async ({ url }, proceed) =>
        url.host === "storage.emulator.example"
          ? new Response(`sub,${header}\nu1,\nu2,${cell}\n`)
          : proceed(),
    });
    const download = await client.runExport("users", { format: "csv", fields: ["/sub", pointer] });
    const records: unknown[] = [];
    await expect(
      (async () => {
        for await (const record of download) records.push(record);
      })(),
    ).rejects.toMatchObject({
      code: "RECORD_INVALID",
      message: expect.stringContaining(`column ${header} ${message}`),
    });
    expect(records).toEqual([{ sub: "u1", [header]: null }]);
  });

  it("reads a cell of sorted, escaped JSON as the value it stands for", async () => {
    const records = await recordsOf({ format: "csv", fields: ["/identities"] }, { users: 100 });
    const texts = records.map(({ identities }) => JSON.stringify(identities));
    const expected = Array.from({ length: 100 }, (_, index) =>
      JSON.stringify(sorted(shown(index).identities ?? null)),
    );
    expect(texts).toEqual(expected);
  });
});
