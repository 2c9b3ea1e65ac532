import { existsSync, readdirSync, readFileSync } from "node:fs";
import { dirname, join, relative } from "node:path";
import { fileURLToPath } from "node:url";
import { describe, expect, it } from "vitest";
import { countLines } from "../journeys/count-lines.js";

const root = fileURLToPath(new URL("../..", import.meta.url));
const read = (path: string) => readFileSync(join(root, path), "utf8");
const pages = [
  ...readdirSync(root).filter((name) => name.endsWith(".md")),
  ...readdirSync(join(root, "docs"))
    .filter((name) => name.endsWith(".md"))
    .map((name) => `docs/${name}`),
];

/** A heading as the anchor that a link names. */
function anchor(heading: string): string {
  return heading
    .toLowerCase()
    .replace(/[^\p{L}\p{N}\s_-]/gu, "")
    .trim()
    .replace(/\s/g, "-");
}

function anchorsOf(path: string): readonly string[] {
  return read(path)
    .split("\n")
    .flatMap((line) => /^#+ (.*)$/.exec(line)?.[1] ?? [])
    .map(anchor);
}

/** What a page links to, but for other sites; what stands in samples is no link. */
function linksOf(path: string): readonly string[] {
  const text = read(path).replace(/^```[\s\S]*?^```/gm, "");
  return [...text.matchAll(/\]\(([^)\s]+)\)/g)].flatMap(([, to = ""]) => (/^[a-z]+:/.test(to) ? [] : [to]));
}

describe("documentation", () => {
  it.each(pages)("%s links to nothing that is not there", (page) => {
    const broken = linksOf(page).filter((link) => {
      const [path = "", fragment] = link.split("#");
      const target = path === "" ? page : relative(root, join(root, dirname(page), path));
      if (!existsSync(join(root, target))) return true;
      return fragment !== undefined && !anchorsOf(target).includes(fragment);
    });
    expect(broken).toEqual([]);
  });

  it("leads to every guide from its first page", () => {
    const linked = linksOf("docs/README.md");
    const guides = pages.filter((page) => page.startsWith("docs/") && page !== "docs/README.md");
    expect(guides.filter((guide) => !linked.includes(guide.replace("docs/", "")))).toEqual([]);
  });

  it("has a heading for every code of an error", () => {
    const union = /export type ExportErrorCode =([^;]+);/.exec(read("src/model/error-codes.ts"))?.[1] ?? "";
    const codes = [...union.matchAll(/"([A-Z_]+)"/g)].map(([, code]) => code);
    expect(codes.length).toBeGreaterThan(20);
    const headings = [...read("docs/errors.md").matchAll(/^## ([A-Z_]+)$/gm)].map(([, code]) => code);
    expect(headings.sort()).toEqual(codes.sort());
  });

  it("tells how many lines a script without the package has", () => {
    const rows = [...read("docs/README.md").matchAll(/^\| ([^|]+) \| (\d+) \| \d+ s \| \d+ \|/gm)];
    const scripts: { readonly [way: string]: string } = {
      "the README to the first record": "first.js",
      "a nightly job in PostgreSQL, killed once and resumed": "nightly.js",
      "a CSV file out of a Worker": "worker.js",
      "a line of cron, killed twice": "cron.js",
    };
    expect(rows.map(([, way = ""]) => way)).toEqual(Object.keys(scripts));
    const linesOf = (name: string) => countLines(read(`test/journeys/before/${name}`));
    for (const [, way = "", told] of rows) {
      const ownLine = way.includes("cron") ? 1 : 0;
      expect(Number(told), way).toBe(linesOf("authgear.js") + linesOf(scripts[way] ?? "") + ownLine);
    }
    expect(read("docs/README.md")).toContain(
      `Of each script without the package ${linesOf("authgear.js")} are the same`,
    );
  });

  it("begins with a README that one reads to its end", () => {
    expect(read("README.md").split("\n").length).toBeLessThan(250);
    expect(read("README.md").split("\n").slice(0, 8).join("\n")).toContain("npm ci && npm run demo");
  });

  it("tells the sizes of the report", () => {
    const sizes = JSON.parse(read("bench/sizes.json")) as { readonly [adapter: string]: number };
    const told = [...read("README.md").matchAll(/(Zephr|Authgear|AvePoint) (\d+) KiB/g)];
    expect(told.map(([, name = ""]) => name.toLowerCase()).sort()).toEqual(Object.keys(sizes).sort());
    for (const [, name = "", kib] of told) {
      const reported = (sizes[name.toLowerCase()] ?? 0) / 1024;
      expect(Math.abs(Number(kib) - reported), `${name}: ${reported}`).toBeLessThan(1.5);
    }
  });

  it("comes with the package", () => {
    const { files } = JSON.parse(read("package.json")) as { files: readonly string[] };
    expect(files).toContain("docs");
  });
});
