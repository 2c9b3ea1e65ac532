import { createExportClient, ExportError, type ExportJob } from "exportkit";
import { authgear } from "exportkit/authgear";
import type { Provider } from "exportkit/provider";
import { describe, expect, it, vi } from "vitest";
import { type Entry, entries, idsOf, names, overHttp, pagesOf, provider } from "../pages/listing-provider.js";
import { accessRequest, tenant } from "../providers/avepoint/tenant.js";
import { collect } from "../support/collect.js";
import { rejection } from "../support/outcome.js";
import { passingInSteps, settle } from "../support/turns.js";
import { harness, token } from "./harness.js";

const pages = pagesOf(entries(60), 5);
const pageOf = (input: unknown) => Number(new URL(String(input)).pathname.split("/").at(-1));
const page = (input: unknown) => Response.json(pages({ page: pageOf(input) }));
const ndjson = { format: "ndjson" } as const;
const csv = { format: "csv" } as const;

describe("limits.requests of 1", () => {
  it("is held by no download that was opened and is not read", async () => {
    const { client } = harness({ settings: { limits: { requests: 1 } } });
    const opened = [];
    for (let n = 0; n < 3; n++) opened.push(await client.runExport("users", ndjson));
    // Begun, and left in the middle of the file.
    const reading = opened[0]?.[Symbol.asyncIterator]();
    await reading?.next();
    const job = await client.waitForExport(await client.startExport("users", csv));
    expect(await collect(await client.download(job))).toHaveLength(20);
    for (const download of opened.slice(1)) expect(await collect(download)).toHaveLength(20);
    await reading?.return?.();
  });

  it("lets who reads a listing ask for something else in between, while pages are prefetched", async () => {
    const client = createExportClient({
      providers: { list: provider({ fetchPage: overHttp }) },
      fetch: async (input) => page(input),
      limits: { requests: 1 },
      prefetchPages: 6,
    });
    const ids: string[] = [];
    for await (const { id } of await client.runExport("list", {})) {
      ids.push(id);
      if (ids.length % 20 === 0) expect(await idsOf(await client.runExport("list", {}))).toEqual(names(60));
    }
    expect(ids).toEqual(names(60));
  });

  it("is free while a 429 is waited out: others go through, and the page comes when it may", async () => {
    const { clock } = harness();
    const seen: number[] = [];
    let refusals = 2;
    const client = createExportClient({
      providers: { list: provider({ fetchPage: overHttp }) },
      fetch: async (input) => {
        seen.push(pageOf(input));
        if (pageOf(input) === 3 && refusals-- > 0)
          return new Response("slow down", { status: 429, headers: { "retry-after": "60" } });
        return page(input);
      },
      clock,
      limits: { requests: 1 },
      prefetchPages: 4,
    });
    const reading = client.runExport("list", {}).then(idsOf);
    // Prefetched behind the page that waits.
    await vi.waitUntil(() => seen.includes(4), 20_000);
    expect(await passingInSteps(clock, 60_000, reading)).toEqual(names(60));
    expect(seen.filter((number) => number === 3)).toHaveLength(3);
  });

  it("is free again when an answer never ends, and when a redirect is followed", async () => {
    const { clock } = harness();
    let isStuck = true;
    const client = createExportClient({
      providers: { list: provider({ fetchPage: overHttp }) },
      fetch: async (input) => {
        const { pathname } = new URL(String(input));
        if (pathname === "/pages/2")
          return new Response(null, {
            status: 307,
            headers: { location: "https://listing.example/moved/2" },
          });
        if (pathname === "/pages/3" && isStuck) {
          isStuck = false;
          return new Response(new ReadableStream({ start: (body) => body.enqueue(new Uint8Array(1)) }), {
            headers: { "content-type": "application/json" },
          });
        }
        return page(input);
      },
      clock,
      limits: { requests: 1 },
    });
    const both = Promise.all([1, 2].map(async () => idsOf(await client.runExport("list", {}))));
    for (const ids of await passingInSteps(clock, 10_000, both)) expect(ids).toEqual(names(60));
  });

  it("lets who reads many files at the same time read all of them, with parts and archives", async () => {
    const { client } = tenant({ client: { limits: { requests: 1 } }, emulator: { rows: 300 } });
    const downloads = await Promise.all([1, 2, 3].map(() => client.runExport("access", accessRequest)));
    const readers = downloads.map((download) => download[Symbol.asyncIterator]());
    const counts = [0, 0, 0];
    // One record of each by turns: every file is open while the others need requests.
    for (let open = readers.length; open > 0; ) {
      open = 0;
      for (const [index, reader] of readers.entries()) {
        if ((await reader.next()).done) continue;
        counts[index] = (counts[index] ?? 0) + 1;
        open += 1;
      }
    }
    expect(new Set(counts).size).toBe(1);
    expect(counts[0]).toBeGreaterThan(300);
  });

  it("goes from a page that is given up to the next in line", async () => {
    const gate: (() => void)[] = [];
    const client = createExportClient({
      providers: { list: provider({ fetchPage: overHttp }) },
      fetch: async (input, init) => {
        await new Promise<void>((resolve, reject) => {
          gate.push(resolve);
          init?.signal?.addEventListener("abort", () => reject(init.signal?.reason));
        });
        return page(input);
      },
      limits: { requests: 1 },
      prefetchPages: 4,
    });
    const reason = new Error("enough");
    const controller = new AbortController();
    const first = rejection(client.runExport("list", {}, { signal: controller.signal }).then(idsOf));
    const second = client.runExport("list", {}).then(idsOf);
    await settle();
    controller.abort(reason);
    expect(await first).toBe(reason);
    let ids: readonly string[] | undefined;
    second.then((read) => {
      ids = read;
    });
    for (let turn = 0; !ids && turn < 200; turn++) {
      gate.shift()?.();
      await settle();
    }
    expect(ids).toEqual(names(60));
  });
});

