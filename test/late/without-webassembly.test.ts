import { afterEach, expect, it, vi } from "vitest";
import { openFile } from "../cases/open-case.js";
import { collect } from "../support/collect.js";

const text = `${Array.from({ length: 5_000 }, (_, at) => `{"at":${at},"n":9007199254740993,"m":1e400}`).join("\n")}\n`;
const table = `at,said\r\n${Array.from({ length: 5_000 }, (_, at) => `${at},"a ""quote"",\nand 東京"\r\n`).join("")}`;

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

it("for CSV it is asked once, too, and the rows are the same without", async () => {
  const rows = async () => {
    vi.resetModules();
    const { csv } = await import("exportkit/provider");
    return [
      await collect(await openFile(csv(), { text: table })),
      await collect(await openFile(csv(), { text: table })),
    ];
  };
  const made = await rows();
  const Module = vi.fn(function refuse() {
    throw new WebAssembly.CompileError("Wasm code generation disallowed by embedder");
  });
  vi.stubGlobal("WebAssembly", { Module, CompileError: WebAssembly.CompileError });
  expect(await rows()).toEqual(made);
  expect(Module).toHaveBeenCalledOnce();
  expect(made[0]?.[4_999]).toEqual({ at: "4999", said: 'a "quote",\nand 東京' });
});

it("numbers of JSON have a part of their own, made when JSON comes", async () => {
  const Module = vi.fn(WebAssembly.Module);
  vi.stubGlobal("WebAssembly", { Module, Instance: WebAssembly.Instance });
  vi.resetModules();
  const { csv, ndjson } = await import("exportkit/provider");
  await collect(await openFile(csv(), { text: "a\n1\n" }));
  expect(Module).toHaveBeenCalledOnce();
  await collect(await openFile(ndjson(), { text: '{"a":1}\n' }));
  expect(Module).toHaveBeenCalledTimes(2);
});
