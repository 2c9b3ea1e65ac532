import { describe, expect, it } from "vitest";
import { adminApi, errorOf } from "./admin-api.js";

const hour = 3_600_000;

describe("an export from start to end", () => {
  it("a start is pending, echoes the request, and makes a task each time", async () => {
    const { start, emulator } = adminApi();
    const request = {
      format: "csv",
      csv: { fields: [{ pointer: "/sub", field_name: "id" }, { pointer: "/email" }] },
    };
    const first = await start(request);
    expect(Object.keys(first)).toEqual(["id", "created_at", "status", "request"]);
    expect(first).toMatchObject({ status: "pending", request });
    expect(first.id).toMatch(/^userexport_[0-9A-HJKMNP-TV-Z]{32}$/);
    expect((await start(request)).id).not.toBe(first.id);
    expect(emulator.tasks.map((task) => task.sequence)).toEqual([1, 2]);
    expect((await adminApi().start(request)).id).toBe(first.id);
  });

  it("pending for its duration, then completed at the time it was due", async () => {
    const { start, poll, clock } = adminApi({ jobDurationMs: 90_000 });
    const { id } = await start();
    clock.advance(89_999);
    expect(await poll(id)).toMatchObject({ status: "pending" });
    clock.advance(60_000);
    const done = await poll(id);
    expect(done).toMatchObject({ status: "completed" });
    expect(done.completed_at).toMatch(/^2026-01-01T00:01:30(\.\d{1,9})?Z$/);
    expect(done.download_url).toMatch(/^https:\/\/storage\.emulator\.example\//);
  });

  it("exports run one after the other, and one whose worker died holds nobody up", async () => {
    const { start, poll, clock } = adminApi({
      jobDurationMs: 1000,
      outcome: (task) => (task.sequence === 1 ? "stuck" : "completed"),
    });
    const ids: string[] = [];
    for (let n = 0; n < 3; n++) ids.push((await start()).id);
    const statuses = async () => Promise.all(ids.map(async (id) => (await poll(id)).status));
    clock.advance(1000);
    expect(await statuses()).toEqual(["pending", "completed", "pending"]);
    clock.advance(1000);
    expect(await statuses()).toEqual(["pending", "completed", "completed"]);
    const { created_at, completed_at } = await poll(ids[2] ?? "");
    expect(Date.parse(completed_at ?? "") - Date.parse(created_at)).toBeLessThan(2001);
    expect(Date.parse(completed_at ?? "") - Date.parse(created_at)).toBeGreaterThan(1998);
  });

  it("in a finished task the end stands before the status", async () => {
    const { start, poll } = adminApi({ outcome: (task) => (task.sequence === 1 ? "completed" : "failed") });
    for (const end of ["completed_at", "failed_at"]) {
      const keys = Object.keys(await poll((await start()).id));
      expect(keys.slice(0, 4)).toEqual(["id", "created_at", end, "status"]);
    }
  });

  it("pending for so many polls, in another word if wished", async () => {
    const { start, poll } = adminApi({ pendingPolls: 2, pendingStatus: "running" });
    const { id } = await start();
    const words = [await poll(id), await poll(id), await poll(id)].map(({ status }) => status);
    expect(words).toEqual(["running", "running", "completed"]);
  });

  it("timestamps carry 0 to 9 digits and no trailing zero", async () => {
    const { start, clock } = adminApi();
    const lengths = new Set<number>();
    for (let i = 0; i < 14; i++) {
      const { created_at } = await start();
      const [, digits = ""] = /^2026-01-01T00:00:\d\d(?:\.(\d*[1-9]))?Z$/.exec(created_at) ?? ["", "unread"];
      lengths.add(digits.length);
      clock.advance(i % 2 === 0 ? 123 : 877);
    }
    expect(lengths.has(0)).toBe(true);
    expect(lengths.has(9)).toBe(true);
    expect(Math.max(...lengths)).toBe(9);
  });

  it("failed is HTTP 200 and says completed", async () => {
    const { start, get, poll } = adminApi({ outcome: "failed" });
    const { id } = await start();
    expect((await get(id)).status).toBe(200);
    const failed = await poll(id);
    expect(failed).toMatchObject({ status: "completed", error: { reason: "UnexpectedError", code: 500 } });
    expect(failed.failed_at).toBeDefined();
    expect(failed).not.toHaveProperty("completed_at");
    expect(failed).not.toHaveProperty("download_url");
  });

  it("a worker's panic: completed with nothing, or a 500 at every poll", async () => {
    const bare = adminApi({ outcome: "completed-without-url" });
    const { id } = await bare.start();
    expect(Object.keys(await bare.poll(id))).toEqual(["id", "created_at", "status", "request"]);
    const broken = adminApi({ outcome: "server-error" });
    const started = await broken.start();
    for (const response of [await broken.get(started.id), await broken.get(started.id)])
      expect(await errorOf(response)).toMatchObject({ reason: "UnexpectedError", code: 500 });
  });

  it("the outcome can depend on the task", async () => {
    const { start, poll } = adminApi({ outcome: (task) => (task.sequence === 1 ? "failed" : "completed") });
    const [first, second] = [await start(), await start()];
    expect((await poll(first.id)).error).toBeDefined();
    expect((await poll(second.id)).download_url).toBeDefined();
  });
});

describe("the record's 24 hours", () => {
  const notFound = { name: "NotFound", reason: "TaskNotFound", code: 404 };

  it("an id that was never given", async () => {
    expect(await errorOf(await adminApi().get("userexport_NEVER"))).toMatchObject(notFound);
  });

  it("a worker that died: pending until the record is forgotten", async () => {
    const { start, poll, get, clock } = adminApi({ outcome: "stuck", jobDurationMs: 1000 });
    const { id } = await start();
    clock.advance(24 * hour - 1);
    expect(await poll(id)).toMatchObject({ status: "pending" });
    clock.advance(1);
    expect(await errorOf(await get(id))).toMatchObject(notFound);
  });

  it("completion renews them, seen or unseen", async () => {
    const { start, poll, get, clock } = adminApi({ jobDurationMs: 10 * hour });
    const { id } = await start();
    clock.advance(34 * hour - 1);
    expect(await poll(id)).toMatchObject({ status: "completed" });
    clock.advance(1);
    expect(await errorOf(await get(id))).toMatchObject(notFound);
  });
});

it("the journal says what was sent, and no secret", async () => {
  const { start, poll, emulator, link } = adminApi();
  const { id } = await start();
  await poll(id);
  await (await emulator.fetch(await link(), { headers: { range: "bytes=0-9" } })).arrayBuffer();
  expect(emulator.requests.map(({ operation, status }) => [operation, status])).toEqual([
    ["start", 200],
    ["poll", 200],
    ["start", 200],
    ["poll", 200],
    ["artifact", 206],
  ]);
  expect(emulator.requests[0]).toMatchObject({
    method: "POST",
    origin: "https://myapp.authgearapps.com",
    path: "/_api/admin/users/export",
    headers: ["authorization", "content-type"],
  });
  expect(emulator.requests[4]).toMatchObject({ headers: ["range"], range: "bytes=0-9", bytes: 10 });
  expect(JSON.stringify(emulator.requests)).not.toMatch(/ready-made-token|Signature|X-Goog/i);
  emulator.reset();
  expect([emulator.requests.length, emulator.tasks.length]).toEqual([0, 0]);
});
