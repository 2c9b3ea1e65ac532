import { execFile } from "node:child_process";
import { promisify } from "node:util";
import { expect, it, onTestFinished } from "vitest";
import { bundleProgram } from "../node/bundle-program.js";
import { endings } from "./endings.js";
import type { EndingReport } from "./endings-child.js";
import { serveVendors } from "./vendor-server.js";

// In a process of its own: the test runner has timers and listeners that come and go.
it("nothing is left of an export of any vendor, however it ends", { timeout: 120_000 }, async () => {
  const program = await bundleProgram("../leaks/endings-child.ts");
  onTestFinished(program.remove);
  const addresses = await serveVendors();
  // That it ends by itself, without an exit, is a part of the test; connections kept by fetch do not hinder it.
  const { stdout } = await promisify(execFile)(process.execPath, [program.path, JSON.stringify(addresses)], {
    timeout: 100_000,
  });
  const reports = JSON.parse(stdout) as readonly EndingReport[];
  const names = reports.map(({ vendor, ending }) => `${vendor}, ${ending}`);
  expect(names).toEqual(
    ["users", "access", "readers"].flatMap((vendor) =>
      Object.keys(endings).map((name) => `${vendor}, ${name}`),
    ),
  );
  const left = reports.filter(
    (report) => report.open + report.timers + report.listeners + report.unhandled.length > 0,
  );
  expect(left).toEqual([]);

  // And they ended as they were meant to.
  const outcomes = (vendor: string) =>
    Object.fromEntries(
      reports.filter((report) => report.vendor === vendor).map((report) => [report.ending, report.outcome]),
    );
  const done = ["success", "break", "await using", "never read, disposed of"];
  const cancelled = ["bytes cancelled", "bytes cancelled unread", "encoding cancelled", "response cancelled"];
  for (const vendor of ["users", "access", "readers"]) {
    const all = outcomes(vendor);
    for (const name of [...done, ...cancelled]) expect(all[name], `${vendor}, ${name}`).toBe("done");
    for (const name of Object.keys(endings).filter((ending) => ending.startsWith("abort"))) {
      // Zephr's jobs have ended as soon as they exist, but one that says otherwise is waited for all the same.
      expect(all[name], `${vendor}, ${name}`).toBe("AbortError");
    }
    expect(all).toMatchObject({
      "a throwing consumer": "Error",
      "time is up": "TIMEOUT",
      refused: "FORBIDDEN",
      "the server fails": "PROVIDER_UNAVAILABLE",
      "connections lost": "NETWORK",
    });
  }
  expect(outcomes("users")).toMatchObject({
    "no sense in it": "RECORD_INVALID",
    "another file": "ARTIFACT_CHANGED",
  });
  expect(outcomes("access")).toMatchObject({ "no sense in it": "DECODE_FAILED" });
  expect(outcomes("readers")).toMatchObject({ "no sense in it": "RESPONSE_INVALID" });
});
