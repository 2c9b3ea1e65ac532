import type { Checkpoint, EncodeOptions } from "exportkit";
import { csv, ndjson } from "exportkit/provider";
import { describe, expect, it } from "vitest";
import { scriptedStore } from "../artifact/scripted-store.js";
import { serving } from "../artifact/store-answers.js";
import { openFile } from "../cases/open-case.js";
import { csvText } from "./csv-text.js";

async function encoded(records: readonly object[], options: EncodeOptions = {}): Promise<string> {
  const text = records.map((record) => `${JSON.stringify(record)}\n`).join("");
  return csvText(await openFile(ndjson(), { text }), { columns: ["a", "b"], ...options });
}

describe("a dialect", () => {
  it.each([";", "\t", "|", "]", "^", "-", "1", "\u00a7"])(
    "with %j between cells quotes what holds one",
    async (delimiter) => {
      const text = await encoded(
        [
          { a: `x${delimiter}y`, b: "," },
          { a: -1, b: "z" },
        ],
        { delimiter },
      );
      const number = delimiter === "-" || delimiter === "1" ? '"-1"' : "-1";
      expect(text).toBe(`a${delimiter}b\n"x${delimiter}y"${delimiter},\n${number}${delimiter}z\n`);
    },
  );

  it.each(["\\", "u", "d", "8"])(
    "with %j between cells quotes a lone surrogate, whose escape holds it",
    async (delimiter) => {
      const text = await encoded(
        [
          { a: "x\ud83d", b: "y" },
          { a: "\ud83d\ude00", b: 1 },
        ],
        { delimiter },
      );
      expect(text.split("\n")[1]).toBe(`"x\\ud83d"${delimiter}y`);
    },
  );

  it.each(["", ";;", '"', "\n", "\r", "\ufeff", "😀", 5])("takes no %j between cells", async (delimiter) => {
    const download = await openFile(ndjson(), { text: "" });
    expect(() => download.encode("csv", { delimiter: delimiter as string })).toThrow(
      expect.objectContaining({
        code: "CONFIG_INVALID",
        details: expect.objectContaining({ field: "delimiter" }),
      }),
    );
  });

  it("begins with a byte order mark once, also where nothing but the header comes", async () => {
    expect(await encoded([{ a: "\ufeff", b: 1 }], { bom: true })).toBe('\ufeffa,b\n"\ufeff",1\n');
    expect(await encoded([], { bom: true })).toBe("\ufeffa,b\n");
  });

  it.each(["crlf", "\r\n"] as const)(
    "ends rows as %j says, and leaves line ends in cells alone",
    async (newline) => {
      expect(await encoded([{ a: "x\ny", b: 1 }], { newline })).toBe('a,b\r\n"x\ny",1\r\n');
    },
  );

  it.each(["lf", "\n"] as const)("ends rows as %j says", async (newline) => {
    expect(await encoded([{ a: 1 }], { newline, preset: "excel" })).toBe("\ufeffa,b\n1,\n");
  });

  it("quotes every cell on request", async () => {
    expect(await encoded([{ a: 1, b: 'x"y' }, { a: null }], { quote: "all" })).toBe(
      '"a","b"\n"1","x""y"\n"",""\n',
    );
  });
});

describe("what is null", () => {
  const records = [{ a: null, b: "" }, { b: "NULL" }, { a: "\\N", b: 0 }];

  it("is told from an empty text, and from a text that is the same", async () => {
    expect(await encoded(records, { nullText: "NULL" })).toBe('a,b\nNULL,\nNULL,"NULL"\n\\N,0\n');
    expect(await encoded(records, { nullText: "\\N" })).toBe('a,b\n\\N,\n\\N,NULL\n"\\N",0\n');
    expect(await encoded(records, { nullText: "" })).toBe('a,b\n,""\n,NULL\n\\N,0\n');
  });

  it("is never quoted where it has a text", async () => {
    expect(await encoded(records, { nullText: "", quote: "all" })).toBe('"a","b"\n,""\n,"NULL"\n"\\N","0"\n');
  });

  it("is quoted where it would be all of a row, unless it has a text", async () => {
    const options = { columns: ["a"] };
    expect(await encoded([{ a: null }, { a: "" }], options)).toBe('a\n""\n""\n');
    expect(await encoded([{ a: null }, { a: "" }], { ...options, nullText: "" })).toBe('a\n\n""\n');
    expect(await encoded([{ a: null }, { a: "" }], { ...options, nullText: "-" })).toBe('a\n-\n""\n');
  });

  it("has its text in _extra too", async () => {
    expect(await encoded([{ a: 1 }], { columns: undefined, nullText: "-" })).toBe("a,_extra\n1,-\n");
  });
});

