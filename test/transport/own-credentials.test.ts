import { createServer, type IncomingMessage } from "node:http";
import { createExportClient, type ExportError } from "exportkit";
import { fileDelivery, type HttpRequest, ndjson, type Provider, pagedDelivery } from "exportkit/provider";
import { describe, expect, it } from "vitest";
import { collect } from "../support/collect.js";
import { listening } from "../support/listening.js";
import { rejection } from "../support/outcome.js";

// A small adapter may put its key into the request itself, and bring no `authorize`. The key goes nowhere else either.

/** A server on a port of its own: what came there, and what it answers. */
async function host(answer: (path: string) => { status: number; location?: string }) {
  const got: string[] = [];
  const server = createServer((message: IncomingMessage, response) => {
    const url = message.url ?? "";
    let body = "";
    message.on("data", (piece) => {
      body += piece;
    });
    message.on("end", () => {
      got.push(`${message.method} ${url} ${message.headers["x-api-key"]} ${body}`);
      const { status, location } = answer(url);
      const headers = { "content-type": "application/json", ...(location !== undefined && { location }) };
      response.writeHead(status, headers).end("{}");
    });
  });
  return { origin: `http://127.0.0.1:${await listening(server)}`, got };
}

const key = { headers: { "x-api-key": "secret-of-mine" } };
const asked = (origin: string): HttpRequest => ({
  method: "POST",
  url: `${origin}/asked?key=secret-of-mine`,
  ...key,
  body: "key=secret-of-mine",
});

/** Two hosts, the first of which sends everything on, and a provider that asks the first without an `authorize`. */
async function redirecting(status: number, over: (home: string, away: string) => Partial<Provider>) {
  const away = await host(() => ({ status: 200 }));
  const home = await host((path) =>
    path.startsWith("/asked") ? { status, location: `${away.origin}/taken` } : { status: 200 },
  );
  const provider: Provider = {
    spec: 1,
    name: "plain",
    capabilities: { jobs: "asynchronous", progress: false, formats: ["ndjson"] },
    requestSchema: { "~standard": { version: 1, vendor: "test", validate: (value) => ({ value }) } },
    start: async () => ({ id: "1", status: "pending" }),
    poll: async (context) => {
      await context.request(asked(home.origin));
      return { status: "succeeded" };
    },
    delivery: fileDelivery({
      locate: async (context) => {
        await context.request(asked(home.origin));
        return { url: `${home.origin}/file`, credentials: "none" };
      },
      records: () => ndjson(),
    }),
    ...over(home.origin, away.origin),
  };
  const client = createExportClient({ providers: { it: provider }, retry: { retries: 0 } });
  return { client, home, away };
}

describe.each([301, 302, 303, 307, 308])("an adapter's own key is not sent on by a %i", (status) => {
  it.each(["poll", "locate", "fetchPage"])("of what %s asks", async (what) => {
    const { client, home, away } = await redirecting(status, (origin) =>
      what !== "fetchPage"
        ? {}
        : {
            delivery: pagedDelivery({
              fetchPage: async (context) => {
                await context.request(asked(origin));
                return { items: [] };
              },
              records: () => ({ kind: "pages", map: (item) => item }),
            }),
          },
    );
    const job = await client.startExport("it", {});
    const error = await rejection<ExportError>(
      what === "poll"
        ? client.pollExport(job)
        : client.download({ ...job, status: "succeeded" }).then((download) => collect(download.records())),
    );
    expect(error).toMatchObject({ code: "RESPONSE_INVALID", retryable: false, status });
    expect(error.message).toContain("not sent on");
    expect(JSON.stringify(error)).not.toContain("secret-of-mine");
    expect(home.got).toEqual(["POST /asked?key=secret-of-mine secret-of-mine key=secret-of-mine"]);
    expect(away.got).toEqual([]);
  });

  it("of a start, whether it may be repeated or not", async () => {
    for (const jobs of ["asynchronous", "immediate"] as const) {
      const { client, away } = await redirecting(status, (origin) => ({
        capabilities: { jobs, progress: false, formats: [] },
        start: async (context) => {
          await context.request(asked(origin));
          return { id: "1", status: "pending" };
        },
      }));
      await rejection(client.startExport("it", {}));
      expect(away.got).toEqual([]);
    }
  });
});

it("an adapter's own key is sent on to another of its provider's origins", async () => {
  const { client, away } = await redirecting(307, (home, other) => ({ origins: [home, other] }));
  expect(await client.pollExport(await client.startExport("it", {}))).toMatchObject({ status: "succeeded" });
  expect(away.got).toEqual(["POST /taken secret-of-mine key=secret-of-mine"]);
});
