import { createExportClient, type ExportError } from "exportkit";
import {
  fileDelivery,
  ndjson,
  type Provider,
  type ProviderContext,
  type RequestAttempt,
} from "exportkit/provider";
import { createTestClock } from "exportkit/testing";
import { describe, expect, it } from "vitest";
import { rejection } from "../support/outcome.js";

const home = "https://api.example.com";
const identity = "https://login.example.com";
const anyRequest = {
  "~standard": { version: 1, vendor: "test", validate: (value: unknown) => ({ value }) },
} as const;

/** A provider that gets a token by a request of its own, with a secret in its body. */
function oauth(): Provider<unknown, unknown> {
  let cached: string | undefined;
  const fetchToken = async (context: ProviderContext) => {
    const { json } = await context.request({
      method: "POST",
      url: `${identity}/token`,
      body: "client_secret=very-secret-indeed",
      authorize: false,
    });
    return (json as { readonly access_token: string }).access_token;
  };
  return {
    spec: 1,
    name: "oauth",
    capabilities: { delivery: "file", jobs: "asynchronous", progress: false, formats: ["ndjson"] },
    requestSchema: anyRequest,
    origins: [home],
    pace: { floorMs: 1_000, ceilingMs: 10_000 },
    secrets: () => ["very-secret-indeed"],
    async authorize({ renew }, context) {
      if (renew) cached = undefined;
      cached ??= await fetchToken(context);
      return { authorization: `Bearer ${cached}` };
    },
    async start(context) {
      await context.request({ method: "POST", url: `${home}/start` });
      return { id: "job-1", status: "running" };
    },
    async poll(context) {
      await context.request({ method: "GET", url: `${home}/status` });
      return { status: "succeeded" };
    },
    delivery: fileDelivery({
      locate: async () => Promise.reject(new Error("nothing is downloaded here")),
      records: () => ndjson(),
    }),
  };
}

type Answer = (url: URL, init: RequestInit) => Response | Promise<Response>;

function connected(answer: Answer, more: Partial<Provider<unknown, unknown>> = {}) {
  const requests: string[] = [];
  const clock = createTestClock();
  const client = createExportClient({
    providers: { vendor: { ...oauth(), ...more } },
    clock,
    random: () => 0.5,
    fetch: async (input, init) => {
      const url = new URL(String(input));
      requests.push(`${url.host}${url.pathname}`);
      return answer(url, init ?? {});
    },
  });
  return { client, clock, requests, start: () => client.startExport("vendor", {}) };
}

const tokenAt = (url: URL) => url.origin === identity;
const issued = () => Response.json({ access_token: "issued-token-1" });
const lost = () => {
  throw new TypeError("fetch failed", {
    cause: Object.assign(new Error("read ECONNRESET"), { code: "ECONNRESET" }),
  });
};

