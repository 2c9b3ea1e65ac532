import { afterEach, expect, it, vi } from "vitest";
import { openFile } from "../cases/open-case.js";
import { collect } from "../support/collect.js";

const text = `${Array.from({ length: 5_000 }, (_, at) => `{"at":${at},"n":9007199254740993,"m":1e400}`).join("\n")}\n`;

afterEach(() => vi.unstubAllGlobals());

async function read() {
  vi.resetModules();
  const { ndjson } = await import("exportkit/provider");
  return await collect(await openFile(ndjson(), { text }, { fetch: async () => new Response(text) }));
}

it("a runtime that makes no WebAssembly reads the same numbers, and is asked for it once", async () => {
  const made = await read();
  const Module = vi.fn(function refuse() {
    throw new WebAssembly.CompileError("Wasm code generation disallowed by embedder");
  });
  vi.stubGlobal("WebAssembly", {
    Module,
    Instance: WebAssembly.Instance,
    CompileError: WebAssembly.CompileError,
  });
  const refused = await read();
  expect(Module).toHaveBeenCalledOnce();
  vi.stubGlobal("WebAssembly", undefined);
  expect([refused, await read()]).toEqual([made, made]);
  expect(refused[4_999]).toEqual({ at: 4_999, n: "9007199254740993", m: "1e400" });
});

it("nothing but JSON is looked at by it", async () => {
  const Module = vi.fn(WebAssembly.Module);
  vi.stubGlobal("WebAssembly", { Module, Instance: WebAssembly.Instance });
  vi.resetModules();
  const { csv, ndjson } = await import("exportkit/provider");
  await collect(await openFile(csv(), { text: "a\n1\n" }));
  expect(Module).not.toHaveBeenCalled();
  await collect(await openFile(ndjson(), { text: '{"a":1}\n' }));
  expect(Module).toHaveBeenCalledOnce();
});
