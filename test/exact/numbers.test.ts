import { type ClientSettings, createExportClient, ExportError, type RecordIssue } from "exportkit";
import { csv, ExactNumber, isExactNumber, isObject, ndjson, numberOf, parseJson } from "exportkit/provider";
import { zephr } from "exportkit/zephr";
import { describe, expect, it } from "vitest";
import { openCase, openFile } from "../cases/open-case.js";
import { idsOf, open } from "../pages/listing-provider.js";

type Fields = { readonly [key: string]: unknown };

/** A file in one chunk or in small ones: numbers are looked for in different ways. */
const chunkings: readonly (readonly [string, (text: string) => ClientSettings])[] = [
  ["in one chunk", (text) => ({ fetch: async () => new Response(text) })],
  ["in chunks of 5 bytes", () => ({})],
];

async function recordsOf(text: string, settings: ClientSettings = {}): Promise<unknown[]> {
  const records: unknown[] = [];
  for await (const record of await openFile(ndjson(), { text }, settings)) records.push(record);
  return records;
}

async function encoded(text: string, format: "ndjson" | "csv", settings: ClientSettings = {}) {
  const download = await openFile(ndjson(), { text }, settings);
  return new Response(download.encode(format)).text();
}

const inexact = [
  "9007199254740993",
  "-9007199254740993",
  "12345678901234567890",
  "1e400",
  "-1E+400",
  "1e-400",
  "4e-324",
  "1.5e999",
  "0.1000000000000000055511151231257827",
  "12345678.123456789",
  "3.14159265358979323846",
  `1${"0".repeat(22)}1`,
  // The same value, but not the same digits, would be 1e+22.
  `1${"0".repeat(22)}`,
  `-25${"0".repeat(20)}`,
  `${"9".repeat(400)}`,
  `0.${"0".repeat(400)}1`,
  "123456789012345678e2",
  "1.00000000000000000001",
  "9007199254740990.6",
  "10000000000000001e-16",
  "1E400",
  "0.1e-400",
  "-0.1e-400",
  "1E-0400",
  "123456789012345e-400",
  "1234567.8901234e-320",
  "0.00000000000001e999",
  "9007199254740993.0",
  "9007199254740993.00",
  "12345678901234567890.0",
  "9.007199254740993e15",
  "90071992547409.93e2",
  "1.7976931348623157e309",
  `1${"0".repeat(22)}.0`,
];
const exact = [
  "0",
  "-1",
  "0.1",
  "1.50",
  "1e5",
  "1E+22",
  "9007199254740991",
  "9007199254740992",
  "1700000000000000",
  "123456789012345680000",
  "5e-324",
  "1.7976931348623157e308",
  "0.000",
  "0e999",
  "100.00000000000000000",
  "0.30000000000000004",
  "-0",
  "-0.0e-400",
  "1e0000000000000000000001",
  "1e150",
  "1e-150",
  "123456789012345e99",
  "123456789012345e-99",
];