describe("credentials that come by a request of their own", () => {
  it("are asked for once and used", async () => {
    const { client, start, requests } = connected((url) => (tokenAt(url) ? issued() : Response.json({})));
    const job = await start();
    expect(await client.pollExport(job)).toMatchObject({ status: "succeeded" });
    expect(requests).toEqual(["login.example.com/token", "api.example.com/start", "api.example.com/status"]);
  });

  it("that cannot be had leave no doubt about the start: it was not sent", async () => {
    const { start, requests, clock } = connected((url) => (tokenAt(url) ? lost() : Response.json({})));
    const error = await rejection<ExportError>(start());
    expect(error).toMatchObject({ code: "NETWORK", operation: "authorize", retryable: true });
    expect(requests).toEqual(Array.from({ length: 4 }, () => "login.example.com/token"));
    expect(clock.sleeps).toEqual([125, 250, 500]);
  });

  it("that come at the third try do for the start", async () => {
    let tries = 0;
    const { start, requests } = connected((url) => {
      if (!tokenAt(url)) return Response.json({});
      tries += 1;
      return tries < 3 ? new Response("", { status: 503 }) : issued();
    });
    expect(await start()).toMatchObject({ status: "running" });
    expect(requests.filter((request) => request === "api.example.com/start")).toHaveLength(1);
  });

  it("that are refused are not asked for again", async () => {
    const { start, requests } = connected(() => new Response("{}", { status: 401 }));
    expect(await rejection(start())).toMatchObject({ code: "UNAUTHORIZED", operation: "authorize" });
    expect(requests).toEqual(["login.example.com/token"]);
  });

  it.each([307, 308, 302])("are not carried to another origin by a %d", async (status) => {
    const bodies: unknown[] = [];
    const { start, requests } = connected((_, init) => {
      bodies.push(init.body);
      return new Response("", { status, headers: { location: "https://evil.example.org/token" } });
    });
    const error = await rejection<ExportError>(start());
    expect(error).toMatchObject({ code: "RESPONSE_INVALID", operation: "authorize" });
    expect(requests).toEqual(["login.example.com/token"]);
    expect(bodies).toEqual(["client_secret=very-secret-indeed"]);
  });

  it("are renewed once for a start that was refused for the lack of them", async () => {
    let tokens = 0;
    const { start, requests } = connected((url, init) => {
      if (tokenAt(url)) return Response.json({ access_token: `issued-token-${++tokens}` });
      const authorization = new Headers(init.headers).get("authorization");
      return authorization === "Bearer issued-token-2"
        ? Response.json({})
        : new Response("", { status: 401 });
    });
    expect(await start()).toMatchObject({ status: "running" });
    expect(requests).toEqual([
      "login.example.com/token",
      "api.example.com/start",
      "login.example.com/token",
      "api.example.com/start",
    ]);
  });

  it.each([
    ["the same key", () => ({ "x-api-key": "a-key-for-ever" })],
    ["the same key, later", async () => ({ "x-api-key": "a-key-for-ever" })],
    ["nothing", ({ renew }: RequestAttempt) => (renew ? undefined : { authorization: "Bearer a-key" })],
  ])("are not sent again where a refusal brings %s", async (_, authorize) => {
    const { client, start, requests } = connected(
      (url) => new Response("{}", { status: url.pathname === "/start" ? 401 : 403 }),
      { authorize },
    );
    expect(await rejection(start())).toMatchObject({ code: "UNAUTHORIZED", operation: "start" });
    const now = new Date(0).toISOString();
    const job = client.parseJob({
      ...{ version: 1, connection: "vendor", provider: "oauth", id: "7", request: {}, status: "running" },
      ...{ createdAt: now, updatedAt: now, polls: 0, retryAfterMs: 0 },
    });
    expect(await rejection(client.pollExport(job))).toMatchObject({ code: "FORBIDDEN" });
    expect(requests).toEqual(["api.example.com/start", "api.example.com/status"]);
  });

  it("that cannot be renewed leave no answer open", async () => {
    let closed = 0;
    const body = () => new ReadableStream({ cancel: () => void closed++ });
    const { start } = connected((url) => (tokenAt(url) ? issued() : new Response(body(), { status: 401 })), {
      authorize: ({ renew }) => {
        if (renew) throw new Error("no renewal");
        return { authorization: "Bearer a-key" };
      },
    });
    expect(await rejection<Error>(start())).toMatchObject({ message: "no renewal" });
    expect(closed).toBe(1);
  });

  it.each([
    [4_999, 1],
    [5_000, 2],
  ])("are made anew where the clock is off by %i ms", async (skewMs, starts) => {
    const { start, clock, requests } = connected(
      () => {
        const date = new Date(clock.now() + 6_000).toUTCString();
        clock.advance(6_000 - skewMs);
        return new Response("{}", { status: 401, headers: { date } });
      },
      { authorize: ({ renew, now }) => (renew ? undefined : { authorization: `Signed ${now}` }) },
    );
    expect(await rejection(start())).toMatchObject({ code: "UNAUTHORIZED" });
    expect(requests).toHaveLength(starts);
  });

  it("do not make a lost start less doubtful", async () => {
    const { start, requests } = connected((url) => (tokenAt(url) ? issued() : lost()));
    expect(await rejection(start())).toMatchObject({ code: "START_OUTCOME_UNKNOWN", operation: "start" });
    expect(requests).toEqual(["login.example.com/token", "api.example.com/start"]);
  });
});

describe("an adapter that goes astray", () => {
  const client = (provider: Partial<Provider<unknown, unknown>>) =>
    createExportClient({
      providers: { vendor: { ...oauth(), ...provider } },
      fetch: async (input) => (tokenAt(new URL(String(input))) ? issued() : Response.json({})),
    });

  it("cannot send the credentials to another origin", async () => {
    const astray = client({
      start: async (context) => {
        await context.request({ method: "GET", url: "https://elsewhere.example.org/" });
        return { id: "x", status: "running" };
      },
    });
    const error = await rejection<ExportError>(astray.startExport("vendor", {}));
    expect(error).toMatchObject({ code: "RESPONSE_INVALID", connection: "vendor" });
    expect(error.message).toContain("elsewhere.example.org, where its credentials must not go");
  });

  it("cannot use plain http off the loopback", async () => {
    const insecure = client({
      origins: ["http://api.example.com"],
      start: async (context) => {
        await context.request({ method: "GET", url: "http://api.example.com/start" });
        return { id: "x", status: "running" };
      },
    });
    expect(await rejection(insecure.startExport("vendor", {}))).toMatchObject({ code: "CONFIG_INVALID" });
  });

  it("has its own bugs passed on", async () => {
    const bug = new TypeError("cannot read properties of undefined");
    const buggy = client({ start: () => Promise.reject(bug) });
    expect(await rejection(buggy.startExport("vendor", {}))).toBe(bug);
  });
});
