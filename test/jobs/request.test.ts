import { createExportClient, type ExportError } from "exportkit";
import { fileDelivery, ndjson, type Provider, type RequestSchema } from "exportkit/provider";
import { describe, expect, it } from "vitest";
import { rejection } from "../support/outcome.js";

/** A client whose provider checks requests with a schema of any library that follows Standard Schema. */
function checking(validate: RequestSchema<unknown>["~standard"]["validate"]) {
  const started: unknown[] = [];
  const provider: Provider<unknown, unknown> = {
    spec: 1,
    name: "checker",
    capabilities: { delivery: "file", jobs: "immediate", progress: false, formats: ["ndjson"] },
    requestSchema: { "~standard": { version: 1, vendor: "test", validate } },
    origins: [],
    pace: { floorMs: 1, ceilingMs: 1 },
    start: async (_, request) => {
      started.push(request);
      return { id: "1", status: "succeeded" };
    },
    poll: async () => ({ status: "succeeded" }),
    delivery: fileDelivery({
      locate: async () => Promise.reject(new Error("nothing is downloaded here")),
      records: () => ndjson(),
    }),
  };
  return { started, client: createExportClient({ providers: { it: provider } }) };
}

describe("a request", () => {
  it("is started as the schema reads it, and kept so in the job", async () => {
    const { client, started } = checking(() => ({ value: { since: "2026-01-01T00:00:00.000Z" } }));
    const job = await client.startExport("it", { since: new Date("2026-01-01") });
    expect(started).toEqual([{ since: "2026-01-01T00:00:00.000Z" }]);
    expect(job.request).toEqual({ since: "2026-01-01T00:00:00.000Z" });
  });

  it("must be checked at once, because a stored job is", async () => {
    const { client, started } = checking(async () => Promise.reject(new Error("nobody waits for this")));
    const error = await rejection<ExportError>(client.startExport("it", {}));
    expect(error).toMatchObject({ code: "CONFIG_INVALID", details: { field: "requestSchema" } });
    expect(started).toEqual([]);
  });

  it("has its wrong fields named as the caller would write them", async () => {
    const { client } = checking(() => ({
      issues: [
        { message: "must be a word", path: ["list", 2, "name"] },
        { message: "must be more", path: [{ key: "limits" }, { key: 0 }] },
        { message: "must make sense" },
      ],
    }));
    const error = await rejection<ExportError>(client.startExport("it", {}));
    expect(error.message).toBe(
      "the checker export request: list[2].name: must be a word; limits[0]: must be more; must make sense",
    );
    expect(error.details).toEqual({
      field: "list[2].name",
      issues: [
        { field: "list[2].name", message: "must be a word" },
        { field: "limits[0]", message: "must be more" },
        { field: "", message: "must make sense" },
      ],
    });
  });
});
