import { csv, type RecordDecoder } from "exportkit/provider";
import { describe, expect, it } from "vitest";
import { openFile } from "../cases/open-case.js";

async function read<R>(decoder: RecordDecoder<R>, text: string): Promise<R[]> {
  const records: R[] = [];
  for await (const record of await openFile(decoder, { text })) records.push(record);
  return records;
}

describe("what is no CSV", () => {
  it.each([
    ["a JSON list", '["a","b"]\n["c","d"]\n'],
    ["a list of numbers", "[1,2,3]"],
    ["an indented JSON object", '{\n  "error": "expired"\n}\n'],
    ["lines of JSON", '{"a":1}\n{"a":2}\n'],
    ["XML", '<?xml version="1.0"?>\n<Error><Code>AccessDenied</Code></Error>'],
    ["HTML after white space", "\n  <html>\n<body>Sign in</body>\n"],
    ["a word without a line end", "Forbidden"],
    ["a message", "Service Unavailable\n"],
    ["a sentence", "Your export has expired.\n"],
    ["a sentence with a comma", "Sorry, we are down for maintenance\n"],
    ["a word", "Forbidden\n"],
    ["a word in quotes", '"Forbidden"\n'],
    ["a number", "404\n"],
    ["JSON's null", "null\n"],
    ["a list of one number", "[1]\n"],
    ["two words", "error,forbidden\n"],
    ["a code and a word", "403,Forbidden\n"],
    ["a message in words", "Access denied,contact support\n"],
    ["a message with names", "error=forbidden,code=403\n"],
    ["a message with a colon", "Reason: no seat, ask the owner\n"],
    ["a message in another language", "Zugriff verweigert, bitte wenden Sie sich an die Verwaltung\n"],
    ["an invalid id", "Invalid id\n"],
    ["a row of numbers", "1,2,3\n"],
    ["a row with an address", "Ada,ada@example.com\n"],
    ["a row with a time", "u1;x,2026-01-31T10:00:00Z,true\n"],
    ["empty cells", ",,\n"],
    ["NULs", "\0\0\0\0"],
    ["a header of text and NULs", "id,na\0me\n1,2\n"],
    ["lines that end in CR alone, one of them quoted", 'a,b\r"1",2\r'],
  ])("%s is refused, with prepare, too", async (_, text) => {
    await expect(read(csv(), text)).rejects.toMatchObject({ code: "DECODE_FAILED" });
    const prepared = csv({ prepare: () => (cells) => [...cells] });
    await expect(read(prepared, text)).rejects.toMatchObject({ code: "DECODE_FAILED" });
  });

  it.each([
    "id,name\n",
    "id,name",
    "id, name\r\n",
    '"E-mail address",Id\n',
    "[Id],[Name]\n",
    "id\n",
    "userId\n",
    "name,2025,2024\n",
    "",
  ])("%j is an empty export", async (text) => {
    expect(await read(csv(), text)).toEqual([]);
  });

  it("a header that its author names is one, whatever it says, and any other is refused", async () => {
    const decoder = csv({ requiredColumns: ["error"] });
    expect(await read(decoder, "error,forbidden\n")).toEqual([]);
    expect(await read(decoder, "error\n")).toEqual([]);
    for (const text of ["Forbidden\n", "id,name\n", "id,name\n1,Ada\n"]) {
      await expect(read(decoder, text)).rejects.toThrow(/lacks "error"/);
    }
    const judged = csv({ isHeader: (header) => header[0] === "plan" });
    expect(await read(judged, "plan\n")).toEqual([]);
    await expect(read(judged, "id,name\n")).rejects.toMatchObject({ code: "DECODE_FAILED" });
  });

  it("a header with a CR in quotes is CSV, and so is a single column of words with a record", async () => {
    expect(await read(csv(), '"a\rb",c\n1,2\n')).toEqual([{ "a\rb": "1", c: "2" }]);
    expect(await read(csv(), "Full name\nAda\n")).toEqual([{ "Full name": "Ada" }]);
  });
});