describe.each(chunkings)("a number in a file, %s,", (_, settingsFor) => {
  it.each(inexact)("%.30s keeps its digits", async (digits) => {
    const text = `{"a":1,"n":${digits},"deep":[[{"n": ${digits} }]],"s":"${digits}"}\n`;
    const settings = settingsFor(text);
    const record = (n: unknown) => ({ a: 1, n, deep: [[{ n }]], s: digits });
    expect(await recordsOf(text, settings)).toEqual([record(digits)]);
    const isInteger = /^-?\d+(\.0+)?$/.test(digits);
    expect(await recordsOf(text, { ...settings, integers: "bigint" })).toEqual([
      record(isInteger ? BigInt(digits.replace(/\.0+$/, "")) : digits),
    ]);
    expect(await recordsOf(text, { ...settings, integers: "number" })).toEqual([record(Number(digits))]);
    for (const integers of ["string", "bigint", "number"] as const) {
      expect(await encoded(text, "ndjson", { ...settings, integers })).toBe(text.replaceAll(" ", ""));
    }
    const [, row] = (await encoded(text, "csv", settings)).split("\n");
    expect(row).toContain(`1,${digits},"[[{""n"":${digits}}]]",${digits}`);
  });

  it.each(exact)("%s is a number", async (digits) => {
    const text = `{"n":${digits}}\n`;
    expect(await recordsOf(text, settingsFor(text))).toEqual([{ n: Number(digits) }]);
  });

  it.each([
    ["zeros", '{"n":0}\n'],
    ["large ones", '{"n":1e200}\n'],
    ["nested ones", '{"n":[1,{"m":2}]}\n'],
    ["ordinary ones", '{"n":1}\n'],
    ["ids in quotes", '{"n":"90071992547409931234","m":"1e400"}\n'],
    ["ids in quotes as names", '{"90071992547409931234":1,"1e400":0}\n'],
    ["lists", "[0,1]\n"],
    ["plain values", "0\n12\ntrue\nnull\n"],
  ])("is found among %s", async (_, others) => {
    const plain = others
      .trim()
      .split("\n")
      .map((line) => JSON.parse(line));
    for (const n of ["1e400", "-1e400", "1e-400", "4e-324", "9007199254740993"]) {
      for (const line of [`{"n":${n}}`, `{"deep":[{"n":${n}}]}`, `[${n}]`, n]) {
        const text = `${others}${line}\n${others}`;
        const records: unknown[] = [];
        const decoder = ndjson({ map: (value) => ({ value }) });
        for await (const { value } of await openFile(decoder, { text }, settingsFor(text)))
          records.push(value);
        const found = JSON.parse(line.replace(n, `"${n}"`));
        expect(records).toEqual([...plain, found, ...plain]);
      }
    }
  });

  it("may stand among others, in every place of a line and of a file", async () => {
    const line = `{"n":9007199254740993,"list":[1e400,1,9007199254740993],"\\"x":"\\\\","z":{"n":1e400}}`;
    const text = `{"n":1}\n${line}\r\n{"n":[]}\n\n${line}`;
    const big = "9007199254740993";
    const record = { n: big, list: ["1e400", 1, big], '"x': "\\", z: { n: "1e400" } };
    expect(await recordsOf(text, settingsFor(text))).toEqual([{ n: 1 }, record, { n: [] }, record]);
  });

  it.each(["9007199254740993", "1e400", "12"])("%s alone is no record", async (line) => {
    const text = `{"n":1}\n${line}\n{"n":2}\n`;
    const issues: RecordIssue[] = [];
    const download = await openFile(ndjson(), { text }, settingsFor(text));
    const records: unknown[] = [];
    for await (const record of download.records({ onInvalid: (issue) => issues.push(issue) }))
      records.push(record);
    expect(records).toEqual([{ n: 1 }, { n: 2 }]);
    expect(issues).toMatchObject([
      { message: "The line is not a JSON object but a number.", position: { record: 2 } },
    ]);
  });

  it.each([
    "{1e400:1}",
    "{9007199254740993 :1}",
    '{"a":01e400}',
    '{"a":1e400.5}',
    '{"a":1e400x}',
    '{"a":+1e400}',
  ])("%s is no JSON for all that", async (line) => {
    const text = `${line}\n`;
    const found = recordsOf(text, settingsFor(text));
    await expect(found).rejects.toMatchObject({ code: "RECORD_INVALID" });
  });
});

