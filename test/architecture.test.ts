import { globSync, readdirSync, readFileSync } from "node:fs";
import { dirname, join, relative, resolve } from "node:path";
import { fileURLToPath } from "node:url";
import { build } from "esbuild";
import { describe, expect, it } from "vitest";
import { together } from "../vitest.config.js";

const src = fileURLToPath(new URL("../src", import.meta.url));

interface Import {
  readonly from: string;
  readonly to: string;
}

/** Every import and re-export of the sources, as paths below src; packages by their names. */
function importsOf(kind: "values" | "types, too"): readonly Import[] {
  const pattern =
    kind === "values"
      ? /^(?:import|export)(?! type)[^;]*?from "([^"]+)"/gm
      : /(?:^(?:import|export)[^;]*?from |\bimport\()"([^"]+)"/gm;
  return readdirSync(src, { recursive: true, encoding: "utf8" })
    .filter((path) => path.endsWith(".ts"))
    .flatMap((path) => {
      const text = readFileSync(join(src, path), "utf8");
      return [...text.matchAll(pattern)].map(([, target = ""]) => ({
        from: path,
        to: target.startsWith(".")
          ? relative(src, resolve(src, dirname(path), target)).replace(/\.js$/, ".ts")
          : target,
      }));
    });
}

const imports = importsOf("values");

const under =
  (...folders: readonly string[]) =>
  (path: string) =>
    folders.some((folder) => path.startsWith(`${folder}/`));
const engine = under("spec", "transport", "jobs", "artifact", "records", "pages", "download");
const core = (path: string) => engine(path) || under("model", "exact")(path) || !path.includes("/");

describe("imports point one way", () => {
  it.each([
    [
      "the engine knows no adapter",
      engine,
      under("providers", "testing", "node", "cli", "object-store", "otel", "postgres"),
    ],
    ["the core knows nobody who builds on it", core, (path: string) => !core(path) && path.endsWith(".ts")],
    [
      "durable exports know the core alone",
      under("durable"),
      (path: string) => !under("durable")(path) && !core(path) && path !== "zod/mini",
    ],
    [
      "the contract knows no engine",
      under("model", "spec"),
      under("transport", "jobs", "artifact", "records", "pages", "download"),
    ],
    ["the ground knows no contract", under("model", "exact"), under("spec")],
    [
      "emulators share no code with the client, but what refuses a wrong call",
      (path: string) => under("testing")(path) && path !== "testing/check-options.ts",
      (path: string) => !under("testing")(path) && path.endsWith(".ts"),
    ],
  ])("%s", (_, from, to) => {
    expect(imports.filter((found) => from(found.from) && to(found.to))).toEqual([]);
  });

  it("an adapter is written with the kit: it imports its own files, src/provider and zod, types included", () => {
    const adapter = (path: string) => /^providers\/(\w+)\//.exec(path)?.[1];
    const past = importsOf("types, too").filter(
      ({ from, to }) =>
        adapter(from) && adapter(from) !== adapter(to) && !under("provider")(to) && to !== "#zod",
    );
    expect(past).toEqual([]);
  });

  it("the command line goes by the import paths, but for parts that are named here", () => {
    const past = importsOf("types, too").filter(
      ({ from, to }) => under("cli")(from) && !under("cli")(to) && to.endsWith(".ts"),
    );
    expect([...new Set(past.map(({ to }) => to))].sort()).toEqual([
      // What JSON drops, a message keeps.
      "exact/convert-numbers.ts",
      // Small things that both do alike. Errors are needed before the client, and without it.
      "model/docs-link.ts",
      "model/errors.ts",
      "model/json.ts",
      "model/printable.ts",
      // The steps of a save: the command line takes them one by one where `saveExport` takes all of them.
      "node/durable-files.ts",
      "node/file-error.ts",
      "node/lease.ts",
      "node/next-step.ts",
      "node/part-state.ts",
      "node/save-export.ts",
      "node/save-files.ts",
      "node/save-options.ts",
      "node/save-plan.ts",
      "node/target-kind.ts",
      "node/text-file.ts",
      "node/wording.ts",
    ]);
  });

  it.each(["authgear", "avepoint", "zephr"])("%s has the silhouette of an adapter", (name) => {
    const files = readdirSync(join(src, "providers", name));
    expect(files).toEqual(
      expect.arrayContaining(
        ["index", "options", "auth", "request", "job", "failures", "records"].map((file) => `${file}.ts`),
      ),
    );
  });

  it("what adapters take from the kit is exported by exportkit/provider", () => {
    const exported = importsOf("types, too").filter(({ from }) => from === "provider/index.ts");
    const modules = new Set(exported.map(({ to }) => to));
    const taken = importsOf("types, too").filter(
      ({ from, to }) => under("providers")(from) && under("provider")(to),
    );
    expect(taken.length).toBeGreaterThan(30);
    expect(taken.filter(({ to }) => !modules.has(to))).toEqual([]);
  });

  it("node: is for exportkit/node, the loopback server, and the module that sends a start", () => {
    const allowed = (path: string) =>
      under("node", "cli")(path) || /^transport\/once\/(own-connection|watched)\.ts$/.test(path);
    expect(imports.filter(({ from, to }) => to.startsWith("node:") && !allowed(from))).toEqual([]);
  });

  it("zod is for the one module that takes from it what is used, and all of that is used", () => {
    const takers = importsOf("types, too").filter(({ to }) => /^zod\b/.test(to));
    expect(new Set(takers.map(({ from }) => from))).toEqual(new Set(["zod.ts"]));
    const text = readFileSync(join(src, "zod.ts"), "utf8");
    const names = [...text.matchAll(/^ {2}(\w+),$/gm)].map(([, name]) => name);
    const all = new Set(imports.filter(({ to }) => to === "#zod").map(({ from }) => from));
    const sources = [...all].map((path) => readFileSync(join(src, path), "utf8")).join("\n");
    expect(names.length).toBeGreaterThan(20);
    expect(names.filter((name) => !new RegExp(`\\bz\\.${name}\\b`).test(sources))).toEqual([]);
  });

  it("only the modules of runtimes that need it bring something of node: along, and load it late", () => {
    const text = (name: string) => readFileSync(join(src, `transport/once/${name}.ts`), "utf8");
    const bringing = (what: string) =>
      ["bun", "default", "deno", "node"].filter((name) => text(name).includes(what));
    expect(bringing("own-connection")).toEqual(["bun", "deno"]);
    expect(bringing("watched")).toEqual(["node"]);
    const late = /once\/(bun|default|deno|node|own-connection|watched)\./;
    expect(imports.filter(({ to }) => late.test(to))).toEqual([]);
  });
});

