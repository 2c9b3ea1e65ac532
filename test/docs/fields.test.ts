import { readFileSync } from "node:fs";
import type { AnyProvider } from "exportkit";
import { authgear } from "exportkit/authgear";
import { avepoint } from "exportkit/avepoint";
import { zephr } from "exportkit/zephr";
import { describe, expect, it } from "vitest";

const read = (path: string) => readFileSync(new URL(`../../${path}`, import.meta.url), "utf8");
const keyPair = { tenantId: "news", accessKey: "a", secretKey: "s" };

const vendors: readonly (readonly [name: string, providers: readonly AnyProvider[]])[] = [
  ["authgear", [authgear({ endpoint: "https://myapp.authgear.example", token: "t" })]],
  ["avepoint", [avepoint({ dataCenter: "us", token: "t" })]],
  ["zephr", [zephr(keyPair), zephr({ ...keyPair, apiVersion: "v4" })]],
];

/** The names that a schema of zod knows, also of what stands within lists. */
function namesIn(schema: unknown, found = new Set<string>(), seen = new Set<unknown>()): Set<string> {
  if (typeof schema !== "object" || schema === null || seen.has(schema)) return found;
  seen.add(schema);
  const def = (schema as { _zod?: { def?: Record<string, unknown> } })._zod?.def;
  for (const [name, inner] of Object.entries((def?.shape ?? {}) as object)) {
    found.add(name);
    namesIn(inner, found, seen);
  }
  for (const inner of [def?.options, def?.element, def?.in, def?.out, def?.innerType].flat())
    namesIn(inner, found, seen);
  return found;
}

/** The members of the types that a file exports for callers, and of `workbooks` and `certificate`. */
function optionsOf(vendor: string): Set<string> {
  const files = [`src/providers/${vendor}/options.ts`];
  if (vendor === "avepoint")
    files.push(
      "src/providers/avepoint/certificate.ts",
      "src/records/xlsx/xlsx.ts",
      "src/records/zip/archive-options.ts",
    );
  const text = files.map(read).join("\n");
  // Types of what is made of the options, and of archives that are no workbooks.
  const callers = text.replace(/^(export )?interface (\w*Settings|ZipOptions|Thumbprint)\b[\s\S]*?^\}/gm, "");
  const members = callers.matchAll(/^ +(?:\| )?\{? ?readonly (\w+)\??: (?!undefined;)/gm);
  return new Set([...members].map(([, name = ""]) => name));
}

/** The names in the first column of the tables under a heading. */
function tabled(page: string, heading: string): Set<string> {
  const [, section = ""] =
    new RegExp(`^## ${heading}$([\\s\\S]*?)(?=^## |$(?![\\s\\S]))`, "m").exec(page) ?? [];
  const cells = [...section.matchAll(/^\| (`[^|]*`) \|/gm)].map(([, cell = ""]) => cell);
  return new Set(cells.flatMap((cell) => [...cell.matchAll(/`(\w+)`/g)].map(([, name = ""]) => name)));
}

describe.each(vendors)("the guide of %s", (vendor, providers) => {
  const page = read(`docs/${vendor}.md`);

  it("has every field of a request, and no other", () => {
    const known = new Set(providers.flatMap(({ requestSchema }) => [...namesIn(requestSchema)]));
    const reports: readonly string[] =
      (vendor === "avepoint" && page.match(/`(google)?\w+`(?= \| .*`)/g)) || [];
    const told = tabled(
      page,
      vendor === "avepoint" ? "Every report and its fields" : "Every field of the request",
    );
    expect(known.size).toBeGreaterThan(4);
    expect([...known].filter((name) => !told.has(name))).toEqual([]);
    const others = [...told].filter((name) => !known.has(name) && !reports.includes(`\`${name}\``));
    expect(others).toEqual([]);
  });

  it("has every option of a connection, and no other", () => {
    const known = optionsOf(vendor);
    const told = tabled(page, "Every option of the connection");
    expect(known.size).toBeGreaterThan(4);
    expect([...known].sort()).toEqual([...told].sort());
  });

  it("tells type, meaning and example of each", () => {
    const rows = page.split("\n").filter((line) => /^\| `\w+`(, `\w+`)* \|/.test(line));
    const told = rows.filter((row) => row.split("|").length === 6);
    expect(told.length).toBeGreaterThan(8);
    expect(
      told.filter((row) =>
        row
          .split("|")
          .slice(1, 4)
          .some((cell) => cell.trim() === ""),
      ),
    ).toEqual([]);
  });
});
