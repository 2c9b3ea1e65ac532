import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { ExportError } from "exportkit";
import { describe, expect, it } from "vitest";
import { readCommand } from "../../src/cli/command.js";
import { describeFailure, failureText } from "../../src/cli/failure.js";
import { emptyFolder } from "../node/served-export.js";
import { abortAt, exportkit, servedAuthgear } from "./terminal.js";

describe("with --json", () => {
  it("a wrong command line is told as one JSON object", async () => {
    const { code, stderr } = await exportkit(["authgear", "--json"]);
    expect(code).toBe(2);
    expect(JSON.parse(stderr)).toMatchObject({
      code: "USAGE",
      message: expect.stringContaining("--out FILE"),
    });
  });

  it("an interruption is told as one JSON object", async () => {
    const { emulator, environment } = await servedAuthgear();
    const out = join(await emptyFolder(), "users");
    const words = ["authgear", "format=ndjson", "--out", out, "--json", "-q"];
    const { code, stderr } = await exportkit(words, environment, abortAt(emulator, "poll"));
    expect(code).toBe(130);
    expect(JSON.parse(stderr)).toEqual({
      code: "INTERRUPTED",
      message: "interrupted",
      hint: "run the same command again to resume",
    });
  });

  it("an error has nothing that steers a terminal", () => {
    const failure = { exitCode: 1, code: "X", message: "a\u009b2Jb", facts: { job: { id: "\u009b2J" } } };
    const text = failureText(failure, true);
    expect(text).not.toContain("\u009b");
    expect(JSON.parse(text)).toMatchObject({ message: "a 2Jb" });
  });
});

describe("with --out -", () => {
  it("an interruption is no promise to resume", async () => {
    const { emulator, environment } = await servedAuthgear();
    const words = ["authgear", "format=ndjson", "--out", "-"];
    const { code, stderr } = await exportkit(words, environment, abortAt(emulator, "poll"));
    expect(code).toBe(1);
    expect(stderr).toMatch(/interrupted\nexportkit: .*cannot be resumed: run again for a new export\n$/);
  });

  it("an interruption while bytes go out is one too", async () => {
    const { emulator, environment } = await servedAuthgear({ users: 5_000 });
    const words = ["authgear", "format=ndjson", "--out", "-"];
    const { code, stderr } = await exportkit(words, environment, abortAt(emulator, "artifact"));
    expect(code).toBe(1);
    expect(stderr).toContain("interrupted\n");
  });

  it.each([
    ["-", 1, "to try again, run again for a new export"],
    ["users", 75, "the export is kept; to resume, run the same command again"],
  ])("a timeout is final: %s", (out, exitCode, hint) => {
    const command = readCommand(["authgear", "--out", out]);
    if (command.kind !== "export") throw new Error("it is an export");
    const error = new ExportError("TIMEOUT", "too late", { retryable: true });
    const run = { command, started: true, signal: new AbortController().signal };
    const failure = describeFailure(error, run);
    expect(failure).toMatchObject({ exitCode, hint });
  });
});

describe("what is wrong with the path", () => {
  it.each([["missing/users"], ["a-file/users"]])("is said in words: %s", async (path) => {
    const { environment, starts } = await servedAuthgear();
    const folder = await emptyFolder();
    await writeFile(join(folder, "a-file"), "");
    const words = ["authgear", "format=ndjson", "--out", join(folder, path)];
    const { code, stderr } = await exportkit(words, environment);
    expect(code).toBe(2);
    expect(stderr).toMatch(
      /CONFIG_INVALID: cannot save to .*: (the folder does not exist|a part of the path)/,
    );
    expect(starts()).toBe(0);
  });

  it("is found before anything is started where it is a folder", async () => {
    const { environment, starts } = await servedAuthgear();
    const words = ["authgear", "format=ndjson", "--overwrite", "--out", await emptyFolder()];
    const { code, stderr } = await exportkit(words, environment);
    expect(code).toBe(2);
    expect(stderr).toContain("is a folder, and is not replaced: choose another path with --out");
    expect(starts()).toBe(0);
  });
});

describe("a credential of the wrong form", () => {
  it.each([
    ["authgear", { AUTHGEAR_ENDPOINT: "myapp", AUTHGEAR_TOKEN: "t" }, "AUTHGEAR_ENDPOINT"],
    [
      "avepoint",
      {
        AVEPOINT_DATA_CENTER: "us",
        AVEPOINT_CLIENT_ID: "app",
        AVEPOINT_PRIVATE_KEY: "not a key",
        AVEPOINT_THUMBPRINT: "0123456789abcdef0123456789abcdef01234567",
      },
      "AVEPOINT_PRIVATE_KEY",
    ],
  ])("of %s is named by its variable", async (vendor, environment, variable) => {
    const request = vendor === "authgear" ? "format=ndjson" : "report=sitePermissions";
    const words = [vendor, request, "--out", join(await emptyFolder(), "x")];
    const { code, stderr } = await exportkit(words, environment as never);
    expect(code).toBe(2);
    expect(stderr).toContain(`(in the environment: ${variable})`);
  });
});