describe("headers", () => {
  const text = "id,x,x,,,x_2\n1,2,3,4,5,6\n";

  it("may be renamed where they come twice or are empty", async () => {
    expect(await read(csv({ headers: "rename" }), text)).toEqual([
      { id: "1", x: "2", x_3: "3", column_4: "4", column_5: "5", x_2: "6" },
    ]);
  });

  it("come to prepare as they stand", async () => {
    const decoder = csv({ prepare: (header) => (cells) => [header, cells] });
    const row = ["1", "2", "3", "4", "5", "6"];
    expect(await read(decoder, text)).toEqual([[["id", "x", "x", "", "", "x_2"], row]]);
  });

  it("are refused by default, by name", async () => {
    await expect(read(csv(), text)).rejects.toThrow(/"x", ""/);
    // An object has room for one cell of a name.
    await expect(read(csv({ headers: "keep" }), text)).rejects.toThrow(/"x", ""/);
  });

  it("may be given for a file without any", async () => {
    expect(await read(csv({ headers: ["id", "name"] }), "1,Ada\n2,Bob\n")).toEqual([
      { id: "1", name: "Ada" },
      { id: "2", name: "Bob" },
    ]);
  });

  it("that are given twice are refused at once", () => {
    expect(() => csv({ headers: ["a", "a"] })).toThrow(/headers/);
  });
});

it("the delimiter may be another character", async () => {
  const text = 'a;b\n1,5;"x;y"\n';
  expect(await read(csv({ delimiter: ";" }), text)).toEqual([{ a: "1,5", b: "x;y" }]);
  expect(await read(csv({ delimiter: "\t" }), "a\tb\n1\t\n")).toEqual([{ a: "1", b: "" }]);
  for (const delimiter of ["", ";;", '"', "\n"]) expect(() => csv({ delimiter })).toThrow(/delimiter/);
});

it("a lone surrogate is written by its escape in CSV as in NDJSON", async () => {
  const found = { text: "a\nx\n" };
  const decoder = csv({ prepare: () => () => ({ a: "x\ud83d", list: ["\udc00"] }) });
  const encoded = async (format: "csv" | "ndjson") =>
    new Response((await openFile(decoder, found)).encode(format)).text();
  expect(await encoded("ndjson")).toBe('{"a":"x\\ud83d","list":["\\udc00"]}\n');
  expect(await encoded("csv")).toContain('x\\ud83d,"[""\\udc00""]"');
});

it("byte order marks at the beginning are passed over, however many", async () => {
  expect(await read(csv(), "\uFEFF\uFEFFa,b\n1,\uFEFF\n")).toEqual([{ a: "1", b: "\uFEFF" }]);
});

it.each<[string, string, unknown[]]>([
  ["a plain cell", "id,name\r\n1,Ada\r", [{ id: "1", name: "Ada" }]],
  ["a quoted cell", 'id,name\r\n1,"Ada"\r', [{ id: "1", name: "Ada" }]],
  ["a quoted cell with a line end in it", 'id,name\r\n1,"A\r\nB"\r', [{ id: "1", name: "A\r\nB" }]],
  ["an empty cell", "id,name\r\n1,\r", [{ id: "1", name: "" }]],
  ["the header", "id,name\r", []],
  ["a header in quotes", '"id","name"\r', []],
])("a file that is cut between CR and LF behind %s is read right", async (_, text, records) => {
  expect(await read(csv(), text)).toEqual(records);
});

it.each(["utf16le", "utf16be"])("text in %s without a mark is refused and never empty", async (encoding) => {
  for (const text of ["id,name\n1,Ada\n", "id\n", "東京,大阪\n", "é,ü\n1,2\n"]) {
    const bytes = Buffer.from(text, "utf16le");
    const file = { base64: (encoding === "utf16le" ? bytes : bytes.swap16()).toString("base64") };
    const whole = async () => {
      for await (const record of await openFile(csv(), file)) expect(record).toBeUndefined();
    };
    await expect(whole()).rejects.toMatchObject({ code: "DECODE_FAILED" });
  }
});
