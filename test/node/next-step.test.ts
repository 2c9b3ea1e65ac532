import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { type SaveFormat, saveExport } from "exportkit/node";
import { createZephrEmulator, type Fault, type FaultRule, serveEmulator } from "exportkit/testing";
import { describe, expect, it, onTestFinished } from "vitest";
import { exportkit, servedAuthgear } from "../cli/terminal.js";
import { rejection } from "../support/outcome.js";
import { emptyFolder, serveExport } from "./served-export.js";

// Words of an interface that is not the one in use.
const CALLS =
  /onInvalid|maxBufferedBytes|checkpoint|saveExport|overwrite: true|resume: |download\(|with this job/;
const FLAGS = /--\w|same command|run again/;

const always = (on: FaultRule["on"], fault: Fault): FaultRule => ({ on, times: 99, fault });
const status = (code: number, body = ""): Fault => ({
  type: "status",
  status: code,
  body,
  headers: { "content-type": "application/x-ndjson" },
});
const tooMany: Fault = { type: "rate-limit", retryAfterMs: 86_400_000 };
const broken = '{"sub":"1"}\n{"sub":\n{"sub":"2"}\n';
const long = `{"sub":"${"x".repeat(17 * 2 ** 20)}"}\n`;

describe("an error of a save says what to do next", () => {
  // The rule, how the file is written, and what the library and the command line say.
  it.each<[string, FaultRule, SaveFormat, string, string]>([
    [
      "a file that is not there",
      always("artifact", { type: "missing" }),
      "raw",
      "start a new export, and save that one",
      "run again for a new export",
    ],
    [
      "a store that is asked too much",
      always("artifact", tooMany),
      "raw",
      "to resume, call saveExport again, not before 20",
      "to resume, run the same command again, not before 20",
    ],
    [
      "a broken record",
      always("artifact", status(200, broken)),
      "csv",
      'set onInvalid: "skip", then call saveExport again: it resumes',
      "add --skip-invalid, then run the same command again: it resumes",
    ],
    [
      "a file that ends within a record",
      always("artifact", status(200, '{"sub":"1"}\n{"su')),
      "csv",
      'To start over, call saveExport with resume: "restart"',
      "To start over, run it again and with --overwrite",
    ],
    [
      "a record that is too large",
      always("artifact", status(200, long)),
      "csv",
      "raise the client's maxBufferedBytes",
      "run again without --as",
    ],
  ])("%s", async (_, rule, format, call, command) => {
    const { client, emulator, job } = await serveExport({ users: 5, sockets: false });
    emulator.faults.add(rule);
    const path = join(await emptyFolder(), "users");
    const error = await rejection<Error>(saveExport(client, job, path, { format }));
    expect(error.message).toContain(call);
    expect(error.message).not.toMatch(FLAGS);

    const { environment } = await servedAuthgear({ users: 5, faults: [rule] });
    const out = join(await emptyFolder(), "users");
    const words = ["authgear", "format=ndjson", "--as", format, "-q", "--out"];
    const { code, stderr } = await exportkit([...words, out], environment);
    expect(code).not.toBe(0);
    expect(stderr).toContain(command);
    expect(stderr).not.toMatch(CALLS);

    if (format === "raw") return;
    const piped = await exportkit([...words, "-"], environment);
    expect(piped.stderr).toMatch(/\nexportkit: .*run again/);
    expect(piped.stderr).not.toMatch(CALLS);
  });

  it.each<[string, FaultRule, readonly string[], number, string]>([
    [
      "a start that is refused",
      always("start", status(403)),
      [],
      1,
      "put that right, then run the same command again",
    ],
    [
      "a start too many",
      always("start", tooMany),
      [],
      75,
      "to try again, run the same command again, not before 20",
    ],
    ["a start in doubt", always("start", status(500)), [], 1, "run with --restart for another one"],
    ["a poll that is refused", always("poll", status(403)), [], 1, "run the same command again: it resumes"],
    [
      "a poll too many",
      always("poll", tooMany),
      [],
      75,
      "the export is kept; to resume, run the same command again",
    ],
    [
      "a wait too long",
      always("poll", tooMany),
      ["--timeout", "0s"],
      75,
      "to resume, run the same command again",
    ],
    [
      "a vendor that is asked too much, with --restart",
      always("poll", tooMany),
      ["--restart"],
      75,
      "run the same command again without --restart",
    ],
  ])("on the command line before anything is saved: %s", async (_, rule, more, code, hint) => {
    const { environment } = await servedAuthgear({ users: 5, faults: [rule] });
    const out = join(await emptyFolder(), "users");
    const ended = await exportkit(["authgear", "format=ndjson", "-q", "--out", out, ...more], environment);
    expect(ended.code).toBe(code);
    expect(ended.stderr).toContain(`${hint}`);
    expect(ended.stderr).not.toMatch(CALLS);
  });

  it("where a page of a listing is not the one that was asked for", async () => {
    const zephr = createZephrEmulator({ keys: { access: "secret" }, users: 60 });
    const served = await serveEmulator(zephr);
    onTestFinished(() => served.close());
    zephr.faults.add({ ...always("page", status(403)), after: 2 });
    const environment = {
      ZEPHR_BASE_URL: zephr.endpoint,
      ZEPHR_ACCESS_KEY: "access",
      ZEPHR_SECRET_KEY: "secret",
    };
    const out = join(await emptyFolder(), "readers");
    const { code, stderr } = await exportkit(["zephr", "pageSize:=10", "-q", "--out", out], environment);
    expect(code).toBe(1);
    expect(stderr).toContain("Put that right, then run the same command again: it resumes");
  });

  it("where a part is nobody's: what is said throws it away", async () => {
    const { client, job } = await serveExport({ users: 5, sockets: false });
    const path = join(await emptyFolder(), "users");
    await writeFile(`${path}.part`, "somebody's");
    const { message } = await rejection<Error>(saveExport(client, job, path));
    expect(message).toContain('To throw it away, call saveExport with resume: "restart"');
    await saveExport(client, job, path, { resume: "restart" });

    const { environment } = await servedAuthgear({ users: 5 });
    const out = join(await emptyFolder(), "users");
    await writeFile(`${out}.part`, "somebody's");
    const words = ["authgear", "format=ndjson", "-q", "--out", out];
    expect((await exportkit(words, environment)).stderr).toContain("To throw it away, run with --restart");
    expect(await exportkit([...words, "--restart"], environment)).toMatchObject({ code: 0 });
  });

  it("where a file ends within a record, --overwrite downloads it from its beginning", async () => {
    const cut = status(200, `${'{"sub":"1"}\n'.repeat(2_000)}{"su`);
    const { emulator, environment, starts } = await servedAuthgear({
      users: 5,
      faults: [always("artifact", cut)],
    });
    const out = join(await emptyFolder(), "users");
    const words = ["authgear", "format=ndjson", "--as", "ndjson", "-q", "--out", out];
    expect((await exportkit(words, environment)).stderr).toContain("and with --overwrite");
    emulator.faults.clear();
    expect(await exportkit([...words, "--overwrite"], environment)).toMatchObject({ code: 0 });
    expect(starts()).toBe(1);
  });
});
