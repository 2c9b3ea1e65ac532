import { ExportError } from "exportkit";
import type { Page, PageCursor, ProviderContext } from "exportkit/provider";
import { createTestClock, type TestClock } from "exportkit/testing";
import { describe, expect, it } from "vitest";
import { rejection } from "../support/outcome.js";
import {
  entries,
  type FetchPage,
  idsOf,
  names,
  open,
  overHttp,
  pageOf,
  pagesOf,
} from "./listing-provider.js";

const SIZE = 2;
const AT = 3;
const answer = pagesOf(entries(5 * SIZE), SIZE);

type Failing =
  | { readonly http: (page: number, clock: TestClock) => Response | Promise<Response> }
  | { readonly adapter: (context: ProviderContext, clock: TestClock) => Promise<Page> };

const http = (body: BodyInit | null, init?: ResponseInit): Failing => ({
  http: () => new Response(body, init),
});
const redirect = (location?: string): Failing =>
  http(null, { status: 302, ...(location !== undefined && { headers: { location } }) });
const json = { "content-type": "application/json" };

/** What does not come before all timers have run out. */
function neverWithin(clock: TestClock): Promise<never> {
  clock.advance(30_000);
  return new Promise(() => {});
}

const failures: readonly [what: string, code: string, failing: Failing][] = [
  ["401", "UNAUTHORIZED", http(null, { status: 401 })],
  ["403", "FORBIDDEN", http("no", { status: 403 })],
  ["404", "NOT_FOUND", http(null, { status: 404 })],
  ["a wait that is too long", "RATE_LIMITED", http(null, { status: 429, headers: { "retry-after": "900" } })],
  ["500", "PROVIDER_UNAVAILABLE", http("<html>", { status: 500 })],
  ["an answer that is no JSON", "RESPONSE_INVALID", http("<html>", { headers: json })],
  ["an answer that is no text", "RESPONSE_INVALID", http(new Uint8Array([0x7b, 0xff]), { headers: json })],
  [
    "a charset nobody knows",
    "RESPONSE_INVALID",
    http("{}", { headers: { "content-type": "application/json; charset=x" } }),
  ],
  ["an answer that is too large", "LIMIT_EXCEEDED", http(`["${"x".repeat(5_000)}"]`, { headers: json })],
  ["a redirect to somewhere else", "RESPONSE_INVALID", redirect("https://other.example/")],
  ["a redirect to nowhere", "RESPONSE_INVALID", redirect()],
  [
    "redirects without an end",
    "RESPONSE_INVALID",
    { http: (page) => new Response(null, { status: 302, headers: { location: `/pages/${page}` } }) },
  ],
  [
    "no connection",
    "NETWORK",
    {
      http: () => {
        throw new TypeError("fetch failed");
      },
    },
  ],
  [
    "an answer that breaks off",
    "NETWORK",
    {
      http: () =>
        new Response(
          new ReadableStream({
            pull: (controller) => controller.error(new TypeError("terminated")),
          }),
          { headers: json },
        ),
    },
  ],
  ["no answer", "TIMEOUT", { http: (_, clock) => neverWithin(clock) }],
  ["an adapter that does not finish", "TIMEOUT", { adapter: (_, clock) => neverWithin(clock) }],
  [
    "an answer that an adapter refuses",
    "RESPONSE_INVALID",
    {
      adapter: async (context) => {
        throw context.invalidResponse("it makes no sense");
      },
    },
  ],
  [
    "an error of the adapter's own",
    "NOT_SUPPORTED",
    {
      adapter: async () => {
        throw new ExportError("NOT_SUPPORTED", "there is no such page", { details: { word: "w" } });
      },
    },
  ],
  [
    "an address that is none",
    "CONFIG_INVALID",
    {
      adapter: async (context) => {
        await context.request({ method: "GET", url: "ftp://listing.example/" });
        return { items: [] };
      },
    },
  ],
];

/** Cursors that do not say which page they are of. */
function opaque(fetchPage: FetchPage): FetchPage {
  return async (cursor, context) => {
    const { next, ...page } = await fetchPage(numbered(cursor), context);
    return { ...page, ...(next && { next: { token: `t${next.page}` } }) };
  };
}

