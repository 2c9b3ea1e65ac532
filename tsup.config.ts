import { execFileSync } from "node:child_process";
import { rmSync, writeFileSync } from "node:fs";
import { basename } from "node:path";
import { transform } from "esbuild";
import { defineConfig, type Options } from "tsup";

type Plugin = NonNullable<Options["plugins"]>[number];

// One entry for each import path of package.json. What entries share goes into chunks, so that an adapter brings only what
// it needs.
const entry = {
  index: "src/index.ts",
  authgear: "src/providers/authgear/index.ts",
  avepoint: "src/providers/avepoint/index.ts",
  zephr: "src/providers/zephr/index.ts",
  provider: "src/provider/index.ts",
  durable: "src/durable/index.ts",
  node: "src/node/index.ts",
  testing: "src/testing/index.ts",
  conformance: "src/conformance/index.ts",
  "object-store": "src/object-store/index.ts",
  otel: "src/otel/index.ts",
  postgres: "src/postgres/index.ts",
};

// What `#once` is on each runtime, chosen by the `imports` of package.json.
const once = {
  "once-bun": "src/transport/once/bun.ts",
  "once-default": "src/transport/once/default.ts",
  "once-deno": "src/transport/once/deno.ts",
  "once-node": "src/transport/once/node.ts",
};

// What `#zod` is on Node: no more of zod than is used.
const zod = { zod: "src/zod.ts" };

// Modules only: Node before 22.12, Jest and other loaders of CommonJS cannot require them.
const MODULES_ONLY = ["jose", "ky", "p-retry"];

// Nobody steps through an emulator, nor through zod; their maps would be the largest files of the package.
const withoutMap: Plugin = {
  name: "without-map",
  renderChunk(_, info) {
    if (info.type === "chunk" && /"\.\.\/(src\/testing|node_modules\/zod)\//.test(`${info.map}`))
      info.map = null;
  },
};

// ES modules as CommonJS, chunk by chunk. tsup's own conversion would rewrite classes for old engines, which lose their
// names, and leave this machine's paths in the source maps.
const asCommonJs: Plugin = {
  name: "as-common-js",
  async renderChunk(code, info) {
    if (info.type !== "chunk") return;
    const map = Buffer.from(`${info.map ?? "{}"}`).toString("base64");
    const converted = await transform(`${code}\n//# sourceMappingURL=data:application/json;base64,${map}`, {
      format: "cjs",
      platform: "node",
      target: "es2022",
      // As `require`: Jest runs no `import()`.
      supported: { "dynamic-import": false },
      sourcefile: basename(info.path),
      sourcemap: "external",
    });
    info.map &&= converted.map;
    return { code: converted.code };
  },
};

const common: Options = {
  format: "esm",
  target: "es2022",
  sourcemap: true,
  // Bun and Deno know built-in modules with and without the prefix; bundlers for the edge only with it.
  removeNodeProtocol: false,
};

// Built together with the modules, so that it shares the code that saves files with exportkit/node. All else it takes from
// the package by its name, like any other user. In pieces: each command loads what it needs, so that help and completions
// come at once.
const commandLine = { cli: "src/cli/main.ts" };

const library: Options = {
  ...common,
  entry: { ...entry, ...once, ...zod, ...commandLine },
  platform: "neutral",
  splitting: true,
  external: [/^node:/, /^exportkit/, "#once", "#zod", "msw", "@opentelemetry/api"],
  noExternal: ["zod"],
  plugins: [withoutMap],
};

// The manual page is made of the same tables as the help, by pieces of the command line that load nothing else.
async function writeManual() {
  writeFileSync("dist/exportkit.1", execFileSync(process.execPath, ["dist/cli.js", "man"]));
}

const commonJs: Options = {
  ...library,
  entry: { ...entry, ...once, ...zod },
  outExtension: () => ({ js: ".cjs" }),
  noExternal: ["zod", ...MODULES_ONLY],
  plugins: [withoutMap, asCommonJs],
};

// The examples that run by themselves, as modules that Node runs from node_modules, too: it strips no types there.
const RUNNABLE = [
  "authgear",
  "avepoint",
  "zephr",
  "resume",
  "cron",
  "custom-provider",
  "next-route",
  "serve",
  "worker-local",
];

const examples: Options = {
  ...common,
  entry: RUNNABLE.map((name) => `examples/${name}.ts`),
  outDir: "dist/examples",
  platform: "node",
  target: "node22",
  splitting: true,
  sourcemap: false,
  external: [/^exportkit/],
};

const types: Options = { entry, format: ["esm", "cjs"], platform: "neutral", dts: { only: true } };

export default defineConfig(({ dts }) => {
  // Once for all of them, since they are built at the same time.
  rmSync("dist", { recursive: true, force: true });
  return [{ ...library, onSuccess: writeManual }, commonJs, examples, ...(dts === false ? [] : [types])];
});
