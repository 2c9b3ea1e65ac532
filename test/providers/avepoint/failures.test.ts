import { describe, expect, it } from "vitest";
import { rejection } from "../../support/outcome.js";
import { accessRequest, tenant } from "./tenant.js";

const gateway = (statusCode: number, message: string, more: object = {}) =>
  JSON.stringify({
    statusCode,
    message,
    requestId: "request-7",
    timestamp: "2026-01-01T00:00:00Z",
    traceId: "trace-7",
    ...more,
  });

/** A tenant in which one kind of request is refused. */
function refusing(on: "start" | "poll" | "artifact", status: number, body: string) {
  const given = tenant();
  given.emulator.faults.add({ on, times: 99, fault: { type: "status", status, body } });
  return given;
}

/** A tenant whose file is answered in another way. */
function served(change: (response: Response) => Response) {
  return tenant({
    intercept: async ({ url }, pass) => {
      const response = await pass();
      return url.endsWith("/exportfile") ? change(response) : response;
    },
  });
}

describe("a refused start", () => {
  it.each([
    [400, "REQUEST_INVALID", "the request was refused: no"],
    [401, "UNAUTHORIZED", "scope is insights.graph.readwrite.all"],
    [403, "FORBIDDEN", "registration has the permission"],
    [404, "NOT_FOUND", "does not know the object"],
    [418, "REQUEST_INVALID", "the request was refused: no"],
  ])("HTTP %i is %s, with the vendor's words and ids", async (status, code, advice) => {
    const { client, count } = refusing("start", status, gateway(status, "no"));
    expect(await rejection(client.startExport("access", accessRequest))).toMatchObject({
      code,
      status,
      requestId: "request-7",
      message: expect.stringContaining(advice),
      details: { message: "no" },
      retryable: false,
      provider: "avepoint",
      connection: "access",
      operation: "start",
    });
    // A fresh token may be ahead of the service; anything else is definite.
    expect(count("start")).toBe(status === 401 ? 2 : 1);
  });

  it.each(["the export job is running", "5 jobs are running already"])(
    "HTTP 418 is no limit of running jobs, whatever it says: %s",
    async (words) => {
      const { client } = refusing("start", 418, gateway(418, words));
      expect(await rejection(client.startExport("access", accessRequest))).toMatchObject({
        code: "REQUEST_INVALID",
        retryable: false,
      });
    },
  );

  it("names the fields that the vendor names", async () => {
    const errors = [
      { code: "Required", field: "dataSources", message: "is required" },
      { code: "TooLong", field: "siteUrls", message: "" },
    ];
    const { client } = refusing("start", 400, gateway(400, "Bad request", { errors }));
    expect(await rejection(client.startExport("access", accessRequest))).toMatchObject({
      code: "REQUEST_INVALID",
      message: expect.stringContaining("dataSources: is required; siteUrls: TooLong"),
      details: { errors },
    });
  });

  it("takes the trace id where there is no request id", async () => {
    const { client } = refusing("start", 400, gateway(400, "no", { requestId: null }));
    expect(await rejection(client.startExport("access", accessRequest))).toMatchObject({
      requestId: "trace-7",
    });
  });

  it("survives whatever the errors are made of", async () => {
    for (const errors of [null, "x", [null, 1, { field: {}, message: 7 }]]) {
      const { client } = refusing("start", 400, gateway(400, "no", { errors }));
      expect(await rejection(client.startExport("access", accessRequest))).toMatchObject({
        code: "REQUEST_INVALID",
      });
    }
  });

  it("of the emulator names the parameter that is wrong", async () => {
    const { client } = tenant();
    const request = { ...accessRequest, dataSources: ["Floppy Disk"] };
    const error = await rejection(client.startExport("access", request));
    expect(error).toMatchObject({
      code: "REQUEST_INVALID",
      message: expect.stringContaining("dataSources: must be one of"),
    });
  });
});

describe("a refused poll", () => {
  it.each([
    [400, "REQUEST_INVALID", false],
    [401, "UNAUTHORIZED", false],
    [403, "FORBIDDEN", false],
    [429, "RATE_LIMITED", true],
    [500, "PROVIDER_UNAVAILABLE", true],
    [503, "PROVIDER_UNAVAILABLE", true],
    [408, "PROVIDER_UNAVAILABLE", true],
  ])("HTTP %i is %s", async (status, code, retryable) => {
    const { client } = refusing("poll", status, gateway(status, "no"));
    const job = await client.startExport("access", accessRequest);
    expect(await rejection(client.pollExport(job))).toMatchObject({
      code,
      status,
      retryable,
      job: { id: job.id },
    });
  });
});

