import { readFile, stat, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { createAvepointEmulator, serveEmulator } from "exportkit/testing";
import { describe, expect, it, onTestFinished } from "vitest";
import { emptyFolder, filesIn } from "../node/served-export.js";
import { exportkit, servedAuthgear, servedZephr, token } from "./terminal.js";

describe("exportkit VENDOR --out FILE", () => {
  it("starts, waits, saves, tells, and leaves nothing beside the file", async () => {
    const { environment, reference, starts } = await servedAuthgear();
    const folder = await emptyFolder();
    const out = join(folder, "users.ndjson");
    const { code, stdout, stderr } = await exportkit(
      ["authgear", "format=ndjson", "--out", out],
      environment,
    );
    expect(code).toBe(0);
    expect((await readFile(out)).equals(await reference())).toBe(true);
    expect((await stat(out)).mode & 0o777).toBe(0o600);
    expect(Object.keys(await filesIn(folder))).toEqual(["users.ndjson"]);
    expect(stdout.toString()).toMatch(/users\.ndjson: \d+ bytes, .*SHA-256 [0-9a-f]{64}\n$/);
    expect(stderr).toMatch(/^the file is export \S+, started \S+\n$/);
    expect(starts()).toBe(1);
  });

  it("prints the result as JSON, and no progress, where asked to", async () => {
    const { environment } = await servedAuthgear();
    const out = join(await emptyFolder(), "users.csv");
    const words = [
      "authgear",
      "format=ndjson",
      "-o",
      out,
      "--as",
      "csv",
      "--columns",
      "sub,email",
      "--json",
      "-q",
    ];
    const { code, stdout, stderr } = await exportkit(words, environment);
    expect(code).toBe(0);
    expect(stderr).toBe("");
    expect(JSON.parse(stdout.toString())).toMatchObject({ path: out, records: 300, resumed: false });
    expect((await readFile(out, "utf8")).split("\n")[0]).toMatch(/^sub,email\r?$/);
  });

  it("writes CSV as asked, and names the columns that no record filled", async () => {
    const { environment } = await servedAuthgear();
    const folder = await emptyFolder();
    const words = [
      "authgear",
      "format=ndjson",
      "--as",
      "csv",
      "--columns",
      "sub=Id,e-mail",
      "--delimiter",
      ";",
    ];
    const out = join(folder, "users.csv");
    const saved = await exportkit([...words, "-o", out, "--json"], environment);
    expect(saved.stderr).toMatch(/^no record has a value in e-mail/m);
    expect(JSON.parse(saved.stdout.toString())).toMatchObject({ emptyColumns: ["e-mail"] });
    expect(await readFile(out, "utf8")).toMatch(/^Id;e-mail\n[^;]+;\n/);
    const piped = await exportkit([...words, "-o", "-"], environment);
    expect(piped.stderr).toMatch(/^no record has a value in e-mail/m);
    expect(piped.stdout.toString()).toMatch(/^Id;e-mail\n/);
  });

  it("saves reports of AvePoint and readers of Zephr", async () => {
    const folder = await emptyFolder();
    const avepoint = createAvepointEmulator({
      clients: [{ clientId: "client", clientSecret: "client-secret" }],
      rows: 50,
    });
    const served = await serveEmulator(avepoint);
    onTestFinished(() => served.close());
    const zephr = await servedZephr(40);
    const report = await exportkit(
      [
        "avepoint",
        "report=userAccess",
        "email=ada@contoso.com",
        'dataSources:=["OneDrive"]',
        "-o",
        join(folder, "a.zip"),
      ],
      {
        AVEPOINT_BASE_URL: avepoint.endpoint,
        AVEPOINT_TOKEN_URL: `${avepoint.origins.identity}/connect/token`,
        AVEPOINT_CLIENT_ID: "client",
        AVEPOINT_CLIENT_SECRET: "client-secret",
      },
    );
    expect(report).toMatchObject({ code: 0 });
    expect((await readFile(join(folder, "a.zip"))).subarray(0, 2).toString()).toBe("PK");
    const readers = await exportkit(
      ["zephr", "grants:=true", "-o", join(folder, "readers.ndjson"), "--as", "ndjson"],
      zephr.environment,
    );
    expect(readers).toMatchObject({ code: 0 });
    expect((await readFile(join(folder, "readers.ndjson"), "utf8")).trimEnd().split("\n")).toHaveLength(40);
  });

  it("writes to the standard output with --out -, and talks on the other one", async () => {
    const { environment, reference } = await servedAuthgear({ chunkBytes: 4_096 });
    const { code, stdout, stderr } = await exportkit(
      ["authgear", "format=ndjson", "--out", "-"],
      environment,
    );
    expect(code).toBe(0);
    expect(stdout.equals(await reference())).toBe(true);
    expect(stderr).toMatch(/written: \d+ bytes/);
  });

  it("gives up waiting with 75, and resumes the same export when run again", async () => {
    const { emulator, environment, starts } = await servedAuthgear({ pendingPolls: 2 });
    const out = join(await emptyFolder(), "users.ndjson");
    const words = ["authgear", "format=ndjson", "--out", out];
    const first = await exportkit([...words, "--timeout", "0s"], environment);
    expect(first.code).toBe(75);
    expect(first.stderr).toContain("TIMEOUT");
    const stored = await readFile(`${out}.job.json`, "utf8");
    expect(stored).not.toContain(token);
    expect((await stat(`${out}.job.json`)).mode & 0o777).toBe(0o600);
    // Without fields, too: the file knows them.
    const second = await exportkit(["authgear", "--out", out], environment);
    expect(second.code).toBe(0);
    expect(second.stderr).toContain(`resuming export ${emulator.tasks[0]?.id}`);
    expect(starts()).toBe(1);
  });

  it("resumes with the bytes of a run that broke off", async () => {
    const { emulator, environment, reference, starts } = await servedAuthgear({ users: 2_000 });
    const out = join(await emptyFolder(), "users.ndjson");
    const words = ["authgear", "format=ndjson", "--out", out, "--json"];
    emulator.faults.add({ on: "artifact", fault: { type: "drop", afterBytes: 700_000 } });
    emulator.faults.add({ on: "artifact", times: 9, fault: { type: "status", status: 403 } });
    const first = await exportkit(words, environment);
    expect(first.code).not.toBe(0);
    expect(emulator.faults.fired.length).toBeGreaterThan(1);
    emulator.faults.clear();
    const second = await exportkit(words, environment);
    expect(second).toMatchObject({ code: 0 });
    expect(JSON.parse(second.stdout.toString())).toMatchObject({ resumed: true });
    expect((await readFile(out)).equals(await reference())).toBe(true);
    expect(starts()).toBe(1);
  });

  it("starts a new export with --restart, and not for another request without it", async () => {
    const { environment, starts } = await servedAuthgear({ pendingPolls: 9 });
    const out = join(await emptyFolder(), "users");
    const gaveUp = ["--out", out, "--timeout", "0s"];
    await exportkit(["authgear", "format=ndjson", ...gaveUp], environment);
    const other = await exportkit(["authgear", "format=csv", ...gaveUp], environment);
    expect(other.code).toBe(2);
    expect(other.stderr).toMatch(/another request; run with the same fields.*--restart/);
    expect(starts()).toBe(1);
    expect((await exportkit(["authgear", "format=csv", ...gaveUp, "--restart"], environment)).code).toBe(75);
    expect(starts()).toBe(2);
  });

  it.each([["half a js"], ["[]"], ['{"request":{}}'], ["null"]])(
    "refuses a damaged job file: %s",
    async (text) => {
      const { environment, starts } = await servedAuthgear();
      const out = join(await emptyFolder(), "users");
      await writeFile(`${out}.job.json`, text);
      const { code, stderr } = await exportkit(["authgear", "format=ndjson", "--out", out], environment);
      expect(code).toBe(2);
      expect(stderr).toMatch(/is damaged; run again with --restart/);
      expect(starts()).toBe(0);
    },
  );

  it("refuses the job of another vendor", async () => {
    const { environment } = await servedAuthgear({ pendingPolls: 9 });
    const out = join(await emptyFolder(), "users");
    await exportkit(["authgear", "format=ndjson", "--out", out, "--timeout", "0s"], environment);
    const { code, stderr } = await exportkit(["zephr", "--out", out], {
      ZEPHR_TENANT_ID: "news",
      ZEPHR_ACCESS_KEY: "a",
      ZEPHR_SECRET_KEY: "b",
    });
    expect(code).toBe(2);
    expect(stderr).toMatch(/JOB_INVALID.*\n.*--restart/);
  });

  it("tells a failed export, wrong fields and wrong credentials apart by the exit code", async () => {
    const { environment } = await servedAuthgear();
    const out = join(await emptyFolder(), "users");
    const field = await exportkit(["authgear", "format=xml", "--out", out], environment);
    expect(field).toMatchObject({ code: 2 });
    expect(field.stderr).toMatch(/REQUEST_INVALID.*format/);
    const wrong = await exportkit(["authgear", "format=ndjson", "--out", out, "--json"], {
      ...environment,
      AUTHGEAR_TOKEN: "another-secret-token",
    });
    expect(wrong).toMatchObject({ code: 1 });
    expect(JSON.parse(wrong.stderr.split("\n").at(-2) ?? "")).toMatchObject({ code: "FORBIDDEN" });
    expect(wrong.stderr).not.toContain("another-secret-token");
  });

  it("keeps an existing file unless told to overwrite it", async () => {
    const { environment, reference, starts } = await servedAuthgear();
    const out = join(await emptyFolder(), "users");
    await writeFile(out, "precious");
    const words = ["authgear", "format=ndjson", "--out", out];
    const kept = await exportkit(words, environment);
    expect(kept).toMatchObject({ code: 2 });
    expect(kept.stderr).toContain("exists already");
    // An export that cannot be saved is not paid for.
    expect(starts()).toBe(0);
    expect(await readFile(out, "utf8")).toBe("precious");
    expect(await exportkit([...words, "--overwrite"], environment)).toMatchObject({ code: 0 });
    expect((await readFile(out)).equals(await reference())).toBe(true);
  });

  it("shows requests with --verbose, and no secret", async () => {
    const { environment } = await servedAuthgear();
    const out = join(await emptyFolder(), "users");
    const { stderr } = await exportkit(["authgear", "format=ndjson", "--out", out, "-v"], environment);
    expect(stderr).toMatch(/request operation=artifact method=GET url=http:\/\/127\.0\.0\.1:\d+ status=200/);
    expect(stderr).not.toContain(token);
    expect(stderr).not.toMatch(/X-Amz-Signature/i);
  });

  it("starts nothing where the job could not be stored", async () => {
    const { environment, starts } = await servedAuthgear();
    const out = join(await emptyFolder(), "missing", "users");
    const { code, stderr } = await exportkit(["authgear", "format=ndjson", "--out", out], environment);
    expect(code).toBe(2);
    expect(stderr).toContain("missing");
    expect(starts()).toBe(0);
  });

  it("does not start twice where nobody knows whether the first start took effect", async () => {
    const { emulator, environment, starts } = await servedAuthgear();
    const out = join(await emptyFolder(), "users");
    const words = ["authgear", "format=ndjson", "--out", out];
    emulator.faults.add({ on: "start", fault: { type: "reset", effect: true } });
    for (const _ of ["first", "second"]) {
      const { code, stderr } = await exportkit(words, environment);
      expect(code).toBe(1);
      expect(stderr).toMatch(/START_OUTCOME_UNKNOWN.*console/);
      expect(starts()).toBe(1);
    }
    expect(await exportkit([...words, "--restart"], environment)).toMatchObject({ code: 0 });
    expect(starts()).toBe(2);
  });

  it("may start again where the first start was refused", async () => {
    const { emulator, environment, starts } = await servedAuthgear();
    const folder = await emptyFolder();
    const words = ["authgear", "format=ndjson", "--out", join(folder, "users")];
    emulator.faults.add({ on: "start", fault: { type: "status", status: 403 } });
    expect(await exportkit(words, environment)).toMatchObject({ code: 1 });
    expect(Object.keys(await filesIn(folder))).toEqual([]);
    expect(await exportkit(words, environment)).toMatchObject({ code: 0 });
    expect(starts()).toBe(2);
  });
});
