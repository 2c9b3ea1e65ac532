import { defineConfig } from "tsup";

export default defineConfig({
  entry: {
    index: "src/index.ts",
    authgear: "src/providers/authgear/index.ts",
    provider: "src/provider.ts",
    testing: "src/testing/index.ts",
    node: "src/node/index.ts",
  },
  format: ["esm", "cjs"],
  platform: "neutral",
  target: "es2022",
  // esbuild keeps the syntax of the target; `using` and decorators are not used in the sources.
  dts: true,
  splitting: true,
  sourcemap: true,
  clean: true,
  external: [/^node:/, "msw"],
});
