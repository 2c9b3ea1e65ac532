import { type Checkpoint, createExportClient, type ExportEvent } from "exportkit";
import { avepoint } from "exportkit/avepoint";
import { csv, json, ndjson, type RecordDecoder } from "exportkit/provider";
import { createTestClock } from "exportkit/testing";
import { zephr } from "exportkit/zephr";
import { describe, expect, it } from "vitest";
import { scriptedStore } from "../artifact/scripted-store.js";
import { serving } from "../artifact/store-answers.js";
import { openCase, openFile } from "../cases/open-case.js";
import type { TextCase } from "../cases/text-case.js";
import { type Cell, xlsx } from "../records/xlsx/workbook-writer.js";
import { csvText } from "./csv-text.js";

const users = [
  {
    sub: "u1",
    email: "a@x",
    address: { country: "DE" },
    custom_attributes: { plan: "pro" },
    roles: ["a", "b"],
  },
  { sub: "u2", custom_attributes: { "a.b": 1, plan: null } },
];
const lines = users.map((user) => `${JSON.stringify(user)}\n`).join("");
const authgearNdjson = (text: string): TextCase => ({
  name: "",
  through: "authgear-ndjson",
  file: { text },
  checks: [],
});
const authgearCsv = (text: string, fields: readonly string[]): TextCase => ({
  name: "",
  through: "authgear-csv",
  request: { fields } as NonNullable<TextCase["request"]>,
  file: { text },
  checks: [],
});

async function report(
  sheets: readonly { readonly name: string; readonly rows: readonly (readonly Cell[])[] }[],
  headerRow: "auto" | "none" | number = "auto",
) {
  const client = createExportClient({
    providers: { access: avepoint({ dataCenter: "us", token: "t", workbooks: { headerRow } }) },
    fetch: async (input) => {
      const { pathname } = new URL(input instanceof Request ? input.url : input);
      if (pathname.endsWith("/exportfile")) return new Response(xlsx({ sheets }) as BodyInit);
      const status = { jobId: "1", jobStatus: 2, status: 200, message: "" };
      return Response.json(status);
    },
    clock: createTestClock(),
  });
  return client.runExport("access", { report: "sitePermissions", siteUrls: ["https://s.example"] });
}

async function v4(pages: readonly string[]) {
  const client = createExportClient({
    providers: {
      readers: zephr({ tenantId: "news", accessKey: "AK", secretKey: "s3cr3t", apiVersion: "v4" }),
    },
    fetch: async (input) => {
      const page = Number(new URL(input instanceof Request ? input.url : input).searchParams.get("page"));
      return new Response(pages[page - 1] ?? "id\n", { headers: { "content-type": "text/csv" } });
    },
  });
  return client.runExport("readers", { pageSize: 1 });
}

