import { authgearExportBytes, authgearUser } from "exportkit/testing";
import { describe, expect, it } from "vitest";
import { defaultFields } from "../../../src/testing/authgear/columns.js";
import { createExportFile } from "../../../src/testing/authgear/export-file.js";
import { collectBuffer } from "../../support/collect.js";
import fc from "../../support/fast-check.js";
import { runs } from "../../support/runs.js";

const text = async (chunks: AsyncIterable<Uint8Array>) =>
  new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(await collectBuffer(chunks));

describe("NDJSON", () => {
  it("holds the expected users, over more than one cycle", async () => {
    const lines = (await text(authgearExportBytes({ format: "ndjson", users: 345 }))).split("\n");
    expect(lines.pop()).toBe("");
    expect(lines.map((line) => JSON.parse(line))).toEqual(
      Array.from({ length: 345 }, (_, i) => authgearUser(i)),
    );
  });

  it("of no users is no byte", () => {
    expect(createExportFile({ format: "ndjson", users: 0 }).size).toBe(0);
  });

  it("has the vendor's fields, always and sometimes, and never null", () => {
    const users = Array.from({ length: 100 }, (_, i) => authgearUser(i));
    const always = ["sub", "email_verified", "phone_number_verified", "address", "created_at", "disabled"];
    always.push("is_anonymized", "mfa", "biometric_count", "passkey_count");
    const sometimes =
      "preferred_username email phone_number name given_name family_name middle_name nickname profile";
    const more =
      "picture website gender birthdate zoneinfo locale custom_attributes roles groups delete_at last_login_at";
    const rest =
      "anonymize_at temporarily_disabled_from temporarily_disabled_until account_valid_from account_valid_until";
    for (const field of always)
      expect(
        users.every((user) => field in user),
        field,
      ).toBe(true);
    for (const field of `${sometimes} ${more} ${rest} identities`.split(" "))
      expect(new Set(users.map((user) => field in user)), field).toEqual(new Set([true, false]));
    expect(users.some((user) => Object.values(user).includes(null))).toBe(false);
    expect(users.some((user) => JSON.stringify(user.address) === "{}")).toBe(true);
    expect(users.some((user) => JSON.stringify(user.mfa) === "{}")).toBe(true);
    const all = JSON.stringify(users);
    for (const type of ["login_id", "oauth", "ldap"]) expect(all).toContain(`"type":"${type}"`);
    expect(all).toContain('"secret":"TOTP-SECRET-');
  });

  it("creation times are ordered and have 0 to 9 fractional digits", () => {
    const times = Array.from({ length: 250 }, (_, i) => String(authgearUser(i).created_at));
    const nanoseconds = times.map((time) => {
      const [, second = "", digits = ""] = /^(.{19})(?:\.(\d{1,9}))?Z$/.exec(time) ?? [];
      return BigInt(Date.parse(`${second}Z`)) * 1_000_000n + BigInt(digits.padEnd(9, "0"));
    });
    expect(nanoseconds.every((time, i) => i === 0 || time > (nanoseconds[i - 1] ?? 0n))).toBe(true);
    const lengths = new Set(times.map((time) => (/\.(\d+)Z$/.exec(time)?.[1] ?? "").length));
    expect([...lengths].sort()).toEqual([0, 1, 2, 3, 4, 5, 6, 7, 8, 9]);
    expect(times.some((time) => /\.\d*0Z$/.test(time))).toBe(false);
  });

  it("is escaped as Go escapes", async () => {
    const all = await text(authgearExportBytes({ format: "ndjson", users: 100 }));
    for (const sequence of ["\\u0026", "\\u003c", "\\u003e", "\\u2028", "\\u2029", "\\u0001"])
      expect(all).toContain(sequence);
    expect(all).not.toMatch(/[<>&\u2028\u2029]/);
    for (const character of ["ö", "山", "😀", "\u007f"]) expect(all).toContain(character);
  });

  it("an older server lacks the later fields", () => {
    const [older, current] = [authgearUser(3, { olderServer: true }), authgearUser(3)];
    expect(older).not.toHaveProperty("created_at");
    expect(older).not.toHaveProperty("is_anonymized");
    expect(older.sub).toBe(current.sub);
  });

  it("another revision has the same users with other attributes", () => {
    const [before, after] = [authgearUser(7), authgearUser(7, { revision: 1 })];
    expect(after.sub).toBe(before.sub);
    expect(after).not.toEqual(before);
  });
});

describe("any part of a file", () => {
  const fields = [{ pointer: "/sub" }, { pointer: "/name" }, { pointer: "/custom_attributes" }];
  it.each([
    ["ndjson", { format: "ndjson" } as const],
    ["csv", { format: "csv" } as const],
    ["csv with fields", { format: "csv", fields } as const],
    ["an older server's csv", { format: "csv", olderServer: true, revision: 2 } as const],
  ])("is the slice of the whole: %s", async (_, options) => {
    const file = createExportFile({ ...options, users: 431 });
    const bytes = await collectBuffer(authgearExportBytes({ ...options, users: 431 }));
    expect(bytes.length).toBe(file.size);
    fc.assert(
      fc.property(fc.nat(file.size), fc.nat(file.size), (a, b) => {
        const [start, end] = [Math.min(a, b), Math.max(a, b)];
        expect(Buffer.compare(file.read(start, end), bytes.subarray(start, end))).toBe(0);
      }),
      { numRuns: runs(100) },
    );
  });

  it("of ten million users is found without making what lies before", () => {
    const users = 10_000_000;
    const file = createExportFile({ format: "ndjson", users });
    expect(file.size).toBeGreaterThan(5e9);
    const tail = new TextDecoder()
      .decode(file.read(file.size - 10_000, file.size + 5))
      .trimEnd()
      .split("\n");
    expect(JSON.parse(tail.at(-1) ?? "")).toEqual(authgearUser(users - 1));
    expect(JSON.parse(tail.at(-2) ?? "")).toEqual(authgearUser(users - 2));
    expect(authgearUser(users - 1).sub).toBe("00000000-0000-4000-8000-000009999999");
  });
});

it("the default columns are the vendor's 41, and the custom attributes", () => {
  const names = defaultFields(false).map(({ pointer }) => pointer);
  expect(names.slice(0, 41)).not.toContain("/family_name");
  expect(names[40]).toBe("/passkey_count");
  expect(names.slice(41).every((name) => name.startsWith("/custom_attributes/"))).toBe(true);
  expect(defaultFields(true)).toHaveLength(names.length - 9);
});
