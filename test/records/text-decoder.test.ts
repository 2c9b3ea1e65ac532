import { describe, expect, it } from "vitest";
import { csv } from "../../src/records/csv.js";
import { ndjson } from "../../src/records/ndjson.js";
import type { RecordDecoder } from "../../src/spec/records.js";
import { chunkings, decodeAll, textArtifact } from "./text-artifact.js";

const utf8 = new TextEncoder();

describe("a record larger than the limit", () => {
  it.each<[string, RecordDecoder<unknown>, string]>([
    ["line", ndjson(), `{"a":1}\n\n{"a":"${"é".repeat(50)}"}\n{"a":3}\n`],
    ["row", csv(), `a\n1\n2\n${"é".repeat(50)}\n`],
    ["row with quotes", csv(), `a,b\n1,2\n\n"${"\n".repeat(101)}",2\n`],
  ])("%s ends the decoding, after the records before it", async (_name, decoder, content) => {
    for (const sizes of chunkings) {
      const { outcomes, failure } = await decodeAll(decoder, textArtifact(content, sizes), {
        maxBufferedBytes: 100,
      });
      expect(outcomes.length).toBeGreaterThan(0);
      expect(failure).toMatchObject({ code: "LIMIT_EXCEEDED", details: { limit: 100 } });
      const { line } = (failure as { details: { line: number } }).details;
      expect((failure as Error).message).toContain(`line ${line} is larger than 100 bytes`);
      expect([3, 4]).toContain(line);
    }
  });

  it("counts its line end, in bytes", async () => {
    const decode = (maxBufferedBytes: number, sizes: readonly number[]) =>
      decodeAll(ndjson(), textArtifact('{"a":"é"}\r\n', sizes), { maxBufferedBytes });
    for (const sizes of chunkings) {
      expect((await decode(12, sizes)).failure).toBeUndefined();
      expect((await decode(11, sizes)).failure).toMatchObject({ code: "LIMIT_EXCEEDED" });
    }
  });

  it("is not read to its end", async () => {
    let delivered = 0;
    const endless = {
      ...textArtifact(""),
      async *stream() {
        for (;;) {
          delivered += 1000;
          yield new Uint8Array(1000).fill(0x61);
        }
      },
    };
    for (const decoder of [csv(), ndjson()]) {
      delivered = 0;
      const { failure } = await decodeAll(decoder, endless, { maxBufferedBytes: 10_000 });
      expect(failure).toMatchObject({ code: "LIMIT_EXCEEDED" });
      expect(delivered).toBe(11_000);
    }
  });
});

describe("a record in very many chunks", () => {
  // Reading it again with every chunk would take hours.
  const long = "y".repeat(4 << 20);
  it.each<[string, RecordDecoder<unknown>, string, unknown]>([
    ["a line", ndjson(), `{"a":"${long}"}`, { a: long }],
    ["a cell", csv(), `a\n${long}\n`, { a: long }],
    ["a quoted cell", csv(), `a\n"${long}\n${long}"\n`, { a: `${long}\n${long}` }],
    ["a cell of doubled quotes", csv(), `a\n"${'""'.repeat(1 << 20)}"\n`, { a: '"'.repeat(1 << 20) }],
  ])("%s", async (_name, decoder, content, record) => {
    const { outcomes } = await decodeAll(decoder, textArtifact(content, [61]), {
      maxBufferedBytes: 16 << 20,
    });
    expect(outcomes.length).toBe(1);
    expect(outcomes[0]).toEqual({ record });
  });
});

it("malformed bytes are named by byte and line, after the records before them", async () => {
  for (const decoder of [csv(), ndjson()]) {
    const head = decoder.format === "csv" ? "a\né\n" : '{"a":"é"}\n\n';
    const bytes = Uint8Array.of(...utf8.encode(`${head}xy`), 0xe9, ...utf8.encode("\n1\n"));
    const byte = utf8.encode(head).length + 2;
    for (const sizes of chunkings) {
      const { outcomes, failure } = await decodeAll(decoder, textArtifact(bytes, sizes));
      expect(outcomes).toEqual([{ record: { a: "é" } }]);
      expect(failure).toMatchObject({
        code: "DECODE_FAILED",
        message: `The file is not UTF-8: byte ${byte}, on line 3, is malformed.`,
        details: { record: 2, line: 3, byte },
      });
    }
  }
});

describe("the artifact's stream", () => {
  it("is closed when the consumer stops, when decoding fails, and when it is read to its end", async () => {
    const content = `a,b\n${"1,2\n".repeat(100)}`;
    const stopped = textArtifact(content, [50]);
    for await (const _batch of csv().decode(stopped, { maxBufferedBytes: 1000 })) break;
    expect(stopped.returned()).toBe(1);

    const failed = textArtifact(`${content}"x"y,2\n${content}`, [50]);
    await decodeAll(csv(), failed);
    expect(failed.returned()).toBe(1);

    const whole = textArtifact(content, [50]);
    await decodeAll(csv(), whole);
    expect(whole.returned()).toBe(0);
  });

  it("fails the decoding with its own error, after the records that came", async () => {
    const lost = new Error("connection lost");
    const artifact = {
      ...textArtifact(""),
      async *stream() {
        yield utf8.encode("a\n1\n2");
        throw lost;
      },
    };
    const { outcomes, failure } = await decodeAll(csv(), artifact);
    expect(outcomes).toEqual([{ record: { a: "1" } }]);
    expect(failure).toBe(lost);
  });

  it("is not touched before the first record is asked for", () => {
    const artifact = textArtifact("a\n1\n");
    ndjson().decode(artifact, { maxBufferedBytes: 100 });
    csv().decode(artifact, { maxBufferedBytes: 100 });
    expect(artifact.opened).toEqual([]);
  });
});
