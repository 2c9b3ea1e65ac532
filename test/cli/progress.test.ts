import { join } from "node:path";
import type { ExportJob } from "exportkit";
import { describe, expect, it } from "vitest";
import { createProgress } from "../../src/cli/progress.js";
import { emptyFolder } from "../node/served-export.js";
import { exportkit, servedAuthgear } from "./terminal.js";

const MB = 1_000_000;

/** A terminal, and what stands in its last line. */
function onTerminal(
  options: { isTTY?: boolean; quiet?: boolean; isColoured?: boolean; columns?: number } = {},
) {
  let text = "";
  let time = 0;
  const { isTTY = true, columns = 200, quiet = false, isColoured = false } = options;
  const terminal = {
    isTTY,
    columns,
    write(more: string) {
      text += more;
    },
  };
  const progress = createProgress(terminal, { quiet, isColoured, now: () => time });
  const at = (ms: number) => {
    time = ms;
    return progress;
  };
  return { progress, at, text: () => text, line: () => text.split("\r\u001b[K").at(-1) };
}

const job = (more: object = {}) =>
  ({ id: "x1", status: "running", polls: 3, retryAfterMs: 4_000, ...more }) as unknown as ExportJob;
const file = (more: object) => ({ bytesWritten: 0, bytesRead: 0, records: 0, ...more });

describe("progress on a terminal", () => {
  it("says what is waited for, how long, and until when", () => {
    const { at, line } = onTerminal();
    at(0).job(job({ polls: 0 }));
    at(65_000).job(job({ progress: { completed: 20, total: 50, unit: "users" } }));
    expect(line()).toBe(
      "waiting for the vendor: export x1 is running, 20 of 50 users (1 min 5 s, asked 3 times, next in 4 s)",
    );
  });

  it("has a bar, the rate and the time left", () => {
    const { at, line } = onTerminal();
    at(0).file(file({ bytesRead: 0, totalBytes: 40 * MB }));
    at(2_000).file(file({ bytesRead: 10 * MB, bytesWritten: 10 * MB, totalBytes: 40 * MB, records: 7 }));
    expect(line()).toBe("saving [#####---------------] 25 %  10.0 MB  7 records  5.0 MB/s  6 s left");
    at(8_000).file(file({ bytesRead: 40 * MB, bytesWritten: 40 * MB, totalBytes: 40 * MB }));
    expect(line()).toBe("saving [####################] 100 %  40.0 MB  5.0 MB/s");
  });

  it("goes by records where nobody knows the bytes, and by nothing where nobody knows anything", () => {
    const { at, line } = onTerminal();
    at(0).file(file({ records: 0, totalRecords: 1_000 }));
    at(1_000).file(file({ records: 500, totalRecords: 1_000, bytesWritten: MB }));
    expect(line()).toBe("saving [##########----------] 50 %  1.0 MB  500 records  500 records/s  1 s left");
    const other = onTerminal();
    other.at(0).file(file({ records: 5, bytesWritten: MB }));
    expect(other.line()).toBe("saving 1.0 MB  5 records");
  });

  it("does not count what an earlier run did as speed, nor what is restarted", () => {
    const { at, line } = onTerminal();
    at(0).file(file({ bytesRead: 90 * MB, totalBytes: 100 * MB, bytesWritten: 90 * MB }));
    at(1_000).file(file({ bytesRead: 91 * MB, totalBytes: 100 * MB, bytesWritten: 91 * MB }));
    expect(line()).toContain("1.0 MB/s  9 s left");
    at(2_000).file(file({ bytesRead: 0, totalBytes: 100 * MB }));
    at(3_000).file(file({ bytesRead: 2 * MB, totalBytes: 100 * MB }));
    expect(line()).toContain("2.0 MB/s  49 s left");
  });

  it("is one line, which goes away in the end and before anything is said", () => {
    const { at, progress, text } = onTerminal({ columns: 30 });
    at(0).job(job());
    expect(text()).toHaveLength("\r\u001b[K".length + 29);
    progress.say("so it is");
    at(500).job(job());
    progress.end();
    expect(text().replaceAll("\r\u001b[K", "|")).toMatch(/^\|wait.*\|so it is\n\|wait.*\|$/);
    expect(text().split("\n")).toHaveLength(2);
  });

  it("is not written more often than one can read", () => {
    const { at, text } = onTerminal();
    for (let ms = 0; ms < 1_000; ms += 10) at(ms).job(job());
    expect(text().split("\r")).toHaveLength(1 + 10);
  });

  it("has colours where they are wanted, and only there", () => {
    const coloured = onTerminal({ isColoured: true });
    coloured.at(0).job(job());
    expect(coloured.text()).toContain("\u001b[36m");
    const plain = onTerminal();
    plain.at(0).job(job());
    expect(plain.text().replaceAll("\u001b[K", "")).not.toContain("\u001b");
  });
});

