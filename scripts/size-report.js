// What each adapter costs in a bundle, with the client and every dependency: minified, gzipped, in bytes.
//
//   node scripts/size-report.js           prints the sizes beside the baseline, and fails where one is more than 2 % above it, or above its limit
//   node scripts/size-report.js --write   makes today's sizes the baseline
import { readFile, writeFile } from "node:fs/promises";
import { fileURLToPath } from "node:url";
import { gzipSync } from "node:zlib";
import { build } from "esbuild";

const KIB = 1024;
const GROWTH = 1.02;
const entries = {
  zephr: { code: adapter("zephr"), limit: 42 * KIB },
  authgear: { code: adapter("authgear"), limit: 52 * KIB },
  avepoint: { code: adapter("avepoint"), limit: 67 * KIB },
};

/** A program that makes a client for one vendor and uses every call of it. */
function adapter(name) {
  return `import { createExportClient } from "exportkit"; import { ${name} } from "exportkit/${name}";
    globalThis.start = (options) => createExportClient({ providers: { it: ${name}(options) } });`;
}

/** What loads at once; chunks behind a dynamic import are told apart, since a program pays for them only where they are needed. */
async function sizeOf(code) {
  const { outputFiles, metafile } = await build({
    stdin: { contents: code, resolveDir: root, loader: "js" },
    bundle: true,
    minify: true,
    splitting: true,
    format: "esm",
    platform: "browser",
    target: "es2022",
    external: ["node:*"],
    outdir: "out",
    write: false,
    metafile: true,
    logLevel: "error",
  });
  const gzipped = new Map(
    outputFiles.map(({ path, contents }) => [path, gzipSync(contents, { level: 9 }).byteLength]),
  );
  const outputs = Object.entries(metafile.outputs).map(([path, output]) => ({ path, ...output }));
  const reached = new Set();
  const reach = (path) => {
    if (reached.has(path)) return;
    reached.add(path);
    for (const { path: next, kind } of metafile.outputs[path]?.imports ?? [])
      if (kind === "import-statement") reach(next);
  };
  for (const { path, entryPoint } of outputs) if (entryPoint === "<stdin>") reach(path);
  let once = 0;
  let later = 0;
  for (const { path } of outputs) {
    const bytes = [...gzipped].find(([full]) => full.replaceAll("\\", "/").endsWith(path))?.[1] ?? 0;
    if (reached.has(path)) once += bytes;
    else later += bytes;
  }
  return { once, later };
}

const root = fileURLToPath(new URL("..", import.meta.url));
const file = new URL("../bench/sizes.json", import.meta.url);
const baseline = JSON.parse(await readFile(file, "utf8").catch(() => "{}"));
const sizes = {};
let failed = false;
for (const [name, { code, limit }] of Object.entries(entries)) {
  const { once, later } = await sizeOf(code);
  sizes[name] = once;
  const before = baseline[name];
  const grown = before !== undefined && once > before * GROWTH;
  failed ||= grown || once > limit;
  const change =
    before === undefined
      ? ""
      : `, ${once >= before ? "+" : ""}${(((once - before) / before) * 100).toFixed(1)} %`;
  const over = once > limit ? `: ABOVE THE LIMIT OF ${kib(limit)}` : "";
  console.log(
    `${name.padEnd(9)} ${kib(once)}${change}, ${kib(later)} more on demand${over}${grown ? ": MORE THAN 2 % UP" : ""}`,
  );
}
if (process.argv.includes("--write")) await writeFile(file, `${JSON.stringify(sizes, undefined, 2)}\n`);
else if (failed) {
  console.error(
    "a bundle has grown; where that is meant, run: node scripts/size-report.js --write (limits stay)",
  );
  process.exitCode = 1;
}

function kib(bytes) {
  return `${(bytes / KIB).toFixed(1)} KiB`;
}
