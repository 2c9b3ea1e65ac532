import type { RecordIssue } from "exportkit";
import { type CsvOptions, type CsvRecord, csv } from "exportkit/provider";
import { describe, expect, it } from "vitest";
import { openCase, openFile } from "../cases/open-case.js";
import { collect } from "../support/collect.js";

type Options = Omit<CsvOptions<CsvRecord>, "prepare">;

async function rowsOf(text: string, options?: Options): Promise<unknown[]> {
  return collect(await openFile(csv(options), { text }));
}

describe("a first line that names the delimiter", () => {
  it.each([
    ["a semicolon", "sep=;\nid;name\n1;a,b\n", undefined],
    ["a comma", 'sep=,\nid,name\n1,"a,b"\n', undefined],
    ["a tab, before CRLF", "sep=\t\r\nid\tname\r\n1\ta,b\r\n", undefined],
    ["in capital letters", "SEP=|\nid|name\n1|a,b\n", undefined],
    ["behind a byte order mark", "\ufeffsep=;\nid;name\n1;a,b\n", undefined],
    ["another one than the provider does", "sep=;\nid;name\n1;a,b\n", { delimiter: "," }],
    ["the same as the provider does", "sep=;\nid;name\n1;a,b\n", { delimiter: ";" }],
    ["in a file without a header", "sep=;\n1;a,b\n", { headers: ["id", "name"] }],
  ])("is followed, and no record: %s", async (_, text, options) => {
    expect(await rowsOf(text, options)).toEqual([{ id: "1", name: "a,b" }]);
    const encoded = (await openFile(csv(options), { text })).encode("csv");
    expect(await new Response(encoded).text()).toBe('id,name\n1,"a,b"\n');
  });

  it("is known behind a checkpoint, and only at the beginning", async () => {
    const text = "sep=;\nid;name\n1;a,b\nsep=,;2\n3;c\n";
    const all = [
      { id: "1", name: "a,b" },
      { id: "sep=,", name: "2" },
      { id: "3", name: "c" },
    ];
    const seen: unknown[] = [];
    let checkpoint: unknown;
    for (let turn = 0; turn < 4; turn++) {
      const download = await openFile(csv(), { text }, {}, checkpoint);
      for await (const record of download) {
        seen.push(record);
        break;
      }
      checkpoint = JSON.parse(JSON.stringify(download.checkpoint()));
    }
    expect(seen).toEqual(all);
  });

  it("is a name like others in quotes, and data below the header", async () => {
    expect(await rowsOf('"sep=;"\n1\n')).toEqual([{ "sep=;": "1" }]);
    expect(await rowsOf("id\nsep=;\n1;2\n")).toEqual([{ id: "sep=;" }, { id: "1;2" }]);
  });

  it("is followed on a page of Zephr's", async () => {
    const pages = [{ text: "sep=;\nuser_id;name\nu1;a\n", type: "text/csv" }];
    const found = { name: "", through: "zephr-v4", pages, checks: [] } as const;
    expect(await collect(await openCase(found, {}))).toEqual([{ user_id: "u1", name: "a" }]);
  });
});

describe("a header of one column that reads as several", () => {
  it.each(["id;name", "id\tname", "id|name"])("is told of, and read: %s", async (header) => {
    const told: unknown[] = [];
    const onEvent = (event: { type: string }) => event.type === "warning" && told.push(event);
    const download = await openFile(csv(), { text: `${header}\n1;a\n` }, { onEvent });
    expect(await collect(download)).toEqual([{ [header]: "1;a" }]);
    expect(told).toMatchObject([{ message: expect.stringContaining("csv({ delimiter })") }]);
  });

  it("is told of nowhere else", async () => {
    const told: unknown[] = [];
    const onEvent = (event: { type: string }) => event.type === "warning" && told.push(event);
    await collect(await openFile(csv(), { text: "id,a;b\n1,2\n" }, { onEvent }));
    await collect(await openFile(csv({ delimiter: "," }), { text: "a;b\n1\n" }, { onEvent }));
    expect(told).toEqual([]);
  });

  it("is no page of Zephr's", async () => {
    const pages = [{ text: "user_id;name\nu1;a\n", type: "text/csv" }];
    const found = { name: "", through: "zephr-v4", pages, checks: [] } as const;
    const reading = openCase(found, {}).then(collect);
    await expect(reading).rejects.toMatchObject({
      code: "RESPONSE_INVALID",
      message: expect.stringContaining("no comma"),
    });
  });
});

