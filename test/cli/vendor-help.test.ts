import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import type { AnyProvider } from "exportkit";
import { authgear } from "exportkit/authgear";
import { avepoint } from "exportkit/avepoint";
import { zephr } from "exportkit/zephr";
import { describe, expect, it, onTestFinished, vi } from "vitest";
import { connect } from "../../src/cli/connect-vendor.js";
import { readRequestFields } from "../../src/cli/request-fields.js";
import { guides } from "../../src/cli/vendor-help.js";
import { emptyFolder } from "../node/served-export.js";
import { exportkit } from "./terminal.js";

const providers: { readonly [name: string]: AnyProvider } = {
  authgear: authgear({ endpoint: "https://myapp.authgear.example", token: "t" }),
  avepoint: avepoint({ dataCenter: "us", token: "t" }),
  zephr: zephr({ tenantId: "news", accessKey: "a", secretKey: "s" }),
};

// Those of the other version of the export; `key`, `operation` and `value` stand within `attr`.
const v4 = zephr({ tenantId: "news", accessKey: "a", secretKey: "s", apiVersion: "v4" });
const v4Fields = ["attr", "foreignKeys", "eventsExport", "from", "to"];

/** The names that the adapter's schema knows, whatever it is made of. */
function namesIn(schema: unknown, found = new Set<string>(), seen = new Set<unknown>()): Set<string> {
  if (typeof schema !== "object" || schema === null || seen.has(schema)) return found;
  seen.add(schema);
  const def = (schema as { _zod?: { def?: Record<string, unknown> } })._zod?.def;
  const shape = def?.shape as Record<string, unknown> | undefined;
  for (const name of Object.keys(shape ?? {})) found.add(name);
  for (const option of [def?.options].flat()) namesIn(option, found, seen);
  for (const inner of [def?.in, def?.out, def?.innerType]) namesIn(inner, found, seen);
  return found;
}

describe("help for a vendor", () => {
  it.each(Object.keys(guides))("lists every field that %s's adapter takes, and no other", async (name) => {
    const guide = guides[name as keyof typeof guides];
    const known = namesIn(providers[name]?.requestSchema);
    if (name === "zephr") for (const field of v4Fields) known.add(field);
    expect([...known].sort()).toEqual(guide.fields.map((field) => field.name).sort());
    const { code, stdout, stderr } = await exportkit([name, "--help"]);
    expect({ code, stderr }).toEqual({ code: 0, stderr: "" });
    for (const { form } of guide.fields) expect(stdout.toString()).toContain(`${form}`);
  });

  it("has lines that fit a terminal", async () => {
    for (const words of [["--help"], ...Object.keys(guides).map((name) => [name, "-h"])]) {
      const { stdout } = await exportkit(words);
      const long = stdout
        .toString()
        .split("\n")
        .filter((line) => line.length > 110);
      expect(long).toEqual([]);
    }
  });

  it("is asked for by help VENDOR, too", async () => {
    expect((await exportkit(["help", "zephr"])).stdout.toString()).toContain("exportkit zephr");
  });
});

it("Zephr's other version is asked for all that it takes", async () => {
  const known = namesIn(v4.requestSchema);
  expect(guides.zephr.fields.map(({ name }) => name).filter((name) => !known.has(name))).toEqual([]);
  const environment = {
    ZEPHR_TENANT_ID: "news",
    ZEPHR_ACCESS_KEY: "a",
    ZEPHR_SECRET_KEY: "s",
    ZEPHR_API_VERSION: "v4",
  };
  const fields = ["appIds=all", 'attr:=["plan.equals.gold"]', "eventsExport:=true", "from=24h", "to=today"];
  const { code, stdout } = await exportkit(["zephr", ...fields, "--dry-run"], environment);
  expect(code).toBe(0);
  for (const told of ["appIds=all", "plan.equals.gold", "from=20", "to=20"])
    expect(stdout.toString()).toContain(told);
});