const numbered = (cursor: PageCursor | undefined): PageCursor | undefined =>
  cursor && { page: Number(String(cursor.token).slice(1)) };

/** Reads a listing one of whose pages fails. */
async function readFailing(failing: Failing, at: number, isOpaque: boolean): Promise<ExportError> {
  const clock = createTestClock();
  const fetchPage: FetchPage = (cursor, context) =>
    "adapter" in failing && pageOf(cursor) === at
      ? failing.adapter(context, clock)
      : overHttp(cursor, context);
  const ids: string[] = [];
  const error = await rejection<ExportError>(
    (async () => {
      const download = await open({
        clock,
        prefetchPages: 1,
        maxBufferedBytes: 4_000,
        retry: { retries: 0 },
        fetchPage: isOpaque ? opaque(fetchPage) : fetchPage,
        ...(isOpaque && { predict: "none" as const }),
        fetch: async (input) => {
          const page = Number(new URL(String(input)).pathname.split("/").at(-1));
          return "http" in failing && page === at
            ? failing.http(page, clock)
            : Response.json(answer({ page }));
        },
      });
      for await (const { id } of download) ids.push(id);
    })(),
  );
  expect(ids).toEqual(names(SIZE * (at - 1)));
  return error;
}

describe("an error of a page names the page, the operation, provider, connection and job:", () => {
  it.each(failures)("%s", async (_, code, failing) => {
    for (const at of [1, AT]) {
      for (const isOpaque of [false, true]) {
        const error = await readFailing(failing, at, isOpaque);
        expect(error).toMatchObject({
          code,
          operation: "page",
          provider: "listing",
          connection: "list",
          job: { id: "job" },
          details: { page: at },
        });
      }
    }
  });

  it("what else its details say stays", async () => {
    const failing = failures.find(([what]) => what === "an error of the adapter's own")?.[2] as Failing;
    const error = await readFailing(failing, AT, false);
    expect(error).toMatchObject({ details: { word: "w", page: AT } });
  });

  it("a page that has a number is named by it, wherever it stands in the listing", async () => {
    const download = await open({
      predict: "none",
      fetchPage: async (cursor, context) => {
        if (pageOf(cursor) === 7) throw context.invalidResponse("it makes no sense");
        return { items: entries(1), next: { page: 7 } };
      },
      retry: { retries: 0 },
    });
    expect(await rejection(idsOf(download))).toMatchObject({ details: { page: 7 } });
  });

  it("an identity that checkpoints could not hold is refused, and the longest is not", async () => {
    const read = async (length: number) =>
      idsOf(
        await open({
          fetchPage: async () => ({ items: entries(1) }),
          records: { identify: () => "x".repeat(length) },
        }),
      );
    expect(await read(10_000)).toEqual(names(1));
    expect(await rejection(read(10_001))).toMatchObject({
      code: "LIMIT_EXCEEDED",
      operation: "page",
      connection: "list",
      job: { id: "job" },
      details: { field: "identify", limit: 10_000, page: 1 },
    });
  });

  it.each([1, 4])(
    "what a caller gave up with is left as it is, with %d pages ahead",
    async (prefetchPages) => {
      const controller = new AbortController();
      const { signal } = controller;
      const reason = Object.freeze(new ExportError("ARTIFACT_MISSING", "another export failed"));
      const download = await open({
        signal,
        prefetchPages,
        fetchPage: async (cursor) => {
          if (pageOf(cursor) === AT) controller.abort(reason);
          return answer(cursor);
        },
      });
      expect(await rejection(idsOf(download))).toBe(reason);
      expect(reason.details).toBeUndefined();
    },
  );

  it("an error that is not one of the package's is thrown as it is", async () => {
    const own = new Error("mine");
    const download = await open({
      fetchPage: async (cursor) => {
        if (pageOf(cursor) === AT) throw own;
        return answer(cursor);
      },
    });
    expect(await rejection(idsOf(download))).toBe(own);
  });
});
