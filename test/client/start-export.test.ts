import { ExportError } from "exportkit";
import { describe, expect, it } from "vitest";
import { rejection } from "../support/outcome.js";
import { count, harness } from "./harness.js";

describe("startExport", () => {
  it("starts one export and returns a pending job with the wait before its first poll", async () => {
    const { client, emulator } = harness({ emulator: { jobDurationMs: 1_000 } });
    const job = await client.startExport("users", { format: "ndjson" });
    expect(job).toEqual({
      version: 1,
      connection: "users",
      provider: "authgear",
      id: emulator.tasks[0]?.id,
      request: { format: "ndjson" },
      status: "pending",
      providerStatus: "pending",
      createdAt: "2026-01-01T00:00:00.000Z",
      updatedAt: "2026-01-01T00:00:00.000Z",
      expiresAt: "2026-01-02T00:00:00.000Z",
      polls: 0,
      retryAfterMs: 500,
    });
    expect(count(emulator, "start")).toBe(1);
    expect(emulator.requests).toHaveLength(1);
  });

  it("returns a job that is frozen to its depths", async () => {
    const { client } = harness();
    const job = await client.startExport("users", { format: "csv", fields: [{ pointer: "/sub" }] });
    expect(() => Object.assign(job, { status: "succeeded" })).toThrow(TypeError);
    expect(() => Object.assign(job.request.fields[0], { pointer: "/email" })).toThrow(TypeError);
  });

  it("leaves the caller's request as it is", async () => {
    const { client } = harness();
    const request = { format: "csv" as const, fields: ["/sub", "/email"] as const };
    const before = JSON.stringify(request);
    await client.startExport("users", request);
    expect(JSON.stringify(request)).toBe(before);
    expect(Object.isFrozen(request.fields)).toBe(false);
  });

  it("sends nothing for a request that is wrong", async () => {
    const { client, emulator } = harness();
    const error = await rejection<ExportError>(client.startExport("users", { format: "xml" } as never));
    expect(error).toMatchObject({
      code: "REQUEST_INVALID",
      connection: "users",
      provider: "authgear",
      details: { field: "format" },
    });
    expect(emulator.requests).toEqual([]);
  });

  it("names the connections there are when one is unknown", async () => {
    const { client } = harness();
    const error = await rejection<ExportError>(client.startExport("user" as "users", { format: "ndjson" }));
    expect(ExportError.isInstance(error) && error.code).toBe("CONFIG_INVALID");
    expect(error.message).toBe('there is no connection "user"; this client has: users');
    expect(error.details).toEqual({ field: "connection" });
  });

  it.each([
    [undefined],
    [null],
    [7],
    [{ name: "users" }],
    [["users"]],
    [Symbol("users")],
    [1n],
    [() => "users"],
  ])("refuses %o as a connection", async (connection) => {
    const { client } = harness();
    const error = await rejection(client.startExport(connection as unknown as "users", { format: "ndjson" }));
    expect(error).toMatchObject({ code: "CONFIG_INVALID", details: { field: "connection" } });
  });

  it("rejects with the reason of a signal that is aborted already, and sends nothing", async () => {
    const { client, emulator } = harness();
    const reason = { why: "changed my mind" };
    const started = client.startExport("users", { format: "ndjson" }, { signal: AbortSignal.abort(reason) });
    expect(await rejection(started)).toBe(reason);
    expect(emulator.requests).toEqual([]);
  });

  it("tells what is allowed but probably not meant as warnings of the job", async () => {
    const { client } = harness();
    const job = await client.startExport("users", { format: "csv", fields: ["/sub", "/mfa/totps"] });
    expect(job.warnings).toEqual([
      "fields[1]: records leave /mfa/totps out, it holds TOTP secrets; set includeSecrets: true to keep it",
    ]);
  });
});