describe("a word that is misspelt", () => {
  it.each([
    [["autgear", "--out", "x"], "did you mean authgear?"],
    [["Zephr", "--out", "x"], "did you mean zephr?"],
    [["emulat"], "did you mean emulate?"],
    [["authgear", "format=csv", "--output", "x"], "did you mean --out?"],
    [["authgear", "format=csv", "--overwrit", "--out", "x"], "did you mean --overwrite?"],
    [["authgear", "--format", "csv", "--out", "x"], "write format=…, without dashes"],
    [["zephr", "--format", "csv", "--out", "x"], "there is no option --format; did you mean --as?"],
    [["authgear", "fromat=csv", "--out", "x"], "did you mean format?"],
    [["zephr", "grant:=true", "--out", "x"], "did you mean grants?"],
  ])("%j", async (words, told) => {
    const { code, stderr } = await exportkit(words);
    expect(code).toBe(2);
    expect(stderr).toContain(told);
  });

  it("is left alone where nothing is near", async () => {
    const { stderr } = await exportkit(["okta", "--out", "x"]);
    expect(stderr).toContain("there are authgear, avepoint, zephr");
    expect(stderr).not.toContain("did you mean");
  });
});

it("an unknown field is refused before the environment is read, as the adapter would refuse it", async () => {
  const { stderr } = await exportkit(["zephr", "colour=red", "--out", "x"]);
  expect(stderr).toContain("zephr has no field colour");
});

describe("a time that is told by how long ago it is", () => {
  const request = (text: string) => readRequestFields([`since=${text}`], "zephr").since;

  it.each([
    ["24h", 3_600_000, 24],
    ["90m", 60_000, 90],
    ["7d", 86_400_000, 7],
    ["yesterday", 86_400_000, 1],
    ["today", 86_400_000, 0],
  ])(
    "%s falls on the beginning of a whole span, so that a repeated run asks for the same",
    (text, span, count) => {
      const now = Date.UTC(2026, 10, 28, 13, 59, 59, 999);
      vi.setSystemTime(now);
      onTestFinished(() => void vi.useRealTimers());
      const expected = Math.floor(now / span) * span - count * span;
      expect(request(text)).toBe(new Date(expected).toISOString());
      vi.setSystemTime(now - 900);
      expect(request(text)).toBe(new Date(expected).toISOString());
    },
  );

  it.each(["2026-01-31", "2026-01-31T00:00:00Z", "24", "h", "1w"])("%s is passed on as it is", (text) => {
    expect(request(text)).toBe(text);
  });

  it("is for moments only", () => {
    expect(readRequestFields(["path=24h"], "avepoint")).toEqual({ path: "24h" });
  });
});

describe("a variable with _FILE behind its name", () => {
  const words = ["zephr", "--out", "x"];
  const base = { ZEPHR_TENANT_ID: "news", ZEPHR_ACCESS_KEY: "key" };

  it("names a file that holds the value", async () => {
    const path = join(await emptyFolder(), "secret");
    await writeFile(path, "s3cr3t\n");
    const provider = await connect("zephr", { ...base, ZEPHR_SECRET_KEY_FILE: path });
    expect(provider.secrets?.()).toContain("s3cr3t");
  });

  it.each([
    [{ ZEPHR_SECRET_KEY_FILE: "/no/such/file" }, "ZEPHR_SECRET_KEY_FILE names cannot be read (ENOENT)"],
    [{ ZEPHR_SECRET_KEY: "a", ZEPHR_SECRET_KEY_FILE: "/b" }, "ZEPHR_SECRET_KEY and ZEPHR_SECRET_KEY_FILE"],
  ])("%j is refused", async (given, told) => {
    const { code, stderr } = await exportkit(words, { ...base, ...given });
    expect(code).toBe(2);
    expect(stderr).toContain(told);
  });
});