describe("a column is a path", () => {
  it("into a user of Authgear, and into a list", async () => {
    const columns = [
      "address.country",
      "custom_attributes.plan",
      "custom_attributes.a.b",
      "roles.1",
      "roles.length",
    ];
    expect(await csvText(await openCase(authgearNdjson(lines), {}), { columns })).toBe(
      `${columns.join(",")}\nDE,pro,,b,\n,,1,,\n`,
    );
  });

  it("into a cell of JSON in Authgear's CSV", async () => {
    const text = 'sub,custom_attributes\nu1,"{""plan"":{""name"":""pro""}}"\n';
    const download = await openCase(authgearCsv(text, ["/sub", "/custom_attributes"]), {});
    expect(await csvText(download, { columns: ["custom_attributes.plan.name", "sub"] })).toBe(
      "custom_attributes.plan.name,sub\npro,u1\n",
    );
  });

  it("into a row of a workbook, by its columns first and then by the record", async () => {
    const rows = [
      ["Name", "row", "n"],
      ["Ada", "own", { xml: '<c t="e"><v>#N/A</v></c>' }],
    ];
    const columns = ["values.Name", "row", "_row", "cells.2", "values.n", "sheet"];
    expect(await csvText(await report([{ name: "S", rows }]), { columns })).toBe(
      `${columns.join(",")}\nAda,own,2,#N/A,#N/A,S\n`,
    );
  });

  it("into the records of any provider, the longest key first, and back to shorter ones", async () => {
    const text = '{"a":{"b":{"c":1}},"a.b":{"d":2},"a.b.e":3,"__proto__":{"x":4}}\n';
    const columns = ["a.b.c", "a.b.d", "a.b.e", "__proto__.x", "constructor.name", "toString"];
    expect(await csvText(await openFile(ndjson(), { text }), { columns })).toBe(
      `${columns.join(",")}\n1,2,3,4,,\n`,
    );
  });

  it("into records that are lists, by their places", async () => {
    const text = "id,x,x\n1,2,3\n4,-0,\n";
    const open = () => openFile(csv({ prepare: () => (cells) => [...cells] }), { text });
    const download = await open();
    expect(await csvText(download, { columns: ["2", { path: "0", header: "id" }, "length", "3"] })).toBe(
      "2,id,length,3\n3,1,,\n,4,,\n",
    );
    expect(download.emptyColumns).toEqual(["length", "3"]);
    expect(await csvText(await open())).toBe("0,1,2,_extra\n1,2,3,\n4,-0,,\n");
    const lists = ndjson({ map: (value) => value });
    const longer = '[1,[2]]\n[-0,{"a":3},"more"]\n';
    expect(await csvText(await openFile(lists, { text: longer }))).toBe(
      '0,1,_extra\n1,[2],\n-0,"{""a"":3}","{""2"":""more""}"\n',
    );
    const paths = { columns: ["1.a", "1.0"] };
    expect(await csvText(await openFile(lists, { text: longer }), paths)).toBe("1.a,1.0\n,2\n3,\n");
  });

  it("into what a layout flattens, then into the record", async () => {
    const decoder = ndjson<{ readonly user: { readonly id: number; readonly deep: { readonly x: number } } }>(
      {
        csv: { columns: ["id"], flatten: ({ user }) => ({ id: user.id, deep: user.deep }) },
      },
    );
    const text = '{"user":{"id":1,"deep":{"x":2}}}\n';
    expect(await csvText(await openFile(decoder, { text }), { columns: ["id", "deep.x", "user.id"] })).toBe(
      "id,deep.x,user.id\n1,2,1\n",
    );
  });

  it("that may have another header", async () => {
    const columns = [{ path: "address.country", header: "Country" }, { path: "sub" }, "email"];
    expect(await csvText(await openCase(authgearNdjson(lines), {}), { columns })).toBe(
      "Country,sub,email\nDE,u1,a@x\n,u2,\n",
    );
  });

  it("that may be empty, or begin with the name that is", async () => {
    const columns = [{ path: "", header: "Note" }, "id"];
    const open = () => openFile(csv(), { text: "id,\n1,x\n" });
    expect(await csvText(await open(), { columns })).toBe("Note,id\nx,1\n");
    expect(await csvText(await open(), { columns: [""] })).toBe('""\nx\n');
    expect(await csvText(await v4(["user_id,\n1,x\n"]), { columns: ["", "user_id"] })).toBe(
      ",user_id\nx,1\n",
    );
    const text = '{"":{"a":1,"":{"b":2}},"c":{"":3},"d":{"":{"":4}},".e":5}\n';
    const paths = [".a", "..b", "c.", "d..", ".e", ".", ".x", "..x.y"];
    expect(await csvText(await openFile(ndjson(), { text }), { columns: paths })).toBe(
      `${paths.join(",")}\n1,2,3,4,5,"{""b"":2}",,\n`,
    );
    const user = '{"sub":"u1","custom_attributes":{"":{"plan":"pro"}}}\n';
    const plan = { columns: ["custom_attributes..plan", "custom_attributes."] };
    expect(await csvText(await openCase(authgearNdjson(user), {}), plan)).toBe(
      'custom_attributes..plan,custom_attributes.\npro,"{""plan"":""pro""}"\n',
    );
  });

  it("that comes twice only under two headers", async () => {
    const twice = [
      { path: "sub", header: "a" },
      { path: "sub", header: "b" },
    ];
    expect(await csvText(await openCase(authgearNdjson(lines), {}), { columns: twice })).toBe(
      "a,b\nu1,u1\nu2,u2\n",
    );
    const download = await openCase(authgearNdjson(lines), {});
    for (const columns of [["sub", { path: "email", header: "sub" }], [], [{ header: "x" }]]) {
      expect(() => download.encode("csv", { columns } as never)).toThrow(
        expect.objectContaining({ code: "CONFIG_INVALID", message: expect.stringContaining("columns") }),
      );
    }
    await download[Symbol.asyncDispose]();
  });
});