describe("a provider", () => {
  it("gets the digits in map, and what map passes on comes as the caller wants it", async () => {
    const seen: unknown[] = [];
    const decoder = ndjson({
      map(value) {
        const { id } = value as Fields;
        seen.push(isExactNumber(id), `${id}`, JSON.stringify({ id }), id instanceof ExactNumber);
        return { id, text: String(id), nested: Object.freeze({ ids: Object.freeze([id]) }) };
      },
    });
    const download = await openFile(decoder, { text: '{"id":9007199254740993}\n' }, { integers: "bigint" });
    const id = 9007199254740993n;
    for await (const record of download) {
      expect(record).toEqual({ id, text: "9007199254740993", nested: { ids: [id] } });
    }
    expect(seen).toEqual([true, "9007199254740993", '{"id":9007199254740993}', true]);
  });

  it("may hand over records that hold themselves, and objects of its own classes", async () => {
    class Account {
      readonly id: string;
      constructor(id: unknown) {
        this.id = String(id);
      }
    }
    const decoder = ndjson({
      map(value) {
        const record: { [key: string]: unknown } = { id: (value as Fields).id, account: new Account(1) };
        record.self = record;
        return record;
      },
    });
    const download = await openFile(decoder, { text: '{"id":1e400}\n' });
    for await (const { id, account } of download) {
      expect(id).toBe("1e400");
      expect(account).toEqual(new Account(1));
    }
  });

  it("reads JSON in cells by its digits", async () => {
    const decoder = csv({ prepare: () => (cells) => cells.map((cell) => parseJson(cell)) });
    const text = 'a,b\n9007199254740993,"[1e400,2]"\n1,{}\n';
    const records: unknown[] = [];
    for await (const record of await openFile(decoder, { text })) records.push(record);
    expect(records).toEqual([
      ["9007199254740993", ["1e400", 2]],
      [1, {}],
    ]);
    const again = await openFile(decoder, { text });
    expect(await new Response(again.encode("ndjson")).text()).toBe("[9007199254740993,[1e400,2]]\n[1,{}]\n");
  });

  it("may make records with bigints: they are written as numbers", async () => {
    const decoder = ndjson({ map: (value) => ({ id: BigInt(String((value as Fields).id)) }) });
    const text = '{"id":9007199254740993}\n';
    const download = await openFile(decoder, { text });
    expect(await new Response(download.encode("ndjson")).text()).toBe(text);
  });

  it("tells records of pages apart by their digits", async () => {
    const page = (...ids: readonly string[]) => `{"items":[${ids.map((id) => `{"id":${id}}`)}]`;
    const pages = [
      `${page("9007199254740991", "9007199254740992")},"next":{"page":2}}`,
      `${page("9007199254740993", "9007199254740995")},"next":{"page":3}}`,
      `${page("9007199254740995", "9007199254740997")}}`,
    ];
    const download = await open({
      records: { identify: ({ id }) => id },
      fetchPage: async (cursor, context) => {
        const { json } = await context.request({
          method: "GET",
          url: `https://listing.example/${cursor?.page ?? 1}`,
        });
        return json as never;
      },
      fetch: async (input) => new Response(pages[Number(String(input).at(-1)) - 1]),
    });
    expect((await idsOf(download)).map(String)).toEqual([
      "9007199254740991",
      "9007199254740992",
      "9007199254740993",
      "9007199254740995",
      "9007199254740997",
    ]);
  });
});

describe("the vendors", () => {
  const big = "123456789012345678901";

  it("Zephr's pages keep the digits, in bytes() too", async () => {
    const user = `{"user":{"user_id":"1","attributes":{"n":${big},"list":[1e400]}},"seq-no":${big}}`;
    const found = { name: "", through: "zephr", pages: [{ text: `[${user}]` }], checks: [] } as const;
    for await (const record of await openCase(found, { integers: "bigint" })) {
      expect(record).toEqual({
        user: { user_id: "1", attributes: { n: BigInt(big), list: ["1e400"] } },
        "seq-no": BigInt(big),
      });
    }
    expect(await new Response((await openCase(found, {})).bytes()).text()).toBe(`${user}\n`);
    const csvText = await new Response((await openCase(found, {})).encode("csv")).text();
    expect(csvText).toContain(`,"{""n"":${big},""list"":[1e400]}",,${big}`);
  });

  it.each([...inexact, ...exact])("a page of Zephr's keeps %s, wherever it stands", async (number) => {
    for (const around of ["", " ", "\n"]) {
      const value = `${around}${number}${around}`;
      const attributes = `{"date":"2024-01-01T08:19:00.000Z","text":" 1234567890123456, ","list":[${value}],"n":${value}}`;
      const found = {
        name: "",
        through: "zephr",
        // A number that comes back, before it and behind it.
        pages: [
          {
            text: `[{"seq-no":9007199254740991,"user":{"user_id":"1","attributes":${attributes}},"more":[9007199254740991]}]`,
          },
        ],
        checks: [],
      } as const;
      const isExact = exact.includes(number);
      const shown = isExact ? Number(number) : number;
      for await (const { user, "seq-no": seq } of (await openCase(found, {})) as AsyncIterable<Fields>) {
        const { n, list, text } = (user as { attributes: Fields }).attributes;
        expect([n, list, text, seq]).toEqual([shown, [shown], " 1234567890123456, ", 9007199254740991]);
      }
      if (!isExact)
        expect(await new Response((await openCase(found, {})).bytes()).text()).toContain(`"n":${number}}`);
    }
  });

  it("a page with millions of digits in a text is looked through once", async () => {
    const digits = "8".repeat(2_000_000);
    const text = `[{"user":{"user_id":"1","attributes":{"a":"${digits}","b":" ${digits}","n":${big}}}}]`;
    const readers = zephr({ tenantId: "news", accessKey: "AK", secretKey: "s3cr3t" });
    const client = createExportClient({ providers: { readers }, fetch: async () => new Response(text) });
    const download = await client.runExport("readers", {});
    for await (const { user } of download) {
      const { a, b, n } = user.attributes ?? {};
      expect([a === digits, b === ` ${digits}`, n]).toEqual([true, true, big]);
    }
  });

  it("whole numbers and JSON in Authgear's CSV keep the digits", async () => {
    const found = {
      name: "",
      through: "authgear-csv",
      request: { fields: ["/sub", "/passkey_count", "/custom_attributes"] },
      file: { text: `sub,passkey_count,custom_attributes\nu1,${big},"{""n"":[${big},1e-400]}"\n` },
      checks: [],
    } as const;
    for await (const record of await openCase(found, {})) {
      expect(record).toEqual({ sub: "u1", passkey_count: big, custom_attributes: { n: [big, "1e-400"] } });
    }
  });
});

