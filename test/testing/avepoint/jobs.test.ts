import { createAvepointEmulator } from "exportkit/testing";
import { http } from "msw";
import { setupServer } from "msw/node";
import { describe, expect, it } from "vitest";
import { mswHandlers } from "../../../src/testing/index.js";
import { insightsApi, startPath } from "./insights-api.js";

const status = async (response: Response) =>
  ((await response.json()) as { readonly jobStatus: number }).jobStatus;

describe("a job", () => {
  it.each([
    ["finished", 2],
    ["exceptions", 4],
    ["failed", 3],
    ["stopped", 6],
    ["missing-file", 2],
    ["stuck", 1],
  ] as const)("that ends as %s runs by the clock and then says %i", async (outcome, final) => {
    const { get, start, clock } = insightsApi({ outcome, jobDurationMs: 90_000 });
    const path = `/insights/job/${await start()}/exportstatus`;
    expect(await (await get(path)).json()).toEqual({ jobStatus: 1, status: 200, message: "" });
    clock.advance(89_999);
    expect(await status(await get(path))).toBe(1);
    clock.advance(1);
    expect(await status(await get(path))).toBe(final);
  });

  it("tells its first polls what the script says", async () => {
    const { get, start, emulator } = insightsApi({
      jobStatuses: (job) => (job.id === "67891" ? [0, 5, 6] : []),
    });
    await start();
    const path = `/insights/job/${await start()}/exportstatus`;
    const told = [];
    for (let n = 0; n < 4; n++) told.push(await status(await get(path)));
    expect(told).toEqual([0, 5, 6, 2]);
    expect(emulator.jobs[1]?.polls).toBe(4);
  });

  it("has an id of either type", async () => {
    expect(await insightsApi({ jobIdType: "number" }).start()).toBe(67_890);
    expect(await insightsApi({ jobIdType: "string" }).start()).toBe("67890");
  });

  it("is unknown before it was started, and when it is kept no longer", async () => {
    const { get, start, clock, emulator } = insightsApi({ keptMs: 1000 });
    expect((await get("/insights/job/1/exportstatus")).status).toBe(404);
    const id = await start();
    clock.advance(1000);
    for (const what of ["exportstatus", "exportfile"])
      expect((await get(`/insights/job/${id}/${what}`)).status).toBe(404);
    expect(emulator.requests.map(({ operation }) => operation)).toEqual([
      "poll",
      "start",
      "poll",
      "artifact",
    ]);
  });

  it("is forgotten by a reset, together with tokens and files", async () => {
    const { emulator, start, get } = insightsApi();
    const id = await start();
    emulator.reset();
    expect([emulator.jobs, emulator.requests]).toEqual([[], []]);
    expect((await get(`/insights/job/${id}/exportstatus`)).status).toBe(404);
  });
});

it("options that make no sense are refused", () => {
  for (const options of [
    { rows: -1 },
    { rows: 1_048_576 },
    { workbooks: 0.5 },
    { sheets: 0 },
    { chunkBytes: 0 },
  ])
    expect(() => createAvepointEmulator(options)).toThrow(
      expect.objectContaining({ code: "CONFIG_INVALID", details: { field: Object.keys(options)[0] } }),
    );
});

it("stands behind MSW with both of its origins", async () => {
  const { emulator } = insightsApi();
  const server = setupServer(...mswHandlers(emulator, http));
  server.listen({ onUnhandledFrame: "error" });
  try {
    const headers = { authorization: "Bearer ready-made" };
    expect((await fetch(`${emulator.endpoint}${startPath}`, { headers })).status).toBe(200);
    expect((await fetch(emulator.tokenUrl, { method: "POST" })).status).toBe(400);
  } finally {
    server.close();
  }
});
