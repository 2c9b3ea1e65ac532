import { fileURLToPath } from "node:url";
import { defineConfig } from "vitest/config";

const source = (path: string) => fileURLToPath(new URL(`./src/${path}`, import.meta.url));

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
      { find: /^exportkit$/, replacement: source("index.ts") },
    ],
  },
  test: {
    include: ["test/**/*.test.ts"],
    testTimeout: 30_000,
    // Every core: much of the time goes into waiting for sockets and children.
    maxWorkers: "100%",
  },
});
