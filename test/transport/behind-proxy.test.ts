import { createServer } from "node:http";
import { afterEach, describe, expect, it, onTestFinished, vi } from "vitest";
import * as bun from "../../src/transport/once/bun.js";
import type { OnceModule } from "../../src/transport/once/contract.js";
import * as deno from "../../src/transport/once/deno.js";

// The modules of Bun and Deno, with what is asked of these runtimes put in its place.
const DENO_FETCH = "function fetch(...e){return lazyFetch().fetch(...new n(e))}";
const BUN_FETCH = "function fetch() { [native code] }";

afterEach(() => {
  vi.restoreAllMocks();
  vi.unstubAllGlobals();
});

/** A runtime's own `fetch`, which notes what it is called with. */
function ownFetch(source: string) {
  const calls: RequestInit[] = [];
  const own = async (_: string, init: RequestInit) => {
    calls.push(init);
    return new Response("{}");
  };
  vi.stubGlobal("fetch", own);
  const written = Function.prototype.toString;
  vi.spyOn(Function.prototype, "toString").mockImplementation(function (this: unknown) {
    return this === own ? source : written.call(this);
  });
  return calls;
}

/** Deno's environment; what is not granted must not be read, or a person is asked. */
function denoWith(values: { readonly [name: string]: string }, state: (variable: string) => string) {
  vi.stubGlobal("Deno", {
    env: {
      get(name: string) {
        if (state(name) !== "granted") throw new Error(`nobody may read ${name}`);
        return values[name];
      },
    },
    permissions: {
      querySync: ({ name, variable }: { name: string; variable: string }) => ({
        state: name === "env" ? state(variable) : "denied",
      }),
    },
  });
}

async function counted() {
  let arrivals = 0;
  const server = createServer((_, response) => {
    arrivals += 1;
    response.end("{}");
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  onTestFinished(() => void server.close());
  const { port } = server.address() as { readonly port: number };
  return { url: `http://127.0.0.1:${port}/start`, arrivals: () => arrivals };
}

const send = (once: OnceModule, url: string, body?: string) =>
  once.sendOnce(
    url,
    {
      method: body === undefined ? "GET" : "POST",
      headers: {},
      redirect: "manual",
      signal: new AbortController().signal,
      ...(body !== undefined && { body }),
    },
    {},
  );

const granted = () => "granted";

describe("on Deno", () => {
  it.each(["https_proxy", "HTTPS_PROXY", "all_proxy", "ALL_PROXY"])(
    "with %s a start goes through the proxy by fetch: a POST as a stream, and a GET is no promise",
    async (name) => {
      const calls = ownFetch(DENO_FETCH);
      denoWith({ [name]: "http://proxy:3128" }, granted);
      expect(deno.startsOnce(false)).toBe(false);
      await send(deno, "http://vendor.example/start", "{}");
      await send(deno, "http://vendor.example/start");
      expect(calls).toHaveLength(2);
      expect(calls[0]).toMatchObject({ method: "POST", duplex: "half" });
      expect(await new Response(calls[0]?.body).text()).toBe("{}");
      expect(calls[0]?.body).toBeInstanceOf(ReadableStream);
      expect(calls[1]?.body).toBeUndefined();
    },
  );

  it.each(["prompt", "denied"])("a variable whose reading is %s is not read, and no proxy", async (state) => {
    const calls = ownFetch(DENO_FETCH);
    denoWith({ HTTPS_PROXY: "http://proxy:3128" }, () => state);
    expect(deno.startsOnce(false)).toBe(true);
    const { url, arrivals } = await counted();
    expect((await send(deno, url, "{}")).status).toBe(200);
    expect([arrivals(), calls.length]).toEqual([1, 0]);
  });

  it("without a proxy it is a connection of its own, and only the runtime's own fetch is passed by", async () => {
    denoWith({ HTTPS_PROXY: "" }, granted);
    const calls = ownFetch(DENO_FETCH);
    expect([deno.startsOnce(false), deno.startsOnce(true)]).toEqual([true, false]);
    const { url, arrivals } = await counted();
    await send(deno, url);
    expect([arrivals(), calls.length]).toEqual([1, 0]);
    const stubbed = ownFetch("function fetch(input, init) { return new Response(); }");
    expect(deno.startsOnce(false)).toBe(false);
    await send(deno, url);
    expect([arrivals(), stubbed.length]).toEqual([1, 1]);
  });
});

describe("on Bun", () => {
  it.each(["https_proxy", "HTTPS_PROXY", "all_proxy", "ALL_PROXY"])(
    "with %s a start goes through the proxy by fetch, on a connection that is not kept",
    async (name) => {
      vi.stubEnv(name, "http://proxy:3128");
      onTestFinished(() => void vi.unstubAllEnvs());
      const calls = ownFetch(BUN_FETCH);
      await send(bun, "http://vendor.example/start");
      expect(calls).toEqual([expect.objectContaining({ method: "GET", keepalive: false })]);
      expect(bun.startsOnce(false)).toBe(true);
    },
  );

  it("without one it is a connection of its own", async () => {
    for (const name of ["https_proxy", "HTTPS_PROXY", "all_proxy", "ALL_PROXY"]) vi.stubEnv(name, "");
    onTestFinished(() => void vi.unstubAllEnvs());
    const calls = ownFetch(BUN_FETCH);
    const { url, arrivals } = await counted();
    await send(bun, url, "{}");
    expect([arrivals(), calls.length]).toEqual([1, 0]);
  });
});
