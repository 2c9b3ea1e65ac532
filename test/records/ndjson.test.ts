import { describe, expect, it } from "vitest";
import { ndjson } from "../../src/records/ndjson.js";
import { openFile } from "../cases/open-case.js";
import { chunkings, decodeAll, recordsOf, textArtifact } from "./text-artifact.js";

describe("reads", () => {
  it.each<[string, string, readonly unknown[]]>([
    ["lines", '{"a":1}\n{"a":2}\n', [{ a: 1 }, { a: 2 }]],
    ["a last line without an end", '{"a":1}\n{"a":2}', [{ a: 1 }, { a: 2 }]],
    ["CRLF", '{"a":1}\r\n{"a":2}\r\n', [{ a: 1 }, { a: 2 }]],
    ["blank lines", '\n{"a":1}\n\n \t\r\n{"a":2}\n\n', [{ a: 1 }, { a: 2 }]],
    ["space around a value", ' {"a":1}\t\n', [{ a: 1 }]],
    ["a file of no bytes", "", []],
    ["a file of line ends", "\n\r\n\n", []],
    ["a byte order mark", '\uFEFF{"a":1}\n', [{ a: 1 }]],
    ["nothing but a byte order mark", "\uFEFF", []],
    [
      "characters of two, three and four bytes",
      '{"é":"東京 😀"}\n{"a":"\u{10FFFF}"}',
      [{ é: "東京 😀" }, { a: "\u{10FFFF}" }],
    ],
    ["a line separator that is no line end", '{"a":"\u2028\u0085"}\n', [{ a: "\u2028\u0085" }]],
    ["a CR alone is space in JSON", '{"a":1,\r"b":2}\n', [{ a: 1, b: 2 }]],
  ])("%s", async (_name, content, records) => {
    for (const sizes of chunkings) {
      expect(await recordsOf(ndjson(), textArtifact(content, sizes)), `chunks of ${sizes}`).toEqual(records);
    }
  });

  it("a key __proto__ as an own property", async () => {
    const [record] = await recordsOf(ndjson<object>(), textArtifact('{"__proto__":{"x":1},"a":2}\n'));
    expect(Object.keys(record ?? {})).toEqual(["__proto__", "a"]);
    expect(Object.getPrototypeOf(record)).toBe(Object.prototype);
  });
});

describe("a broken line is invalid by itself", () => {
  const secret = "JBSWY3DPEHPK3PXP";

  it("with its position and without its content", async () => {
    const content = `{"a":1}\n\n{"ü":"${secret}"\n[1]\nnull\n"x"\n{"a":2}\n{"a":${secret}\n`;
    for (const sizes of chunkings) {
      const { outcomes, failure } = await decodeAll(ndjson(), textArtifact(content, sizes));
      expect(failure).toBeUndefined();
      expect(outcomes).toEqual([
        { record: { a: 1 } },
        { invalid: { message: "The line is not valid JSON.", position: { record: 2, line: 3, byte: 9 } } },
        {
          invalid: {
            message: "The line is not a JSON object but an array.",
            position: { record: 3, line: 4, byte: 34 },
          },
        },
        {
          invalid: {
            message: "The line is not a JSON object but null.",
            position: { record: 4, line: 5, byte: 38 },
          },
        },
        {
          invalid: {
            message: "The line is not a JSON object but a string.",
            position: { record: 5, line: 6, byte: 43 },
          },
        },
        { record: { a: 2 } },
        { invalid: { message: "The line is not valid JSON.", position: { record: 7, line: 8, byte: 55 } } },
      ]);
      expect(JSON.stringify(outcomes)).not.toContain(secret);
    }
  });

  it("but not the last one when it has no end: then the file was cut", async () => {
    for (const sizes of chunkings) {
      const { outcomes, failure } = await decodeAll(ndjson(), textArtifact('{"a":1}\n{"a":2', sizes));
      expect(outcomes).toEqual([{ record: { a: 1 } }]);
      expect(failure).toMatchObject({ code: "DECODE_FAILED", details: { record: 2, line: 2, byte: 14 } });
    }
  });

  it("a byte order mark inside the file included", async () => {
    const { outcomes } = await decodeAll(ndjson(), textArtifact("{}\n\uFEFF{}\n"));
    expect(outcomes).toMatchObject([
      { record: {} },
      { invalid: { position: { record: 2, line: 2, byte: 3 } } },
    ]);
  });
});

describe("passing over what is broken", () => {
  const skipped = async (text: string) => {
    const records: unknown[] = [];
    const download = await openFile(ndjson(), { text });
    for await (const record of download.records({ onInvalid: "skip" })) records.push(record);
    return records;
  };

  it.each([
    ["a page of HTML", "<!doctype html>\n<html>\n<body>Sign in</body>\n</html>\n"],
    ["an error of a store", "\n<Error>\n<Code>ExpiredToken</Code></Error>\n"],
    ["a sentence", "Access denied\n"],
    ["a CSV", "sub,email\nu1,a@x\n"],
  ])("makes no empty export of %s", async (_, text) => {
    await expect(skipped(text)).rejects.toMatchObject({
      code: "DECODE_FAILED",
      message: expect.stringContaining("none of its lines is JSON"),
    });
  });

  it.each([
    ["a file of one broken object", '{"a":\n', []],
    ["JSON that is no object", "1\n[2]\n", []],
    ["a banner before records", 'exported today\n{"a":1}\n', [{ a: 1 }]],
    ["a banner behind them", '{"a":1}\nthe end\n', [{ a: 1 }]],
  ])("takes %s for what it is", async (_, text, records) => {
    expect(await skipped(text)).toEqual(records);
  });
});

describe("map", () => {
  it("makes records of any value", async () => {
    expect(await recordsOf(ndjson({ map: (value) => [value] }), textArtifact("1\nnull\n[2]"))).toEqual([
      [1],
      [null],
      [[2]],
    ]);
  });

  it("makes a record invalid by throwing", async () => {
    const decoder = ndjson({
      map: (value) => {
        if (value === 2) throw new RangeError("Two is too many.");
        return value;
      },
    });
    const { outcomes } = await decodeAll(decoder, textArtifact("1\n2\n3"));
    expect(outcomes).toEqual([
      { record: 1 },
      { invalid: { message: "Two is too many.", position: { record: 2, line: 2, byte: 2 } } },
      { record: 3 },
    ]);
  });
});

it("a decoder is plain data", () => {
  const layout = { columns: ["a"] };
  expect(ndjson()).toMatchObject({ kind: "artifact", format: "ndjson", contentType: "application/x-ndjson" });
  expect(ndjson()).not.toHaveProperty("csv");
  expect(ndjson({ contentType: "application/jsonl", csv: layout })).toMatchObject({
    contentType: "application/jsonl",
    csv: layout,
  });
});