describe("columns keep their order", () => {
  const text = "name,2025,__proto__,2024,10,1\nann,a,p,b,c,d\n";

  it("in a CSV file", async () => {
    expect(await csvText(await openFile(csv(), { text }))).toBe(text);
  });

  it("in a CSV file that an adapter reads by itself", async () => {
    const prepare = (header: readonly string[]) => (cells: readonly string[]) =>
      Object.fromEntries(header.map((name, index) => [name, cells[index]]));
    expect(
      await csvText(await openFile(csv({ prepare, csv: { columns: [], complete: true } }), { text })),
    ).toBe(text);
    const renamed = csv({
      prepare:
        () =>
        ([name, year]) => ({ who: name, year }),
    });
    expect(await csvText(await openFile(renamed, { text }))).toBe("who,year,_extra\nann,a,\n");
  });

  it("in a workbook, under each kind of header", async () => {
    const rows = [
      ["Name", "2025", "2024"],
      ["ada", 1, 2],
    ];
    for (const headerRow of ["auto", 1] as const) {
      expect(await csvText(await report([{ name: "S", rows }], headerRow))).toBe(
        "_file,_sheet,_row,Name,2025,2024,_extra\nworkbook.xlsx,S,2,ada,1,2,\n".replaceAll(
          "workbook.xlsx",
          "avepoint-sitePermissions-1.zip",
        ),
      );
    }
  });

  it("in a workbook with a title above its header", async () => {
    const rows = [["Title"], [], ["Name", "2025", "2024"], ["ada", 1, 2]];
    const [header] = (await csvText(await report([{ name: "S", rows }]))).split("\n");
    expect(header).toBe("_file,_sheet,_row,Name,2025,2024,A,_extra");
  });

  describe.each([
    ["NDJSON", ndjson(), (records: readonly string[]) => records.join("\n")],
    ["a JSON list", json(), (records: readonly string[]) => `[${records.join(",")}]`],
  ] as const)("in %s", (_, decoder, fileOf) => {
    const csvOf = async (...records: readonly string[]) =>
      csvText(await openFile(decoder as RecordDecoder<unknown>, { text: fileOf(records) }), {
        onInvalid: "skip",
      });

    it("where JavaScript puts whole numbers first", async () => {
      expect(await csvOf('{"name":"a","2025":1,"2024":2,"10":3}', '{"2024":5,"name":"b","2025":4}')).toBe(
        "name,2025,2024,10,_extra\na,1,2,3,\nb,4,5,,\n",
      );
    });

    it.each([["{x}"], ["1", "{x}", "[]"], ["[]", '{"n":1e}']])(
      "behind records that are broken: %s",
      async (...broken) => {
        const text = fileOf([...broken, '{"name":"a","2025":1}', '{"2025":2}']);
        const download = await openFile(
          decoder as RecordDecoder<unknown>,
          { text },
          { fetch: async () => new Response(text) },
        );
        expect(await csvText(download, { onInvalid: "skip" })).toBe("name,2025,_extra\na,1,\n,2,\n");
      },
    );

    it("of the record's own names alone, however they are written", async () => {
      const text = String.raw`{"a\\\"":{"7":[{"6":"\"}"}],"b":1}, "\u0032" : "]", "1":1,"__proto__":"p","x":[{"0":1}]}`;
      expect((await csvOf(text)).split("\n")[0]).toBe(String.raw`"a\""",2,1,__proto__,x,_extra`);
    });
  });

  it("as a function makes it of JSON", async () => {
    const map = (value: unknown) => ({ made: 1, ...(value as object) });
    const download = await openFile(ndjson<unknown>({ map }), { text: '{"b":1,"7":2,"a":3}' });
    expect((await csvText(download)).split("\n")[0]).toBe("7,made,b,a,_extra");
  });

  it("on pages of CSV", async () => {
    const download = await v4(["user_id,2025,2024\n1,a,b\n", "user_id,2025,2024\n2,c,d\n"]);
    expect(await csvText(download)).toBe("user_id,2025,2024,_extra\n1,a,b,\n2,c,d,\n");
  });

  it("in Authgear's CSV, where nothing is left for another column", async () => {
    const file = authgearCsv("sub,custom_attributes.7\nu1,x\n", ["/sub", "/custom_attributes/7"]);
    expect(await csvText(await openCase(file, {}))).toBe("sub,custom_attributes.7\nu1,x\n");
    const added = authgearCsv("sub,email,new\nu1,a@x,n\n", ["/sub", "/email"]);
    expect(await csvText(await openCase(added, {}))).toBe('sub,email,_extra\nu1,a@x,"{""new"":""n""}"\n');
  });

  it("across a checkpoint", async () => {
    const many = `name,2025,2024\n${Array.from({ length: 40 }, (_, n) => `n${n},${"x".repeat(20_000)},b\n`).join("")}`;
    const store = scriptedStore(serving(new TextEncoder().encode(many)), { decoder: csv() });
    const first = await store.open();
    let begun = "";
    for await (const chunk of first.encode("csv") as unknown as AsyncIterable<Uint8Array>) {
      begun += new TextDecoder().decode(chunk);
      break;
    }
    const checkpoint: Checkpoint = JSON.parse(JSON.stringify(first.checkpoint()));
    expect(begun.length).toBeLessThan(many.length);
    expect(begun + (await csvText(await store.open({ checkpoint })))).toBe(many);
  });
});

