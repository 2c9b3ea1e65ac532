import { defineConfig } from "tsup";

// One entry for each import path of package.json. Dependencies stay outside of the bundle, and what entries share goes
// into chunks, so that an adapter brings only what it needs.
const entry = {
  index: "src/index.ts",
  authgear: "src/providers/authgear/index.ts",
  avepoint: "src/providers/avepoint/index.ts",
  zephr: "src/providers/zephr/index.ts",
  provider: "src/provider/index.ts",
  node: "src/node/index.ts",
  testing: "src/testing/index.ts",
  conformance: "src/conformance/index.ts",
  "object-store": "src/object-store/index.ts",
};

// What `#once` is on each runtime, chosen by the `imports` of package.json.
const once = {
  "once-bun": "src/transport/once/bun.ts",
  "once-default": "src/transport/once/default.ts",
  "once-deno": "src/transport/once/deno.ts",
  "once-node": "src/transport/once/node.ts",
};

const library = defineConfig({
  entry: { ...entry, ...once },
  format: ["esm", "cjs"],
  platform: "neutral",
  target: "es2022",
  dts: { entry },
  splitting: true,
  sourcemap: true,
  // Both configurations are built at the same time, and one must not sweep away what the other has made.
  clean: ["**/*", "!cli.*"],
  // Bun and Deno know built-in modules with and without the prefix; bundlers for the edge only with it.
  removeNodeProtocol: false,
  external: [/^node:/, "#once", "msw"],
});

// The command line is a user of the package like any other, and imports it by its name.
const commandLine = defineConfig({
  entry: { cli: "src/cli/main.ts" },
  format: ["esm"],
  platform: "node",
  target: "es2022",
  sourcemap: true,
  removeNodeProtocol: false,
  external: [/^exportkit/],
});

export default [library, commandLine];
