import { execFile } from "node:child_process";
import { promisify } from "node:util";
import { expect, it, onTestFinished } from "vitest";
import { bundleProgram } from "./bundle-program.js";
import type { LeakReport, LeakTask } from "./leak-child.js";
import { emptyFolder, serveExport, token } from "./served-export.js";

// In a process of its own: the test runner has timers and pipes that come and go.
it.runIf(process.platform === "linux")("a save leaves nothing open, however it ends", async () => {
  const program = await bundleProgram("leak-child.ts");
  onTestFinished(program.remove);
  const { job, emulator } = await serveExport();
  // Two calls fail: one is refused, and one breaks off.
  emulator.faults.add({ on: "artifact", after: 6, fault: { type: "status", status: 503 } });
  emulator.faults.add({ on: "artifact", after: 6, fault: { type: "drop", afterBytes: 100_000 } });
  emulator.faults.add({ on: "artifact", after: 6, fault: { type: "status", status: 503 } });
  const task: LeakTask = {
    options: { endpoint: emulator.endpoint, token },
    job,
    folder: await emptyFolder(),
  };
  // That it ends by itself, without an exit, is a part of the test.
  const { stdout } = await promisify(execFile)(process.execPath, [program.path, JSON.stringify(task)]);
  const clean = { resources: [], files: [], listeners: 0, timers: 0 };
  const reports = JSON.parse(stdout) as readonly LeakReport[];
  expect(reports.map(({ sockets: _sockets, ...report }) => report)).toEqual([
    { ending: "success", outcome: "saved", ...clean },
    { ending: "success as CSV", outcome: "saved", ...clean },
    { ending: "abort in the middle", outcome: "AbortError", ...clean },
    { ending: "a throwing callback", outcome: "stop", ...clean },
    { ending: "a failing encoder", outcome: "CONFIG_INVALID", ...clean },
    { ending: "a missing folder", outcome: "CONFIG_INVALID", ...clean },
    { ending: "a busy provider", outcome: "PROVIDER_UNAVAILABLE", ...clean },
    {
      ending: "a lost connection",
      outcome: expect.stringMatching(/^(NETWORK|PROVIDER_UNAVAILABLE)$/),
      ...clean,
    },
  ]);
  // Connections that wait for the next request are kept by fetch; each failure may only make them fewer.
  for (const { ending, sockets } of reports) expect(sockets, ending).toBeLessThanOrEqual(0);
});