describe("a source with a header and no records", () => {
  it("writes a lone surrogate in a header as it does beside records", async () => {
    const encoded = async (text: string) => {
      const download = await openFile(ndjson(), { text });
      return new Response(download.encode("csv", { columns: ["id", "\ud800"] })).text();
    };
    expect(await encoded("")).toBe("id,\\ud800\n");
    expect(await encoded('{"id":1}\n')).toBe("id,\\ud800\n1,\n");
  });

  it("is a file with that header", async () => {
    expect(await csvText(await openFile(csv(), { text: "b,1,a\n" }))).toBe("b,1,a\n");
    expect(await csvText(await openCase(authgearCsv("sub,email\n", ["/sub", "/email"]), {}))).toBe(
      "sub,email\n",
    );
    expect(await csvText(await v4(["user_id,2,1\n"]))).toBe("user_id,2,1,_extra\n");
    expect(await csvText(await report([{ name: "S", rows: [["Name", "2", "1"]] }]))).toBe(
      "_file,_sheet,_row,Name,2,1,_extra\n",
    );
  });

  it("has no empty columns to speak of", async () => {
    const download = await openFile(csv(), { text: "a,b\n" });
    expect(await csvText(download, { columns: ["a"] })).toBe("a\n");
    expect(download.emptyColumns).toEqual([]);
  });
});

describe("where a row of a workbook comes from", () => {
  it("stands beside columns of the same names", async () => {
    const rows = [
      ["_row", "_file", "_sheet", "_row_2", "_extra"],
      ["r", "f", "s", "r2", "e"],
    ];
    expect(await csvText(await report([{ name: "S", rows }], 1))).toBe(
      "_file,_sheet,_row,_row_3,_file_2,_sheet_2,_row_2,_extra,__extra\n" +
        "avepoint-sitePermissions-1.zip,S,2,r,f,s,r2,e,\n",
    );
  });
});

