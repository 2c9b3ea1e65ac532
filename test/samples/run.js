// Compiles every sample of the documentation as a user's project would, against the built types and a client of three
// connections: `npm run test:samples`. Names of compilers, such as typescript5.4, run only those.
import { execFileSync } from "node:child_process";
import {
  copyFileSync,
  existsSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { npm, root } from "../../scripts/pack.js";
import { samplesIn } from "./samples.js";

const tools = fileURLToPath(new URL(".", import.meta.url));
const lock = join(tools, "package-lock.json");
const installed = join(tools, "node_modules/.package-lock.json");
if (!existsSync(installed) || statSync(installed).mtimeMs < statSync(lock).mtimeMs)
  npm(["ci", "--silent", "--no-audit", "--no-fund"], tools);

/** Every compiler with the libraries that projects have: a browser's, Workers' and Node's. */
const NODE = join(root, "node_modules/@types/node/index.d.ts");
const WORKERS = join(tools, "node_modules/@cloudflare/workers-types/index.d.ts");
const projects = [
  ["typescript5.4", "dom", ["es2022", "dom", "dom.iterable", "esnext.disposable"], []],
  ["typescript5.4", "workers", ["es2022"], [WORKERS]],
  ["typescript5", "node", ["es2022"], [NODE]],
  ["typescript5", "workers", ["es2022"], [WORKERS]],
  ["typescript6", "workers", ["es2022"], [WORKERS]],
  ["typescript6", "node", ["es2024", "esnext.disposable"], [NODE]],
];

// Of other packages, of whatever version and types, everything is any.
const others = [
  "@aws-sdk/client-s3",
  "@dbos-inc/dbos-sdk",
  "@restatedev/restate-sdk",
  "msw",
  "msw/node",
  "pg",
  "pino",
  "undici",
  "vitest",
  "zod",
];

const manifest = JSON.parse(readFileSync(join(root, "package.json"), "utf8"));
const app = mkdtempSync(join(tmpdir(), "exportkit-samples-"));
const wanted = process.argv.slice(2);
const samples = samplesIn(root);
let failed = 0;
try {
  copyFileSync(join(tools, "names.d.ts"), join(app, "names.d.ts"));
  const stubs = join(app, "packages.d.ts");
  const files = samples.map(({ code }, index) => {
    const file = join(app, `sample-${index}.ts`);
    writeFileSync(file, code);
    return file;
  });
  // Whether a sample shows it or not.
  const paths = Object.keys(manifest.exports).filter((path) => path !== "./package.json");
  const every = join(app, "every-path.ts");
  writeFileSync(
    every,
    paths.map((path, index) => `export * as path${index} from "exportkit${path.slice(1)}";\n`).join(""),
  );
  for (const [compiler, types, lib, more] of projects) {
    if (wanted.length > 0 && !wanted.includes(compiler)) continue;
    const compilerOptions = {
      strict: true,
      exactOptionalPropertyTypes: true,
      noUncheckedIndexedAccess: true,
      skipLibCheck: false,
      noEmit: true,
      target: "es2022",
      module: "esnext",
      moduleResolution: "bundler",
      lib,
      types: [],
      paths: {
        exportkit: [join(root, "dist/index.d.ts")],
        "exportkit/*": [join(root, "dist/*.d.ts")],
      },
    };
    const foreign = types === "node" ? others : [...others, "node:fs/promises"];
    writeFileSync(stubs, foreign.map((name) => `declare module "${name}";\n`).join(""));
    // What only newer libraries have.
    const canDispose = lib.includes("esnext.disposable") || types === "node";
    const compiled = files.filter((_, index) => canDispose || !samples[index].code.includes("await using"));
    const all = [stubs, every, ...more, ...compiled];
    writeFileSync(join(app, "tsconfig.json"), JSON.stringify({ compilerOptions, files: all }));
    const startedAt = Date.now();
    const found = compile(join(tools, "node_modules", compiler, "bin/tsc"));
    failed += found.length;
    console.log(
      `${compiler} with the types of ${types}: ${paths.length} import paths, ${compiled.length} samples, ${Date.now() - startedAt} ms`,
    );
    for (const line of found) console.error(`  ${line}`);
  }
} finally {
  rmSync(app, { recursive: true, force: true });
}
process.exitCode = failed === 0 ? 0 : 1;

/** What a compiler finds wrong, each by the page or source it stands in. */
function compile(tsc) {
  try {
    execFileSync(process.execPath, [tsc, "-p", app, "--pretty", "false"], {
      encoding: "utf8",
      stdio: "pipe",
    });
    return [];
  } catch (error) {
    // Parameters of functions that go to another package's stub have no types.
    const lines = String(error.stdout)
      .trim()
      .split("\n")
      .filter((line) => !/ TS70(?:06|31): /.test(line));
    return lines.map((line) =>
      line.replace(/^.*?sample-(\d+)\.ts\((\d+),/, (_, index, at) => {
        const [, path, first] = /^(.*):(\d+)$/.exec(samples[Number(index)].name);
        return `${path}:${Number(first) + Number(at) - 2} (`;
      }),
    );
  }
}
