import { fileURLToPath } from "node:url";
import { defineConfig } from "vitest/config";

const source = (path: string) => fileURLToPath(new URL(`./src/${path}`, import.meta.url));

// Tests that leave nothing behind: no globals, replaced modules, fake timers or listeners. They run one after the other in
// processes that load the sources once, which takes a third of the time. All others, new folders among them, get a process for
// each file.
export const together = [
  "artifact/**/*",
  "budget/**/*",
  "cases/**/*",
  "cli/**/!(vendor-help)",
  "client/**/*",
  "conformance/**/*",
  "docs/**/*",
  "download/**/!(many-at-once)",
  "durable/**/*",
  "errors/**/*",
  "exact/**/*",
  "examples/**/*",
  "faults/**/*",
  "fuzz/**/*",
  "jobs/**/*",
  "model/**/*",
  "node/**/!(crash-points|disk|file-errors|lease|lock|takeover)",
  "object-store/**/!(r2)",
  "pages/**/*",
  "providers/**/*",
  "records/**/*",
  "security/**/!(polluted|prototypes)",
  "testing/**/*",
  "transport/**/!(answer-text|behind-proxy|clock|left-packed|own-connection|start-unsent)",
].map((files) => `test/${files}.test.ts`);

// Tests import the package by its public names, resolved to the sources.
export default defineConfig({
  resolve: {
    alias: [
      { find: /^exportkit\/(authgear|avepoint|zephr)$/, replacement: source("providers/$1/index.ts") },
      {
        find: /^exportkit\/(testing|node|conformance|provider|durable|postgres|object-store|otel)$/,
        replacement: source("$1/index.ts"),
      },
      { find: "#once", replacement: source("transport/once/node.ts") },
      { find: "#zod", replacement: source("zod.ts") },
      { find: /^exportkit$/, replacement: source("index.ts") },
    ],
  },
  test: {
    projects: [
      { extends: true, test: { name: "together", include: together, isolate: false } },
      {
        extends: true,
        test: { name: "apart", include: ["test/**/*.test.ts"], exclude: [...together, "**/node_modules/**"] },
      },
    ],
    testTimeout: 30_000,
    // Every core: much of the time goes into waiting for sockets and children.
    maxWorkers: "100%",
  },
});