describe("a column that no record filled", () => {
  async function told(decoder: RecordDecoder<unknown>, text: string, options: object = {}) {
    const events: ExportEvent[] = [];
    const log: string[] = [];
    const line = (level: string) => (_fields: unknown, message: string) => log.push(`${level}: ${message}`);
    const logger = { debug: () => {}, info: line("info"), warn: line("warn"), error: line("error") };
    const download = await openFile(decoder, { text }, { onEvent: (event) => events.push(event), logger });
    expect(download.emptyColumns).toBeUndefined();
    await csvText(download, options);
    const found = events.filter(({ type }) => type === "emptyColumns");
    return { empty: download.emptyColumns, found, log: log.filter((one) => one.includes("no record")) };
  }

  it("is told by the download, an event and a warning, as it was asked for", async () => {
    const columns = ["a", "e-mail", { path: "b.x", header: "B" }];
    const { empty, found, log } = await told(
      ndjson(),
      '{"a":1,"b":{}}\n{"a":2,"e-mail":null}\n{"e-mail":""}\n',
      {
        columns,
      },
    );
    expect(empty).toEqual(["e-mail", "b.x"]);
    expect(found).toMatchObject([
      { columns: ["e-mail", "b.x"], chosen: true, jobId: "job", connection: "own" },
    ]);
    expect(log).toEqual(["warn: exportkit: no record has a value in e-mail, b.x"]);
  });

  it("is no cause for a warning where it is the provider's own", async () => {
    const { empty, found, log } = await told(csv(), "a,b\n1,\n");
    expect(empty).toEqual(["b"]);
    expect(found).toMatchObject([{ columns: ["b"], chosen: false }]);
    expect(log).toEqual(["info: exportkit: no record has a value in b"]);
  });

  it("is one that only refused records have", async () => {
    const deep = `${"[".repeat(20_000)}${"]".repeat(20_000)}`;
    const text = `{"a":1}\n{"b":1,"c":${deep}}\n`;
    const { empty } = await told(ndjson(), text, { columns: ["a", "b", "c"], onInvalid: "skip" });
    expect(empty).toEqual(["b", "c"]);
  });

  it("is known over checkpoints", async () => {
    // So large that it comes in several chunks.
    const text = `{"a":"${"x".repeat(300_000)}"}\n{"b":1}\n`.repeat(2);
    const columns = ["c", "a", "b"];
    const store = scriptedStore(serving(new TextEncoder().encode(`{"c":1}\n${text}`)));
    const first = await store.open();
    const reader = first.encode("csv", { columns }).getReader();
    await reader.read();
    const checkpoint: Checkpoint = JSON.parse(JSON.stringify(first.checkpoint()));
    await reader.cancel();
    const rest = await store.open({ checkpoint });
    await csvText(rest, { columns });
    expect(rest.emptyColumns).toEqual([]);
    const other = await store.open();
    await csvText(other, { columns: ["a", "z"] });
    expect(other.emptyColumns).toEqual(["z"]);
  });

  it("is nothing that reading in another way tells", async () => {
    const download = await openFile(ndjson(), { text: '{"a":1}\n' });
    for await (const _ of download);
    expect(download.emptyColumns).toBeUndefined();
  });
});

describe("a column that cannot be there", () => {
  const refusal = { code: "REQUEST_INVALID", message: expect.stringContaining('"e-mail"') };

  it("is refused at once where the layout is known, and leaves the download to be read", async () => {
    const file = authgearCsv("sub,email\nu1,a@x\n", ["/sub", "/email"]);
    const download = await openCase(file, {});
    expect(() => download.encode("csv", { columns: ["sub", "e-mail"] })).toThrow(
      expect.objectContaining({
        ...refusal,
        connection: "users",
        details: { field: "columns", columns: ["e-mail"] },
      }),
    );
    expect(await csvText(download, { columns: ["email"] })).toBe("email\na@x\n");
  });

  it("is refused as soon as the header is read, before any row", async () => {
    const download = await openFile(csv(), { text: "sub,email\nu1,a@x\n" });
    await expect(csvText(download, { columns: ["sub", "e-mail"] })).rejects.toMatchObject(refusal);
    const empty = await openFile(csv(), { text: "sub,email\n" });
    await expect(csvText(empty, { columns: ["e-mail"] })).rejects.toMatchObject(refusal);
  });

  it("is not known where records may have more, or an adapter looks columns up by itself", async () => {
    const layout = { columns: ["a"], complete: true, cell: () => "found" };
    const download = await openFile(ndjson({ csv: layout }), { text: '{"a":1}\n' });
    expect(await csvText(download, { columns: ["a", "b"] })).toBe("a,b\n1,found\n");
  });
});