describe("a refused download", () => {
  it.each(["http", "body"] as const)(
    "a file that is not there is ARTIFACT_MISSING (told by %s)",
    async (refusals) => {
      const { client } = tenant({ emulator: { outcome: "missing-file", refusals } });
      const job = await client.waitForExport(await client.startExport("access", accessRequest));
      // Behind a 200 the refusal must not be handed out as if it were the file.
      expect(await rejection(client.download(job))).toMatchObject({
        code: "ARTIFACT_MISSING",
        job: { id: job.id },
        operation: "artifact",
        message: expect.stringContaining("the job's file is not there"),
      });
    },
  );

  it.each(["text/plain", "text/json"] as const)(
    "told by a 200 of type %s is no file either",
    async (answerType) => {
      const { client } = tenant({ emulator: { outcome: "missing-file", refusals: "body", answerType } });
      const job = await client.waitForExport(await client.startExport("access", accessRequest));
      expect(await rejection(client.download(job))).toMatchObject({ code: "ARTIFACT_MISSING" });
    },
  );

  it("a file of type text/plain is a file", async () => {
    const { client } = tenant({
      intercept: async ({ url }, pass) => {
        const response = await pass();
        if (!url.endsWith("/exportfile")) return response;
        return new Response(response.body, { headers: { "content-type": "text/plain" } });
      },
    });
    const job = await client.waitForExport(await client.startExport("access", accessRequest));
    const bytes = new Uint8Array(await new Response((await client.download(job)).bytes()).arrayBuffer());
    expect(new TextDecoder().decode(bytes.subarray(0, 2))).toBe("PK");
    expect(bytes.byteLength).toBeGreaterThan(1_000);
  });

  it("a refusal in text/plain is one behind an empty chunk and blanks too", async () => {
    const { client } = served((response) => {
      const pieces = ["", "\r\n ", gateway(404, "the job's file is not there")];
      const body = new ReadableStream({
        pull: (controller) => {
          const piece = pieces.shift();
          if (piece === undefined) controller.close();
          else controller.enqueue(new TextEncoder().encode(piece));
        },
      });
      return new Response(body, { status: response.status, headers: { "content-type": "text/plain" } });
    });
    const job = await client.waitForExport(await client.startExport("access", accessRequest));
    expect(await rejection(client.download(job))).toMatchObject({ code: "ARTIFACT_MISSING" });
  });

  it("an answer in text/plain that never says anything does not hang, whoever fetches", async () => {
    const { client, clock } = served(
      () => new Response(new ReadableStream(), { headers: { "content-type": "text/plain" } }),
    );
    const job = await client.waitForExport(await client.startExport("access", accessRequest));
    const read = async () => new Response((await client.download(job)).bytes()).arrayBuffer();
    const error = rejection(read());
    for (let turn = 0; turn < 40; turn++) {
      await new Promise((resolve) => setImmediate(resolve));
      clock.advance(30_000);
    }
    expect(await error).toMatchObject({ retryable: true, job: { id: job.id } });
  });

  it("an answer in text/plain without a way to look ahead is a file", async () => {
    const { client } = served((response) => {
      const { status, body } = response;
      return { status, body, headers: new Headers({ "content-type": "text/plain" }) } as Response;
    });
    const job = await client.waitForExport(await client.startExport("access", accessRequest));
    const bytes = new Uint8Array(await new Response((await client.download(job)).bytes()).arrayBuffer());
    expect(new TextDecoder().decode(bytes.subarray(0, 2))).toBe("PK");
  });

  it.each([
    [403, "FORBIDDEN"],
    [400, "REQUEST_INVALID"],
  ])("HTTP %i is %s", async (status, code) => {
    const { client, emulator } = tenant();
    const job = await client.waitForExport(await client.startExport("access", accessRequest));
    emulator.faults.add({
      on: "artifact",
      times: 9,
      fault: { type: "status", status, body: gateway(status, "no") },
    });
    expect(await rejection(client.download(job))).toMatchObject({ code, status });
  });

  it("JSON that is no refusal is no file either", async () => {
    const { client } = tenant({
      intercept: async ({ url }, pass) =>
        url.endsWith("/exportfile") ? Response.json({ hello: 1 }) : pass(),
    });
    const job = await client.waitForExport(await client.startExport("access", accessRequest));
    expect(await rejection(client.download(job))).toMatchObject({ code: "RESPONSE_INVALID" });
  });

  it("a job that has not ended has nothing to download", async () => {
    const { client, count } = tenant({ emulator: { jobDurationMs: 60_000 } });
    const job = await client.startExport("access", accessRequest);
    expect(await rejection(client.download(job))).toMatchObject({ code: "JOB_NOT_READY" });
    expect(count("artifact")).toBe(0);
  });
});
