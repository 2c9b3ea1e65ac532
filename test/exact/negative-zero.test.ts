import type { ClientSettings, ExportDownload } from "exportkit";
import { type CsvLayout, csv, json, ndjson, xlsx } from "exportkit/provider";
import { describe, expect, it } from "vitest";
import { exactNumbersMade } from "../../src/exact/exact-number.js";
import { lookAtPiece } from "../../src/exact/look-at-piece.js";
import { openCase, openFile } from "../cases/open-case.js";
import { xlsx as workbook } from "../records/xlsx/workbook-writer.js";

// A sign that `JSON.stringify` drops. In records -0 is a number, as it always was.

type Format = "ndjson" | "csv";

const written = async (download: ExportDownload<unknown>, format: Format | "bytes") =>
  new Response(format === "bytes" ? download.bytes() : download.encode(format)).text();

const lines = ['{"a":-0,"b":[0,-0,{"c":-0}],"t":"-0,0"}', '{"a":0,"b":[0],"t":":0,"}', '{"a":-0.5,"b":-0}'];
const inOneChunk = (text: string): ClientSettings => ({ fetch: async () => new Response(text) });
const text = `${lines.join("\n")}\n`;

describe("a zero with a sign", () => {
  it.each(["-0", "-0.0", "-0e5", "-0E-1"])("keeps it, however it is written: %s", async (zero) => {
    for (const settings of [{}, inOneChunk(`{"a":${zero}}\n`)]) {
      const before = exactNumbersMade();
      const download = await openFile(ndjson(), { text: `{"a":${zero}}\n` }, settings);
      expect(await written(download, "ndjson")).toBe('{"a":-0}\n');
      expect(exactNumbersMade()).toBeGreaterThan(before);
    }
  });

  // The bytes of a piece are looked at sixteen at a time, and each piece behind what is left of the last one.
  it("keeps it wherever it stands in a piece", async () => {
    for (const zero of ["-0", "-0.0", "-0.000e5"]) {
      for (let pad = 0; pad < 40; pad++) {
        for (const line of [
          `{"p":"${"x".repeat(pad)}","a":${zero}}`,
          `{"p":"${"x".repeat(pad)}","a":[1, ${zero}]}`,
        ]) {
          const body = `{"z":-0.5}\n${line}\n`;
          const before = exactNumbersMade();
          const download = await openFile(ndjson(), { text: body }, inOneChunk(body));
          expect(await written(download, "ndjson")).toBe(body.replace(zero, "-0").replace(", -0", ",-0"));
          expect(exactNumbersMade()).toBeGreaterThan(before);
        }
      }
    }
  });

  it("keeps it where it is a whole line, the first of a piece or a later one", async () => {
    const decoder = ndjson({ map: (value) => ({ value }) });
    for (const body of ["-0\n0\n", "0\n-0\n", `${"1\n".repeat(63)}-0\n1\n`]) {
      const download = await openFile(decoder, { text: body }, inOneChunk(body));
      expect(await written(download, "ndjson")).toBe(body.replace(/^.+$/gm, '{"value":$&}'));
    }
  });

  it("is found on its own line, so that the others are not searched", () => {
    const lines = [
      "1",
      '{"a":1}',
      ' {"a":-0}',
      '{"a":"00000000-0000-4000-8000-00000000001e-1234","b":"90071992547409931234","c":"1e400"}',
      '{"a":-0.5}',
      "-0",
      '{"a":1}',
    ];
    const seen = lookAtPiece(new TextEncoder().encode(`${lines.join("\n")}\n`));
    // What stands in the memory behind the piece can add lines that there are not.
    expect([...(seen?.finds.keys() ?? [])].filter((line) => line < lines.length)).toEqual([2, 5]);
  });

  it("is told from fractions, and from text", async () => {
    const body = `{"a":-0.5,"b":[-0.25,0],"t":"-0","id":"a-0"}\n`.repeat(20);
    const before = exactNumbersMade();
    expect(await written(await openFile(ndjson(), { text: body }, inOneChunk(body)), "ndjson")).toBe(body);
    expect(exactNumbersMade()).toBe(before);
  });

  it("keeps it at any depth, beside zeros without one", async () => {
    for (const settings of [{}, inOneChunk(text)]) {
      expect(await written(await openFile(ndjson(), { text }, settings), "ndjson")).toBe(text);
    }
    expect(await written(await openFile(json(), { text: `[${lines.join()}]` }), "ndjson")).toBe(text);
  });

  it("keeps it in cells, by itself and in JSON", async () => {
    const download = await openFile(ndjson(), { text: '{"a":-0,"b":[-0]}\n{"a":0,"b":[0]}\n' });
    expect((await written(download, "csv")).split("\n").slice(1, 3)).toEqual(["-0,[-0],", "0,[0],"]);
  });

  it.each(["ndjson", "bytes"] as const)("keeps it on pages, in %s", async (format) => {
    const user = '{"user":{"user_id":"1","attributes":{"n":-0,"m":0}}}';
    const before = exactNumbersMade();
    const download = await openCase(
      { name: "", through: "zephr", pages: [{ text: `{"results":[${user}],"links":{}}` }], checks: [] },
      {},
    );
    expect(await written(download, format)).toBe(`${user}\n`);
    // One that another test has read would make this one pass.
    expect(exactNumbersMade()).toBeGreaterThan(before);
  });

  it.each(["-0", "-00", "-0000000000000000000"])(
    "keeps it in a column of whole numbers: %s",
    async (zero) => {
      const file = { text: `sub,biometric_count\nu,${zero}\nv,0\n` };
      const request = { fields: ["/sub", "/biometric_count"] } as const;
      const open = () => openCase({ name: "", through: "authgear-csv", request, file, checks: [] }, {});
      const before = exactNumbersMade();
      expect(await written(await open(), "ndjson")).toBe(
        '{"sub":"u","biometric_count":-0}\n{"sub":"v","biometric_count":0}\n',
      );
      expect(exactNumbersMade()).toBeGreaterThan(before);
      expect(await written(await open(), "csv")).toBe("sub,biometric_count\nu,-0\nv,0\n");
    },
  );

  it("keeps it in workbooks", async () => {
    const data = '<row r="1"><c r="A1"><v>-0</v></c><c r="B1"><v>0</v></c></row>';
    const base64 = Buffer.from(workbook({ sheets: [{ name: "S", data }] })).toString("base64");
    const open = () => openFile(xlsx({ headerRow: "none" }), { base64 });
    const before = exactNumbersMade();
    expect(await written(await open(), "ndjson")).toContain('"cells":[-0,0]');
    expect(exactNumbersMade()).toBeGreaterThan(before);
    expect(await written(await open(), "csv")).toContain(",-0,0");
  });

  // What may stand before a number is in the piece before, where there is one.
  it.each([1, 2, 3, 4, 5, 64])("keeps it as a record of its own, in pieces of %i bytes", async (size) => {
    const map = (value: unknown) => value;
    const pieces = (body: string): ClientSettings => ({
      fetch: async () => {
        const rest = Array.from({ length: Math.ceil(body.length / size) }, (_, n) => n * size);
        return new Response(
          new ReadableStream({
            pull(controller) {
              const at = rest.shift();
              if (at === undefined) controller.close();
              else controller.enqueue(new TextEncoder().encode(body.slice(at, at + size)));
            },
          }),
        );
      },
    });
    const zeros = "-0\n1\n-0.0\n0\n-0\n";
    const list = "[-0,1,-0.0,0,-0]";
    const expected = "-0\n1\n-0\n0\n-0\n";
    expect(await written(await openFile(ndjson({ map }), {}, pieces(zeros)), "ndjson")).toBe(expected);
    expect(await written(await openFile(json({ map }), {}, pieces(list)), "ndjson")).toBe(expected);
  });

  it("is a number for what lays out the cells, and keeps its sign there", async () => {
    interface Row {
      readonly sum: number;
    }
    const layout: CsvLayout<Row> = {
      columns: ["sum", "fixed"],
      flatten: ({ sum }) => ({ sum, fixed: sum.toFixed(2), list: [sum] }),
      cell: ({ sum }, column) => (column === "half" ? sum / 2 : undefined),
    };
    const open = () => openFile(ndjson<Row>({ csv: layout }), { text: '{"sum":-0}\n{"sum":0}\n' });
    expect(await written(await open(), "csv")).toBe(
      'sum,fixed,_extra\n-0,0.00,"{""list"":[-0]}"\n0,0.00,"{""list"":[0]}"\n',
    );
    const halves = (await open()).encode("csv", { columns: ["half", "sum"] });
    expect(await new Response(halves).text()).toBe("half,sum\n-0,-0\n0,0\n");
  });

  it.each(["-0", "7", "9007199254740993"])(
    "is no record of CSV by itself, as no number is: %s",
    async (number) => {
      const download = await openFile(ndjson({ map: (value) => value }), { text: `${number}\n{"a":1}\n` });
      await expect(written(download, "csv")).rejects.toMatchObject({ code: "RECORD_INVALID" });
    },
  );

  it("is the text that it was where cells are text", async () => {
    expect(await written(await openFile(csv(), { text: "a,b\n-0,0\n" }), "csv")).toBe("a,b\n-0,0\n");
  });

  it("is a number in records, and beside a bigint", async () => {
    const given = '{"a":-0,"id":9007199254740993}\n';
    const settings = { integers: "bigint" } as const;
    for await (const record of await openFile(ndjson(), { text: given }, settings)) {
      expect(record).toEqual({ a: -0, id: 9007199254740993n });
    }
    expect(await written(await openFile(ndjson(), { text: given }, settings), "ndjson")).toBe(given);
  });
});