describe("the preset for spreadsheets", () => {
  it("is the usual lot, and what stands beside it wins", async () => {
    const records = [
      { a: true, b: "2026-01-31T10:00:00Z" },
      { a: "=1+1", b: "-12.50" },
    ];
    expect(await encoded(records, { preset: "excel" })).toBe(
      "\ufeffa,b\r\nTRUE,2026-01-31 10:00:00\r\n'=1+1,-12.50\r\n",
    );
    const options = { preset: "excel", bom: false, delimiter: ";", formulas: "keep", dates: "keep" } as const;
    expect(await encoded(records, { ...options, newline: "lf", booleans: "lower" })).toBe(
      "a;b\ntrue;2026-01-31T10:00:00Z\n=1+1;-12.50\n",
    );
  });

  it.each([
    ["2026-01-31T10:00:00Z", "2026-01-31 10:00:00"],
    ["2026-01-31t10:00:00z", "2026-01-31 10:00:00"],
    ["2026-01-31T10:00:00.123456789Z", "2026-01-31 10:00:00"],
    ["2026-01-31T10:00:00", "2026-01-31 10:00:00"],
    ["2026-01-31T23:30:00-01:00", "2026-02-01 00:30:00"],
    ["2026-01-31T23:30:00.5+05:30", "2026-01-31 18:00:00"],
    ["0001-01-01T00:00:00Z", "0001-01-01 00:00:00"],
    ["2026-01-31", "2026-01-31"],
    ["2026-01-31 10:00:00", "2026-01-31 10:00:00"],
    ["2026-01-31T10:00:00 and more", "2026-01-31T10:00:00 and more"],
    ["2026-13-31T10:00:00+01:00", "2026-13-31T10:00:00+01:00"],
    ["2026-13-31T10:00:00Z", "2026-13-31T10:00:00Z"],
    ["2026-01-00T10:00:00", "2026-01-00T10:00:00"],
    ["2026-01-31T25:61:00Z", "2026-01-31T25:61:00Z"],
    ["2024-02-29T10:00:00+01:00", "2024-02-29 09:00:00"],
    ["2026-02-30T10:00:00+01:00", "2026-02-30T10:00:00+01:00"],
    ["2026-02-29T10:00:00Z", "2026-02-29T10:00:00Z"],
    ["1900-02-29T10:00:00", "1900-02-29T10:00:00"],
    ["2026-04-31T10:00:00.5Z", "2026-04-31T10:00:00.5Z"],
    ["10:00:00", "10:00:00"],
  ])("writes %s as %s", async (a, expected) => {
    expect(await encoded([{ a }], { columns: ["a"], dates: "spreadsheet" })).toBe(`a\n${expected}\n`);
  });

  it("writes a Date and what is nested", async () => {
    const when = new Date(Date.UTC(2026, 0, 31, 10, 0, 0, 5));
    const decoder = ndjson({ map: () => ({ a: when, b: [true, when] }) });
    expect(
      await csvText(await openFile(decoder, { text: "1\n" }), {
        columns: ["a", "b"],
        dates: "spreadsheet",
        booleans: "upper",
      }),
    ).toBe('a,b\n2026-01-31 10:00:00,"[true,""2026-01-31T10:00:00.005Z""]"\n');
  });
});

describe('formulas: "escape"', () => {
  it.each(["-12.50", "-1", "-0", "-.5", "-1e5", "-1,234.5", "-12,50", "-5%", "+1.5", "+3", "12", "1e-3"])(
    "leaves the number %s whole",
    async (a) => {
      expect(await encoded([{ a }], { columns: ["a"], formulas: "escape", delimiter: ";" })).toBe(
        `a\n${a}\n`,
      );
    },
  );

  it.each([
    "-",
    "+",
    "-x",
    "-1+1",
    "-1-1",
    "--1",
    "+49 30 123456",
    "+4930123456",
    "-1!A0",
    "-1\n=2",
    "=1",
    "-1e",
    "-(1)",
    "-1 ",
  ])("disarms %j", async (a) => {
    const text = await encoded([{ a }], { columns: ["a"], formulas: "escape" });
    expect(text.replaceAll('"', "")).toBe(`a\n'${a}\n`);
  });
});