describe("a file whose columns the provider names", () => {
  const headers = ["id", "name"];
  it.each(["<html>\n<body>busy</body>\n</html>\n", '[{"id":1}]\n', "{\n}\n", "1,a\r2,b\r", "\0"])(
    "is refused where it is no CSV, whatever is passed over: %j",
    async (text) => {
      const download = await openFile(csv({ headers }), { text });
      await expect(collect(download.records({ onInvalid: "skip" }))).rejects.toMatchObject({
        code: "DECODE_FAILED",
      });
    },
  );

  it("may begin with cells that look like something else, or with a row that does not fit", async () => {
    expect(await rowsOf("<b>x</b>,{}\n", { headers })).toEqual([{ id: "<b>x</b>", name: "{}" }]);
    const issues: RecordIssue[] = [];
    const download = await openFile(csv({ headers }), { text: "1\n2,b\n<c>\n" });
    const records = download.records({ onInvalid: (issue) => issues.push(issue) });
    expect(await collect(records)).toEqual([{ id: "2", name: "b" }]);
    expect(issues.map(({ position }) => position.line)).toEqual([1, 3]);
  });
});

it.each(["%PDF-1.7, x\n", "%!PS-Adobe-3.0, y\n", "{\\rtf1,b\n", "PK\x03\x04,\x14\n"])(
  "what begins as another format does proves no empty export: %j",
  async (text) => {
    await expect(rowsOf(text)).rejects.toMatchObject({ code: "DECODE_FAILED" });
  },
);

describe("lines that end in a character of their own", () => {
  const ends = ["\x85", "\u2028", "\u2029", "\v", "\f", "\x1e"];

  it.each(ends)("are no empty export, whatever names the columns: %j", async (end) => {
    const text = `id,name${end}1,Ann${end}2,Bob`;
    for (const options of [{}, { requiredColumns: ["id"] }, { headers: "rename" }] as const) {
      for (const whole of [text, `${text}${end}`, `${text}\n`]) {
        await expect(rowsOf(whole, options)).rejects.toMatchObject({ code: "DECODE_FAILED" });
      }
    }
  });

  it.each(ends)("are none on a page of Zephr's: %j", async (end) => {
    const pages = [{ text: `user_id,name${end}u1,Ann${end}`, type: "text/csv" }];
    const found = { name: "", through: "zephr-v4", pages, checks: [] } as const;
    await expect(openCase(found, {})).rejects.toMatchObject({ code: "RESPONSE_INVALID" });
  });

  it("are characters like others where a record follows", async () => {
    expect(await rowsOf("id,a\u2028b\n1,c\x85d\n")).toEqual([{ id: "1", "a\u2028b": "c\x85d" }]);
  });
});

describe("a file of which no row fits its first line", () => {
  const collected = async (text: string, options?: Options, checkpoint?: unknown) =>
    collect((await openFile(csv(options), { text }, {}, checkpoint)).records({ onInvalid: "skip" }));

  it.each(["Sign in\nplease, sign in\n", "%PDF-1.7\n1,2\n", "HTTP/1.1 503\nx: y, z\n", "error,busy\n1\n2\n"])(
    "is refused where that may be no header, whatever is passed over: %j",
    async (text) => {
      await expect(collected(text)).rejects.toMatchObject({ code: "DECODE_FAILED" });
      await expect(collected(text, { headers: "rename" })).rejects.toMatchObject({ code: "DECODE_FAILED" });
    },
  );

  it("is a file of broken records where that is a header", async () => {
    expect(await collected("id,name\n1\n1,2,3\n")).toEqual([]);
    expect(await collected("note\n1,2\n", { requiredColumns: ["note"] })).toEqual([]);
    expect(await collected("note\n1,2\n", { isHeader: () => true })).toEqual([]);
    expect(await collected("note\n1,2\n3\n")).toEqual([{ note: "3" }]);
  });

  it("is refused behind a checkpoint among its rows, too", async () => {
    const text = `note\n${"1,2\n".repeat(3)}`;
    for (let size = 1; size < 3; size++) {
      const download = await openFile(csv(), { text });
      let passed = 0;
      const records = download.records({
        onInvalid: () => {
          if (++passed > size) throw new Error("stop");
        },
      });
      await expect(collect(records)).rejects.toThrow("stop");
      const checkpoint = JSON.parse(JSON.stringify(download.checkpoint()));
      await expect(collected(text, undefined, checkpoint)).rejects.toMatchObject({ code: "DECODE_FAILED" });
    }
  });
});