describe("progress elsewhere", () => {
  it.each([{ isTTY: false }, { quiet: true }])("is nothing: %j", (options) => {
    const { at, text } = onTerminal(options);
    at(0).job(job());
    at(60_000).job(job({ status: "succeeded" }));
    at(120_000).file(file({ bytesWritten: MB }));
    at(180_000).end();
    expect(text()).toBe("");
  });

  it("leaves what is said to the log, but for quiet", () => {
    const log = onTerminal({ isTTY: false });
    log.progress.say("so it is");
    expect(log.text()).toBe("so it is\n");
    const quiet = onTerminal({ quiet: true });
    quiet.progress.say("so it is");
    expect(quiet.text()).toBe("");
  });
});

const steering = "x\u001b]0;title\u0007\u001b[2J\u009b2J\nexportkit: all is well";

describe("a run", () => {
  it.each([
    ["on a terminal", {}, [], true, [true, true]],
    ["with NO_COLOR", { NO_COLOR: "1" }, [], true, [true, false]],
    ["with NO_COLOR that is empty", { NO_COLOR: "" }, [], true, [true, true]],
    ["on a dumb terminal", { TERM: "dumb" }, [], true, [false, false]],
    ["with --no-progress", {}, ["--no-progress"], true, [false, false]],
    ["with -q", {}, ["-q"], true, [false, false]],
    ["with --json", {}, ["--json"], true, [true, true]],
    ["where no terminal is", {}, [], false, [false, false]],
  ] as const)(
    "%s rewrites a line, or not, in colours, or without",
    async (_, variables, words, isTTY, expected) => {
      const { environment } = await servedAuthgear({ users: 20 });
      const out = join(await emptyFolder(), "users");
      const { signal } = new AbortController();
      const asked = ["authgear", "format=ndjson", "--out", out, ...words];
      const { code, stdout, stderr } = await exportkit(
        asked,
        { ...environment, ...variables },
        signal,
        isTTY,
      );
      expect(code).toBe(0);
      expect([stderr.includes("\r\u001b[K"), stderr.includes("\u001b[36m")]).toEqual(expected);
      // What steers a terminal goes to nobody else.
      for (const steering of ["\r", "\u001b"]) expect(stdout.toString()).not.toContain(steering);
      if (words[0] === "-q") expect([stdout.length, stderr]).toEqual([0, ""]);
      else expect(stderr).toMatch(/the file is export \S+, started \S+\n$/);
    },
  );
});

it.each([[true], [false]])("prints nothing that steers a terminal (which it is: %s)", (isTTY) => {
  const { progress, at, text } = onTerminal({ isTTY });
  at(0).job(job({ id: steering, status: "pending" }));
  at(500).job(job({ id: steering, status: "pending" }));
  progress.say(steering);
  progress.end();
  // What it may print: the line's own rewriting, and line breaks.
  const words = text().replaceAll("\r\u001b[K", "").split("\n");
  expect(words.join("")).not.toMatch(/\p{Cc}/u);
  expect(words.filter((line) => line.startsWith("exportkit"))).toEqual([]);
});
