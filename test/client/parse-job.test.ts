import type { ExportError, ExportJob } from "exportkit";
import { describe, expect, it } from "vitest";
import { thrown } from "../support/outcome.js";
import { harness } from "./harness.js";

const job: ExportJob = {
  version: 1,
  connection: "users",
  provider: "authgear",
  id: "userexport_1",
  request: { format: "csv", fields: ["/sub", { pointer: "/email", fieldName: "mail" }] },
  status: "failed",
  providerStatus: "completed",
  createdAt: "2026-01-01T00:00:00.000Z",
  updatedAt: "2026-01-01T00:00:10.000Z",
  finishedAt: "2026-01-01T00:00:09.000Z",
  expiresAt: "2026-01-02T00:00:00.000Z",
  progress: { completed: 1, total: 2, unit: "records" },
  failure: { code: "EXPORT_FAILED", message: "it broke", details: { reason: "UnexpectedError" } },
  warnings: ["mind the gap"],
  polls: 3,
  retryAfterMs: 0,
};

describe("parseJob", () => {
  const { client } = harness();

  it("returns an equal job", () => {
    expect(client.parseJob(job)).toEqual(job);
    expect(client.parseJob(JSON.parse(JSON.stringify(job)))).toEqual(job);
  });

  it("freezes what it returns to its depths, and leaves what it was given as it is", () => {
    const given = { ...structuredClone(job), note: { of: "a later version" } };
    const parsed = client.parseJob(given);
    const parts = [parsed, parsed.request, parsed.failure, parsed.failure?.details, parsed.warnings];
    expect(parts.every((part) => Object.isFrozen(part))).toBe(true);
    expect(
      [given, given.failure, given.failure?.details, given.note].some((part) => Object.isFrozen(part)),
    ).toBe(false);
  });

  it("keeps what a later version may have added", () => {
    expect(client.parseJob({ ...job, note: { of: "a later version" } })).toHaveProperty("note", {
      of: "a later version",
    });
  });

  it("refuses what is nested so deep that nothing could write it again, wherever it stands", () => {
    const nested = (levels: number): unknown => JSON.parse("[".repeat(levels) + "]".repeat(levels));
    const places = [
      (deep: unknown) => ({ ...job, note: deep }),
      (deep: unknown) => ({ ...job, progress: { unit: "records", warnings: deep } }),
      (deep: unknown) => ({ ...job, failure: { ...job.failure, details: { deep } } }),
    ];
    for (const place of places) {
      expect(() => client.parseJob(place(nested(505)))).not.toThrow();
      for (const levels of [600, 3_000, 100_000]) {
        const error = thrown(() => client.parseJob(place(nested(levels))));
        expect(error).toMatchObject({
          code: "JOB_INVALID",
          message: expect.stringContaining("cannot be used"),
        });
      }
    }
  });

  it("refuses what cannot be read, and what holds itself", () => {
    const round: Record<string, unknown> = {};
    round.self = round;
    const broken = {
      get note() {
        throw new Error("boom");
      },
    };
    for (const note of [broken, round])
      expect(thrown(() => client.parseJob({ ...job, note }))).toMatchObject({
        code: "JOB_INVALID",
        details: { field: "job" },
      });
  });

  it.each([undefined, null, 0, "job", true, [], [job], () => job, Symbol("job"), 1n])(
    "refuses %o",
    (value) => {
      const error = thrown<ExportError>(() => client.parseJob(value));
      expect(error).toMatchObject({ code: "JOB_INVALID", details: { field: "job" } });
    },
  );

  it.each([
    ["connection", undefined],
    ["connection", ""],
    ["connection", 5],
    ["provider", undefined],
    ["provider", null],
    ["id", undefined],
    ["id", ""],
    ["id", 17],
    ["id", "."],
    ["id", ".."],
    ["status", undefined],
    ["status", "done"],
    ["providerStatus", 1],
    ["createdAt", undefined],
    ["createdAt", "yesterday"],
    ["createdAt", 1_767_225_600_000],
    ["updatedAt", undefined],
    ["updatedAt", "soon"],
    ["finishedAt", "never"],
    ["expiresAt", false],
    ["progress", 50],
    ["progress.unit", { completed: 1 }],
    ["progress.completed", { completed: "1", unit: "records" }],
    ["failure", "it broke"],
    ["failure.code", { code: "OTHER", message: "x" }],
    ["failure.message", { code: "EXPORT_FAILED" }],
    ["warnings", "careful"],
    ["warnings[0]", [1]],
    ["polls", undefined],
    ["polls", -1],
    ["polls", 1.5],
    ["polls", "3"],
    ["retryAfterMs", undefined],
    ["retryAfterMs", -1],
    ["retryAfterMs", "500"],
    ["retryAfterMs", Number.NaN],
    ["retryAfterMs", Number.POSITIVE_INFINITY],
    ["request", undefined],
    ["request", null],
    ["request", "csv"],
    ["request.format", { format: "xlsx" }],
    ["request.fields[1]", { format: "csv", fields: ["/sub", 7] }],
    ["request.includeSecrets", { format: "ndjson", includeSecrets: "yes" }],
    ["request.limit", { format: "ndjson", limit: 5 }],
  ])("names the field that is wrong: %s", (field, value) => {
    const [name = ""] = field.split(/[.[]/);
    const error = thrown<ExportError>(() => client.parseJob({ ...job, [name]: value }));
    expect(error).toMatchObject({ code: "JOB_INVALID", details: { field } });
    expect(error.message).toContain(`${field}: `);
  });

  it.each([0, 2, "1", undefined, null, { major: 1 }, 1n])("refuses version %o", (version) => {
    const error = thrown<ExportError>(() => client.parseJob({ ...job, version }));
    expect(error).toMatchObject({ code: "JOB_INVALID", details: { field: "version" } });
    expect(error.message).toContain("this package reads version 1");
  });

  it("refuses a connection that this client does not have, and names those it has", () => {
    const error = thrown<ExportError>(() => client.parseJob({ ...job, connection: "staff" }));
    expect(error).toMatchObject({ code: "JOB_INVALID", details: { field: "connection" } });
    expect(error.message).toContain('no connection "staff" (it has: users)');
  });

  it.each(["__proto__", "constructor", "toString"])(
    "is not misled by a connection named %s",
    (connection) => {
      const error = thrown(() => client.parseJob({ ...job, connection }));
      expect(error).toMatchObject({ code: "JOB_INVALID", details: { field: "connection" } });
    },
  );

  it("refuses a job of another provider", () => {
    const error = thrown<ExportError>(() => client.parseJob({ ...job, provider: "zephr" }));
    expect(error).toMatchObject({ code: "JOB_INVALID", details: { field: "provider" } });
    expect(error.message).toContain('of provider authgear here, and the job is of "zephr"');
  });

  it("refuses what cannot be JSON", () => {
    const circular: { [key: string]: unknown } = { ...job };
    circular.self = circular;
    expect(thrown(() => client.parseJob(circular))).toMatchObject({ code: "JOB_INVALID" });
    expect(thrown(() => client.parseJob({ ...job, size: 5n }))).toMatchObject({ code: "JOB_INVALID" });
  });
});
