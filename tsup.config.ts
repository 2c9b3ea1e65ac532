import { defineConfig } from "tsup";

// One entry for each import path of package.json. Dependencies stay outside of the bundle, and what entries share goes
// into chunks, so that an adapter brings only what it needs.
export default defineConfig({
  entry: {
    index: "src/index.ts",
    authgear: "src/providers/authgear/index.ts",
    avepoint: "src/providers/avepoint/index.ts",
    zephr: "src/providers/zephr/index.ts",
    provider: "src/provider.ts",
    node: "src/node/index.ts",
    testing: "src/testing/index.ts",
  },
  format: ["esm", "cjs"],
  platform: "neutral",
  target: "es2022",
  dts: true,
  splitting: true,
  sourcemap: true,
  clean: true,
  // Bun and Deno know built-in modules with and without the prefix; bundlers for the edge only with it.
  removeNodeProtocol: false,
  external: [/^node:/, "msw"],
});