type Client = ReturnType<typeof shared>["clients"][0];

/** One connection that several clients share, each with a limit of its own. */
function shared(limits: readonly number[]) {
  const { emulator, clock } = harness({ emulator: { jobDurationMs: 60_000 } });
  const users = authgear({ endpoint: emulator.endpoint, token });
  const clients = limits.map((jobs) =>
    createExportClient({ providers: { users }, fetch: emulator.fetch, clock, limits: { jobs } }),
  );
  return { clients: clients as [(typeof clients)[0], ...typeof clients], clock, emulator };
}

const full = { code: "CONCURRENCY_LIMIT", retryable: true };

describe("limits.jobs", () => {
  it("of clients that share a connection hold together, and starve nobody", async () => {
    const { clients, emulator } = shared([1, 3, 3]);
    let running = 0;
    const most = { 1: 0, 3: 0 };
    const one = async (client: (typeof clients)[0], limit: 1 | 3) => {
      let isCounted = false;
      const download = await client.runExport("users", ndjson, {
        onProgress: (job: ExportJob) => {
          if (!isCounted) running += 1;
          isCounted = true;
          if (job.polls === 0) most[limit] = Math.max(most[limit], running);
          if (job.status === "succeeded") running -= 1;
        },
      });
      return collect(download);
    };
    const all = clients.flatMap((client, index) =>
      Array.from({ length: 4 }, () => one(client, index === 0 ? 1 : 3)),
    );
    for (const records of await Promise.all(all)) expect(records).toHaveLength(20);
    expect(emulator.requests.filter(({ operation }) => operation === "start")).toHaveLength(12);
    expect(most[1]).toBe(1);
    expect(most[3]).toBeLessThanOrEqual(3);
  });

  it("that is lowered while jobs run lets nobody start until fewer run", async () => {
    const { clients } = shared([3, 1]);
    const [before, after] = clients as never as [Client, Client];
    const jobs = await Promise.all([1, 2, 3].map(() => before.startExport("users", ndjson)));
    for (const job of jobs) {
      expect(await rejection(after.startExport("users", csv))).toMatchObject(full);
      await before.waitForExport(job);
    }
    expect(await after.startExport("users", csv)).toHaveProperty("id");
  });

  it("makes room for a job that was seen to end elsewhere, and for one that is gone", async () => {
    for (const tell of ["poll", "wait", "download", "gone"] as const) {
      const { clients, clock, emulator } = shared([1, 9]);
      const [client] = clients;
      const job = await client.startExport("users", ndjson);
      // In another process.
      const other = createExportClient({
        providers: { users: authgear({ endpoint: emulator.endpoint, token }) },
        fetch: emulator.fetch,
        clock,
      });
      const ended = JSON.parse(JSON.stringify(await other.waitForExport(job)));
      expect(await rejection(client.startExport("users", csv))).toMatchObject(full);
      if (tell === "poll") await client.pollExport(ended);
      if (tell === "wait") await client.waitForExport(ended);
      if (tell === "download") expect(await collect(await client.download(ended))).toHaveLength(20);
      if (tell === "gone") {
        const ask = (body: string) => {
          emulator.faults.add({ on: "poll", fault: { type: "status", status: 404, body } });
          return client.pollExport(job);
        };
        // Gateways know nothing of jobs, and Authgear's own says that the project is not found.
        for (const body of [
          "",
          "<html>not found</html>",
          '{"message":"no Route matched"}',
          "app not found",
        ]) {
          expect(await rejection(ask(body))).toMatchObject({ code: "NOT_FOUND" });
          expect(await rejection(client.startExport("users", csv))).toMatchObject(full);
        }
        expect(await ask('{"error":{"reason":"TaskNotFound"}}')).toMatchObject({ status: "expired" });
      }
      expect(await client.startExport("users", csv)).toHaveProperty("id");
    }
  });

  it("makes no room for a job because there was nobody to sign in with", async () => {
    let status = 200;
    let refused = "/token";
    const ask = (path: string) => ({ method: "GET", url: `https://listing.example/${path}` }) as const;
    const runs: Provider<object, Entry> = {
      ...provider({ fetchPage: overHttp }),
      capabilities: { delivery: "pages", jobs: "asynchronous", progress: false, formats: ["ndjson"] },
      async authorize(_, context) {
        await context.request({ ...ask("token"), authorize: false });
        return {};
      },
      async start(context) {
        await context.request(ask("start"));
        return { id: "job", status: "running" };
      },
      async poll(context) {
        await context.request(ask("status"));
        return { status: "running" };
      },
    };
    const client = createExportClient({
      providers: { list: runs },
      fetch: async (input) =>
        Response.json({}, { status: String(new Request(input).url).endsWith(refused) ? status : 200 }),
      limits: { jobs: 1 },
      retry: { retries: 0 },
    });
    const job = await client.startExport("list", {});
    status = 404;
    const error = await rejection<ExportError>(client.pollExport(job));
    expect(error).toMatchObject({ code: "NOT_FOUND", operation: "authorize" });
    status = 200;
    expect(await rejection(client.startExport("list", {}))).toMatchObject(full);
    // It describes no failures, and answers in JSON.
    refused = "/status";
    status = 404;
    expect(await rejection(client.pollExport(job))).toMatchObject({ code: "NOT_FOUND", operation: "poll" });
    expect(await client.startExport("list", {})).toHaveProperty("id");
  });

  it("makes room for a job of which its adapter says that the vendor does not know it", async () => {
    for (const operation of ["poll", undefined] as const) {
      const runs: Provider<object, Entry> = {
        ...provider({ fetchPage: overHttp }),
        capabilities: { delivery: "pages", jobs: "asynchronous", progress: false, formats: ["ndjson"] },
        describeFailure: () => undefined,
        async start(context) {
          await context.request({ method: "POST", url: "https://listing.example/start" });
          return { id: "job", status: "running" };
        },
        async poll() {
          throw new ExportError("NOT_FOUND", "the listing is gone", { operation });
        },
      };
      const client = createExportClient({
        providers: { list: runs },
        fetch: async () => Response.json({}),
        limits: { jobs: 1 },
      });
      const job = await client.startExport("list", {});
      expect(await rejection(client.startExport("list", {}))).toMatchObject(full);
      expect(await rejection(client.pollExport(job))).toMatchObject({ code: "NOT_FOUND" });
      expect(await client.startExport("list", {})).toHaveProperty("id");
    }
  });

  it("hears of a signal that is aborted in the very moment of the call", async () => {
    const { clients, clock, emulator } = shared([1]);
    const [client] = clients;
    await client.startExport("users", ndjson);
    const controller = new AbortController();
    const reason = new Error("enough");
    const waiting = client.runExport("users", csv, { signal: controller.signal });
    controller.abort(reason);
    expect(await rejection(waiting)).toBe(reason);
    expect(emulator.requests).toHaveLength(1);
    expect(clock.waiting).toBe(0);
  });

  it("says who else waits, where there is room but not for who comes now", async () => {
    const { clients } = shared([1, 5]);
    const [narrow, wide] = clients as never as [Client, Client];
    const job = await wide.startExport("users", ndjson);
    const waiting = narrow.runExport("users", csv);
    await settle();
    const error = await rejection<Error>(wide.startExport("users", csv));
    expect(error).toMatchObject({ ...full, details: { running: 1, limit: 5 } });
    expect(error.message).toContain("1 came before and wait");
    await wide.waitForExport(job);
    expect(await collect(await waiting)).toHaveLength(20);
  });
});