describe("no files import each other", () => {
  /** Every file of src, with what it imports, types too. */
  const graph = new Map(
    readdirSync(src, { recursive: true, encoding: "utf8" })
      .filter((path) => path.endsWith(".ts"))
      .map((path) => {
        const text = readFileSync(join(src, path), "utf8");
        const found = [...text.matchAll(/^(?:import|export)[^;]*?from "(\.[^"]+)"/gm)];
        const paths = found.map(([, to = ""]) => relative(src, resolve(src, dirname(path), to)));
        return [path, paths.map((to) => to.replace(/\.js$/, ".ts"))] as const;
      }),
  );

  function reaches(from: string, to: string, seen = new Set<string>()): boolean {
    return (graph.get(from) ?? []).some((next) => {
      if (next === to) return true;
      if (seen.has(next)) return false;
      seen.add(next);
      return reaches(next, to, seen);
    });
  }

  it("types included", () => {
    const files = [...graph.keys()];
    expect(files.length).toBeGreaterThan(300);
    expect(files.filter((path) => reaches(path, path))).toEqual([]);
  });
});

describe("an import brings only what it needs", () => {
  /** The packages and the folders of src that end up in a bundle of one entry. */
  async function contents(entry: string, names?: string): Promise<readonly string[]> {
    const { metafile } = await build({
      ...(names === undefined
        ? { entryPoints: [join(src, entry)] }
        : { stdin: { contents: `export { ${names} } from "./${entry}"`, resolveDir: src } }),
      bundle: true,
      write: false,
      metafile: true,
      format: "esm",
      platform: "browser",
      external: ["node:*"],
      absWorkingDir: dirname(src),
    });
    const output = Object.values(metafile.outputs)[0];
    const used = Object.entries(output?.inputs ?? {}).filter(([, { bytesInOutput }]) => bytesInOutput > 0);
    return used.map(([path]) => path);
  }

  it.each([
    ["index.ts", /node_modules\/jose|records\/(zip|xlsx|gzip|gunzip)|providers|pages\/|artifact\//],
    ["providers/authgear/index.ts", /records\/(zip|xlsx|gzip|gunzip)|pages\//],
    ["providers/zephr/index.ts", /node_modules\/jose|records\/(zip|xlsx|gzip|gunzip)|artifact\//],
    ["providers/avepoint/index.ts", /pages\//],
  ])("%s", async (entry, unwanted) => {
    const paths = await contents(entry);
    expect(paths.length).toBeGreaterThan(1);
    expect(paths.filter((path) => unwanted.test(path))).toEqual([]);
  });

  it.each([
    ["csv", /records\/(zip|xlsx|gzip|gunzip|ndjson|json)/],
    ["ndjson", /records\/(zip|xlsx|gzip|gunzip|csv|json)/],
    ["gunzip", /records\/(xlsx|zip\/(?!archive-error|crc32|archive-options)|csv|ndjson)/],
    ["zip", /records\/(xlsx|csv|ndjson|gunzip)/],
    ["xlsx", /records\/(csv\b|ndjson|gunzip)/],
  ])("%s of exportkit/provider", async (name, unwanted) => {
    const paths = await contents("provider/index.ts", name);
    expect(paths.length).toBeGreaterThan(1);
    expect(paths.filter((path) => unwanted.test(path) || path.includes("node_modules"))).toEqual([]);
  });
});

describe("tests that share a process leave nothing behind", () => {
  const root = dirname(src);
  const shared = globSync([...together], { cwd: root });
  const using = (pattern: RegExp) => (path: string) => pattern.test(readFileSync(join(root, path), "utf8"));

  it("no modules and no timers are replaced", () => {
    expect(shared.length).toBeGreaterThan(200);
    expect(shared.filter(using(/\bvi\s*\.(?:mock|doMock|useFakeTimers|setSystemTime)\(/))).toEqual([]);
  });

  it("what replaces a global puts it back", () => {
    const replacing = shared.filter(using(/\bvi\s*\.(?:stubGlobal\(|stubEnv\(|spyOn\(\s*globalThis\b)/));
    expect(replacing.filter((path) => !using(/\bvi\.(?:unstubAll\w+|restoreAllMocks)\(\)/)(path))).toEqual(
      [],
    );
  });
});
