import { ndjson } from "exportkit/provider";
import { expect, it } from "vitest";
import { collect } from "../support/collect.js";
import { rejection } from "../support/outcome.js";
import { scriptedStore } from "./scripted-store.js";

/** A store that answers 200 with these chunks, where the provider says that JSON under this type may be a refusal. */
function store(type: string, ...chunks: readonly string[]) {
  const body = () =>
    new ReadableStream<Uint8Array>({
      start(controller) {
        for (const chunk of chunks) controller.enqueue(new TextEncoder().encode(chunk));
        controller.close();
      },
    });
  return scriptedStore(() => new Response(body(), { headers: { "content-type": type } }), {
    locate: () => ({ refusalType: ["text/plain", "application/problem+json"] }),
    client: { retry: { retries: 0 } },
    decoder: ndjson(),
  });
}
const refusal = '{"n":1}\n';

it.each([
  ["at once", "text/plain", [refusal]],
  ["in another case, with a charset", "Text/Plain ; charset=utf-8", [refusal]],
  ["behind a chunk of blanks", "text/plain", ["\r\n \t", refusal]],
  ["behind as many blanks as are passed over", "text/plain", [" ".repeat(1_023), refusal]],
  ["whatever it begins with, under a type that no file has", "application/problem+json", ["[]"]],
] as const)("a refusal inside a 200 is none of a file: %s", async (_, type, chunks) => {
  expect(await rejection(store(type, ...chunks).open())).toMatchObject({
    operation: "artifact",
    status: 200,
  });
});

it.each([
  ["under another type", "application/x-ndjson", [refusal]],
  ["behind more blanks than that", "text/plain", [" ".repeat(1_024), refusal]],
] as const)("a file is a file: %s", async (_, type, chunks) => {
  expect(await collect(await store(type, ...chunks).open())).toEqual([{ n: 1 }]);
});