it("may be handed over as objects of their digits, alone and in batches, which JSON writes as numbers", async () => {
  const text = '{"id":9007199254740993,"list":[1e400,0.1]}\n';
  const check = (record: unknown) => {
    const { id, list } = record as { id: ExactNumber; list: unknown[] };
    expect([isExactNumber(id), isExactNumber(list[0]), list[1]]).toEqual([true, true, 0.1]);
    expect([id.digits, `${list[0]}`]).toEqual(["9007199254740993", "1e400"]);
    expect(`${JSON.stringify(record)}\n`).toBe(text);
  };
  for (const record of await recordsOf(text, { integers: "exact" })) check(record);
  for await (const { records } of (await openFile(ndjson(), { text }, { integers: "exact" })).batches()) {
    expect(records).toHaveLength(1);
    for (const record of records) check(record);
  }
});

it("an unknown way to hand such numbers over is refused", () => {
  const providers = { readers: zephr({ tenantId: "news", accessKey: "AK", secretKey: "s3cr3t" }) };
  const create = () => createExportClient({ providers, integers: "text" as never });
  expect(create).toThrow(expect.objectContaining({ code: "CONFIG_INVALID" }));
  expect(create).toThrow(/integers/);
  expect(create).toThrow(ExportError);
});

describe("where an object is expected", () => {
  it("such a number is none", async () => {
    expect(isObject(new ExactNumber("1e400"))).toBe(false);
    const page =
      '{"results":[[{"user":{"user_id":"u1","identifiers":9007199254740993},"grants":1e400}]],"meta":{"count":1}}';
    const client = createExportClient({
      providers: { readers: zephr({ tenantId: "news", accessKey: "AK", secretKey: "s3cr3t" }) },
      fetch: async () => new Response(page),
    });
    const download = await client.runExport("readers", {});
    const [, row] = (await new Response(download.encode("csv")).text()).split("\n");
    // What is no object of identifiers has no column, and is not lost.
    expect(row).toBe('u1,,,,,,,,,1e400,,"{""identifiers"":9007199254740993}"');
  });
});

it("digits that are no number of JSON are written as text", async () => {
  const digits = ["0009007199254740993", "+9007199254740993", ".90071992547409931", "9007199254740993."];
  const decoder = csv({
    prepare:
      () =>
      ([cell = ""]) => ({ n: numberOf(cell) }),
  });
  const text = `id\n${digits.join("\n")}\n`;
  const open = () => openFile(decoder, { text });
  expect(await new Response((await open()).encode("ndjson")).text()).toBe(
    digits.map((n) => `{"n":"${n}"}\n`).join(""),
  );
  expect(await new Response((await open()).encode("csv", { columns: ["n"] })).text()).toBe(
    `n\n${digits.join("\n")}\n`,
  );
  // Authgear's whole numbers, too.
  const download = await openCase(
    {
      name: "",
      through: "authgear-csv",
      request: { fields: ["/sub", "/passkey_count"] },
      file: { text: "sub,passkey_count\nu1,0009007199254740993\n" },
      checks: [],
    },
    {},
  );
  expect(await new Response(download.encode("ndjson")).text()).toBe(
    '{"sub":"u1","passkey_count":"0009007199254740993"}\n',
  );
});
