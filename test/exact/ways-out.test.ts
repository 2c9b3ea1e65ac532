import { once } from "node:events";
import { readFile } from "node:fs/promises";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { join } from "node:path";
import { type CsvOptions, createExportClient, type IntegerMode } from "exportkit";
import { saveExport } from "exportkit/node";
import { uploadExport } from "exportkit/object-store";
import { createTestClock } from "exportkit/testing";
import { zephr } from "exportkit/zephr";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { exportkit } from "../cli/terminal.js";
import { emptyFolder } from "../node/served-export.js";
import { memoryStore } from "../object-store/memory-target.js";

// The same records through every way out of the package: each number by its digits, null told from empty, one dialect.

const numbers = ["9007199254740993", "12345678901234567890", "1e400", "-1E-400", "0.1000000000000000055"];
const user = (id: string, attributes: string) =>
  `{"user":{"user_id":"${id}","attributes":{${attributes}}},"seq-no":1}`;
const users = [
  ...numbers.map((digits, at) => user(`n${at}`, `"n":${digits},"list":[${digits},null]`)),
  user("empty", '"n":"","list":null'),
  user("null", '"n":null,"list":[]'),
  user("nothing", '"x":"=1;2"'),
];

const server = createServer(({ url = "" }, response) => {
  const page = new URL(url, "http://localhost").searchParams.get("page") ?? "1";
  const results = page === "1" ? users.join(",") : "";
  response.writeHead(200, { "content-type": "application/json" });
  response.end(`{"results":[${results}],"meta":{"count":${users.length}},"links":{}}`);
});
let baseUrl = "";
beforeAll(async () => {
  await once(server.listen(0, "127.0.0.1"), "listening");
  baseUrl = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
});
afterAll(() => void server.close());

const keys = { accessKey: "access", secretKey: "secret" };

type Format = "csv" | "ndjson";
type Way = (format: Format, options: CsvOptions, integers: IntegerMode) => Promise<string>;

async function open(integers: IntegerMode) {
  const client = createExportClient({
    providers: { readers: zephr({ baseUrl, ...keys }) },
    clock: createTestClock(),
    integers,
  });
  const job = await client.waitForExport(await client.startExport("readers", {}));
  return { client, job };
}

const flags: { readonly [option: string]: string } = { nullText: "null-text" };

/** The options of `encode("csv")` as words of the command line. */
function words(options: CsvOptions): string[] {
  return Object.entries(options).flatMap(([name, value]) => {
    const flag = `--${flags[name] ?? name}`;
    if (value === true) return [flag];
    return [flag, name === "columns" ? JSON.stringify(value) : value === "\t" ? "tab" : String(value)];
  });
}

async function command(format: Format, options: CsvOptions, integers: IntegerMode, out: string) {
  const environment = { ZEPHR_BASE_URL: baseUrl, ZEPHR_ACCESS_KEY: "access", ZEPHR_SECRET_KEY: "secret" };
  const how = integers === "exact" ? [] : ["--integers", integers];
  const given = ["zephr", "-o", out, "--as", format, ...how, ...words(options)];
  const { code, stdout, stderr } = await exportkit(given, environment);
  expect(code, stderr).toBe(0);
  return stdout.toString();
}

const ways: { readonly [name: string]: Way } = {
  encode: async (format, options, integers) => {
    const { client, job } = await open(integers);
    return text((await client.download(job)).encode(format, options));
  },
  toResponse: async (format, options, integers) => {
    const { client, job } = await open(integers);
    const response = (await client.download(job)).toResponse({ format, ...options } as { format: "csv" });
    return Buffer.from(await response.arrayBuffer()).toString();
  },
  saveExport: async (format, options, integers) => {
    const { client, job } = await open(integers);
    const path = join(await emptyFolder(), "users");
    await saveExport(client, job, path, { format, ...options } as { format: "csv" });
    return readFile(path, "utf8");
  },
  uploadExport: async (format, options, integers) => {
    const { client, job } = await open(integers);
    const store = memoryStore();
    const { complete } = await uploadExport(client, job, store.target, { format, ...options } as {
      format: "csv";
    });
    expect(complete).toBe(true);
    return store.objects.get("users.ndjson")?.bytes.toString() ?? "";
  },
  "the command line": (format, options, integers) => command(format, options, integers, "-"),
  "the command line, into a file": async (format, options, integers) => {
    const path = join(await emptyFolder(), "users");
    await command(format, options, integers, path);
    return readFile(path, "utf8");
  },
};

async function text(stream: ReadableStream<Uint8Array>): Promise<string> {
  return Buffer.from(await new Response(stream).arrayBuffer()).toString();
}

const chosen = ["user.user_id", { path: "user.attributes.n", header: "N" }, "user.attributes.list"] as const;
const dialects: readonly (readonly [CsvOptions, string])[] = [
  [
    { columns: chosen },
    [
      "user.user_id,N,user.attributes.list",
      ...numbers.map((digits, at) => `n${at},${digits},"[${digits},null]"`),
      "empty,,",
      "null,,[]",
      "nothing,,",
      "",
    ].join("\n"),
  ],
  [
    { columns: chosen, delimiter: "\t", nullText: "", newline: "crlf", quote: "all" },
    [
      '"user.user_id"\t"N"\t"user.attributes.list"',
      ...numbers.map((digits, at) => `"n${at}"\t"${digits}"\t"[${digits},null]"`),
      '"empty"\t""\t',
      '"null"\t\t"[]"',
      '"nothing"\t\t',
      "",
    ].join("\r\n"),
  ],
  [
    { columns: chosen, delimiter: ";", bom: true, nullText: "NULL" },
    [
      "\ufeffuser.user_id;N;user.attributes.list",
      ...numbers.map((digits, at) => `n${at};${digits};[${digits},null]`),
      "empty;;NULL",
      "null;NULL;[]",
      "nothing;NULL;NULL",
      "",
    ].join("\n"),
  ],
  [
    { columns: ["user.user_id", "user.attributes.n", "user.attributes.x"], preset: "excel" },
    [
      "\ufeffuser.user_id,user.attributes.n,user.attributes.x",
      ...numbers.map((digits, at) => `n${at},${digits},`),
      "empty,,",
      "null,,",
      "nothing,,'=1;2",
      "",
    ].join("\r\n"),
  ],
];

describe.each(Object.entries(ways))("%s", (_, way) => {
  it.each(dialects)("writes CSV with %j", async (options, expected) => {
    expect(await way("csv", options, "string")).toBe(expected);
  });

  it("writes lines as they came, whatever records have in the place of such numbers", async () => {
    for (const integers of ["string", "number", "exact"] as const) {
      expect(await way("ndjson", {}, integers)).toBe(`${users.join("\n")}\n`);
    }
  });
});
