import { readFileSync } from "node:fs";
import { inspect } from "node:util";
import { runInNewContext } from "node:vm";
import { build } from "esbuild";
import { ExportError, type ExportErrorCode, type ExportJob } from "exportkit";
import { afterEach, describe, expect, it, vi } from "vitest";

const job: ExportJob = {
  version: 1,
  connection: "users",
  provider: "authgear",
  id: "userexport_1",
  request: { format: "ndjson" },
  status: "failed",
  createdAt: "2026-01-01T00:00:00.000Z",
  updatedAt: "2026-01-01T00:00:00.000Z",
  polls: 1,
  retryAfterMs: 0,
};

// Every code once: the compiler sees to it that none is missing and none is made up.
const codes: { readonly [Code in ExportErrorCode]: true } = {
  CONFIG_INVALID: true,
  REQUEST_INVALID: true,
  UNAUTHORIZED: true,
  FORBIDDEN: true,
  NOT_FOUND: true,
  RATE_LIMITED: true,
  QUOTA_EXCEEDED: true,
  CONCURRENCY_LIMIT: true,
  EXPORT_DISABLED: true,
  PROVIDER_UNAVAILABLE: true,
  RESPONSE_INVALID: true,
  NETWORK: true,
  START_OUTCOME_UNKNOWN: true,
  EXPORT_FAILED: true,
  EXPORT_EXPIRED: true,
  JOB_INVALID: true,
  JOB_NOT_READY: true,
  ARTIFACT_MISSING: true,
  ARTIFACT_CHANGED: true,
  INTEGRITY: true,
  DOWNLOAD_STALLED: true,
  DECODE_FAILED: true,
  RECORD_INVALID: true,
  LIMIT_EXCEEDED: true,
  TIMEOUT: true,
  NOT_SUPPORTED: true,
  ALREADY_CONSUMED: true,
};

describe("ExportError", () => {
  it("keeps its name in stacks and logs where a bundler has shortened that of the class", async () => {
    const { outputFiles } = await build({
      stdin: {
        contents: `import { ExportError } from "./src/model/errors.ts"; export default new ExportError("NETWORK", "lost");`,
        resolveDir: ".",
      },
      bundle: true,
      minify: true,
      write: false,
      format: "iife",
      globalName: "made",
    });
    const { default: error } = runInNewContext(`${outputFiles[0]?.text};made`);
    expect(error.constructor.name).toBe("ExportError");
    expect(error.stack).toMatch(/^ExportError: lost\n/);
    expect(inspect(error)).toMatch(/^ExportError: lost\n/);
    expect(Object.keys(error)).toContain("name");
  });

  it("is an error with a code and a stack of where it was made", () => {
    const error = new ExportError("NETWORK", "no connection");
    expect(error).toBeInstanceOf(Error);
    expect(error).toMatchObject({
      name: "ExportError",
      code: "NETWORK",
      message: "no connection",
      retryable: false,
    });
    expect(error.stack).toContain("error.test.ts");
    expect(String(error)).toBe("ExportError: no connection");
  });

  it("has only the properties it was given", () => {
    const bare = new ExportError("TIMEOUT", "too slow");
    expect(Object.keys(bare).sort()).toEqual(["code", "name", "retryable"]);
    expect("cause" in bare).toBe(false);
    const undefinedOnes = new ExportError("TIMEOUT", "too slow", {
      job: undefined,
      cause: undefined,
      retryAt: undefined,
    });
    expect(Object.keys(undefinedOnes).sort()).toEqual(["code", "name", "retryable"]);
  });

  it("has a table of all its codes in its documentation", () => {
    const source = readFileSync(new URL("../../src/model/error-codes.ts", import.meta.url), "utf8");
    const table = source.slice(0, source.indexOf("export type ExportErrorCode"));
    for (const code of Object.keys(codes)) expect(table).toContain(`\`${code}\``);
    expect(Object.keys(codes)).toHaveLength(27);
  });

  it("makes plain data of everything but the stack", () => {
    const cause = Object.assign(new TypeError("fetch failed"), { code: "ECONNRESET" });
    const error = new ExportError("RATE_LIMITED", "slow down", {
      retryable: true,
      retryAt: new Date(0),
      provider: "authgear",
      connection: "users",
      operation: "poll",
      status: 429,
      requestId: "r-1",
      job,
      details: { bucket: "export" },
      cause,
    });
    const plain = {
      name: "ExportError",
      code: "RATE_LIMITED",
      message: "slow down",
      retryable: true,
      retryAt: "1970-01-01T00:00:00.000Z",
      provider: "authgear",
      connection: "users",
      operation: "poll",
      status: 429,
      requestId: "r-1",
      details: { bucket: "export" },
      job,
      cause: { name: "TypeError", message: "fetch failed", code: "ECONNRESET" },
    };
    expect(error.toJSON()).toEqual(plain);
    expect(JSON.parse(JSON.stringify(error))).toEqual(plain);
    expect(inspect(error)).toContain("fetch failed");
  });

  it("tells a cause of its own kind as fully as itself", () => {
    const cause = new ExportError("NETWORK", "connection lost", { retryable: true });
    const error = new ExportError("START_OUTCOME_UNKNOWN", "perhaps", { cause });
    expect(error.toJSON()).toMatchObject({
      cause: { name: "ExportError", code: "NETWORK", message: "connection lost", retryable: true },
    });
  });
});

describe("ExportError.isInstance", () => {
  afterEach(() => vi.resetModules());

  it("knows errors of another copy of the package, which instanceof does not", async () => {
    vi.resetModules();
    const { ExportError: Other } = await import("../../src/model/errors.js");
    const foreign = new Other("NETWORK", "lost");
    expect(Other).not.toBe(ExportError);
    expect(foreign).not.toBeInstanceOf(ExportError);
    expect(ExportError.isInstance(foreign)).toBe(true);
    expect(Other.isInstance(new ExportError("NETWORK", "lost"))).toBe(true);
  });

  it.each([
    undefined,
    null,
    "ExportError",
    42,
    {},
    [],
    new Error("no"),
    new DOMException("aborted", "AbortError"),
    { name: "ExportError", code: "NETWORK", message: "alike" },
    JSON.parse(JSON.stringify(new ExportError("NETWORK", "lost"))),
  ])("refuses %o", (value) => {
    expect(ExportError.isInstance(value)).toBe(false);
  });

  it("leaves no trace in what is listed or copied", () => {
    const error = new ExportError("NETWORK", "lost");
    expect(Reflect.ownKeys({ ...error }).some((key) => typeof key === "symbol")).toBe(false);
  });
});
