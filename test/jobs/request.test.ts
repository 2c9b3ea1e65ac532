import { createExportClient, type ExportError } from "exportkit";
import { fileDelivery, ndjson, type Provider, type RequestSchema } from "exportkit/provider";
import { describe, expect, it } from "vitest";
import { rejection } from "../support/outcome.js";

/** A client whose provider checks requests with a schema of any library that follows Standard Schema. */
function checking<Name extends string = "it">(
  validate: RequestSchema<unknown>["~standard"]["validate"],
  name = "it" as Name,
) {
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
  return {
    started,
    client: createExportClient({ providers: { [name]: provider } as Record<Name, typeof provider> }),
  };
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

  it("leaves an instance inside of it for the schema to judge", async () => {
    const { client, started } = checking((value) =>
      (value as { readonly tags: unknown }).tags instanceof Map
        ? { value: { tags: [] } }
        : { issues: [{ message: "must be a Map" }] },
    );
    await client.startExport("it", { tags: new Map() });
    expect(started).toEqual([{ tags: [] }]);
  });

  it("of a start that sends nothing cannot be explained", async () => {
    const { client } = checking((value) => ({ value }));
    expect(await rejection(client.explainExport("it", {}))).toMatchObject({ code: "NOT_SUPPORTED" });
  });

  it("is kept by a connection with a name of one letter", async () => {
    const { started, client } = checking((value) => ({ value }), "x");
    const job = client.parseJob(JSON.parse(JSON.stringify(await client.startExport("x", {}))));
    expect(await client.pollExport(job)).toMatchObject({ connection: "x", status: "succeeded" });
    expect(started).toHaveLength(1);
  });
});