describe("a file that is continued", () => {
  const lines = `{"a":"${"x".repeat(300_000)}"}\n`.repeat(4);
  const dialect = {
    preset: "excel",
    delimiter: ";",
    nullText: "NULL",
    columns: [{ path: "a", header: "A" }, "b"],
  } as const;

  async function begun() {
    const store = scriptedStore(serving(new TextEncoder().encode(lines)));
    const download = await store.open();
    const reader = download.encode("csv", dialect).getReader();
    const { value } = await reader.read();
    const checkpoint: Checkpoint = JSON.parse(JSON.stringify(download.checkpoint()));
    await reader.cancel();
    const text = new TextDecoder("utf-8", { ignoreBOM: true }).decode(value);
    return { text, open: () => store.open({ checkpoint }), whole: () => store.open() };
  }

  it("is the uninterrupted one, its mark and its header once", async () => {
    const { text, open, whole } = await begun();
    const all = await csvText(await whole(), dialect);
    expect(text.length).toBeLessThan(all.length);
    expect(text + (await csvText(await open(), dialect))).toBe(all);
  });

  it.each([
    ["delimiter", { ...dialect, delimiter: "," }],
    ["newline", { ...dialect, newline: "lf" }],
    ["nullText", { ...dialect, nullText: undefined }],
    ["formulas", { ...dialect, formulas: "keep" }],
    ["columns", { ...dialect, columns: ["a", "b"] }],
    ["columns", { ...dialect, columns: [{ path: "a", header: "A" }] }],
  ] as const)("takes no other %s", async (field, options) => {
    const download = await (await begun()).open();
    expect(() => download.encode("csv", options)).toThrow(
      expect.objectContaining({ code: "JOB_INVALID", details: { field } }),
    );
  });
});

describe("options of CSV", () => {
  it("go with toResponse, and with nothing but CSV", async () => {
    const open = () => openFile(csv(), { text: "a,b\n1,2\n" });
    const response = (await open()).toResponse({ format: "csv", delimiter: ";", columns: ["b"] });
    expect(response.headers.get("content-type")).toBe("text/csv; charset=utf-8");
    expect(await response.text()).toBe("b\n2\n");
    for (const options of [
      { delimiter: ";" },
      { preset: "excel" },
      { bom: true },
      { nullText: "" },
    ] as const) {
      const download = await open();
      expect(() => download.encode("ndjson", options)).toThrow(
        expect.objectContaining({
          code: "CONFIG_INVALID",
          message: expect.stringContaining(Object.keys(options)[0] ?? ""),
        }),
      );
      await download[Symbol.asyncDispose]();
    }
  });

  it("are judged by the call they are given to, whatever was called before", async () => {
    const open = () => openFile(csv(), { text: "a\n1\n" });
    const reasonOf = async (read: (download: Awaited<ReturnType<typeof open>>) => unknown) => {
      const download = await open();
      try {
        read(download);
        return "";
      } catch (error) {
        return String(error);
      } finally {
        await download[Symbol.asyncDispose]();
      }
    };
    for (let turn = 0; turn < 2; turn++) {
      expect(await reasonOf((download) => download.records({ onInvalid: "skip" }))).toBe("");
      expect(await reasonOf((download) => download.toResponse({ onInvalid: "skip" }))).toMatch(
        /onInvalid.*needs a format/,
      );
      expect(await reasonOf((download) => download.encode("ndjson", { onInvalid: "skip" }))).toBe("");
      expect(await reasonOf((download) => download.batches({ format: "csv" } as never))).toMatch(/format/);
      expect(await reasonOf((download) => download.batches({ size: 2 }))).toBe("");
      expect(await reasonOf((download) => download.encode("csv", { size: 2 } as never))).toMatch(/size/);
    }
  });

  it.each([
    ["preset", "lotus"],
    ["newline", "cr"],
    ["quote", "none"],
    ["nullText", '"'],
    ["nullText", 0],
    ["bom", 1],
    ["dates", "iso"],
    ["booleans", "1"],
    ["nullText", "n, a"],
  ])("refuse %s: %j", async (field, value) => {
    const download = await openFile(csv(), { text: "a\n" });
    expect(() => download.encode("csv", { [field]: value } as never)).toThrow(
      expect.objectContaining({ code: "CONFIG_INVALID", details: expect.objectContaining({ field }) }),
    );
  });

  it("refuse a text for null that the delimiter would part, and no other", async () => {
    const write = async (options: object) => {
      const download = await openFile(csv(), { text: "a,b\n1,2\n" });
      return new Response(download.encode("csv", { columns: ["a", "a.none"], ...options })).text();
    };
    for (const [delimiter, nullText] of [
      ["|", "a|b"],
      ["\t", "\t"],
      [" ", "not there"],
      [undefined, ","],
    ] as const) {
      await expect(write({ delimiter, nullText })).rejects.toMatchObject({
        code: "CONFIG_INVALID",
        details: { field: "nullText" },
      });
    }
    expect(await write({ delimiter: ";", nullText: "n,a" })).toBe("a;a.none\n1;n,a\n");
  });
});
