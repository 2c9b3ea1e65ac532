import { once } from "node:events";
import { readFile, writeFile } from "node:fs/promises";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { join } from "node:path";
import { Ajv } from "ajv";
import formats from "ajv-formats";
import {
  createAuthgearEmulator,
  createAvepointEmulator,
  createZephrEmulator,
  type Emulator,
  serveEmulator,
} from "exportkit/testing";
import { describe, expect, it, onTestFinished } from "vitest";
import { emptyFolder } from "../node/served-export.js";
import { abortAt, exportkit, token } from "./terminal.js";

type Message = { readonly type: string; readonly stream: string; readonly [member: string]: unknown };

const keys = { accessKey: "access-key", secretKey: "secret-of-the-key" };
const access = { report: "userAccess", email: "ada@contoso.com", dataSources: ["OneDrive"] };

const taps = {
  authgear: {
    emulator: (users = 60) => createAuthgearEmulator({ tokens: [token], users, chunkBytes: 4_096 }),
    config: (endpoint: string): object => ({ options: { endpoint, token } }),
    stream: "users",
    identity: (record: { sub?: string }) => record.sub,
  },
  zephr: {
    emulator: (users = 60) => createZephrEmulator({ keys: { [keys.accessKey]: keys.secretKey }, users }),
    config: (baseUrl: string): object => ({
      options: { baseUrl, ...keys },
      streams: { users: { pageSize: 20 } },
    }),
    stream: "users",
    identity: (record: { user_id?: string }) => record.user_id,
  },
  avepoint: {
    emulator: (rows = 60) => createAvepointEmulator({ tokens: [token], rows }),
    config: (baseUrl: string): object => ({ options: { baseUrl, token }, streams: { access } }),
    stream: "access",
    identity: ({ file, sheet, row }: { file?: string; sheet?: string; row?: number }) =>
      JSON.stringify([file, sheet, row]),
  },
};
type Vendor = keyof typeof taps;

/** A vendor behind sockets, and a tap for it whose files are in a folder of their own. */
async function tapOf(
  vendor: Vendor,
  others: object = {},
  emulator: Emulator = taps[vendor].emulator(),
  answer?: Answer,
) {
  const served = answer ? await serveThrough(emulator, answer) : await serveEmulator(emulator);
  onTestFinished(() => served.close());
  const folder = await emptyFolder();
  const file = async (name: string, content: unknown) => {
    const path = join(folder, name);
    await writeFile(path, typeof content === "string" ? content : JSON.stringify(content));
    return path;
  };
  const config = await file("config.json", { vendor, ...taps[vendor].config(served.endpoint), ...others });
  async function run(words: readonly string[] = [], signal?: AbortSignal) {
    const { code, stdout, stderr } = await exportkit(["tap", "--config", config, ...words], {}, signal);
    const text = stdout.toString();
    const messages = words.includes("--discover")
      ? []
      : text.split("\n").flatMap((line) => (line.endsWith("}") ? [JSON.parse(line) as Message] : []));
    return { code, text, stderr, messages, state: stateOf(messages), records: recordsOf(messages) };
  }
  const starts = () => emulator.requests.filter(({ operation }) => operation === "start").length;
  return { emulator, file, run, starts };
}

type Answer = (url: URL, ask: () => Promise<Response>) => Promise<Response>;

/** An emulator behind a server that sees whole URLs, and may change answers. */
async function serveThrough(emulator: Emulator, answer: Answer) {
  const server = createServer(async ({ url = "", method = "", headers }, response) => {
    const target = new URL(url, emulator.endpoint);
    const init = { method, headers: headers as { [name: string]: string } };
    const given = await answer(target, () => emulator.fetch(target, init));
    response.writeHead(given.status, Object.fromEntries(given.headers));
    response.end(Buffer.from(await given.arrayBuffer()));
  }).listen(0, "127.0.0.1");
  await once(server, "listening");
  return {
    endpoint: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    close: async () => void server.close(),
  };
}

/** What a target prints: the last state that it got. */
const stateOf = (messages: readonly Message[]) =>
  messages.findLast(({ type }) => type === "STATE")?.value as
    | { bookmarks: { [stream: string]: { run?: object; watermark?: string } } }
    | undefined;

const recordsOf = (messages: readonly Message[]) =>
  messages.filter(({ type }) => type === "RECORD").map(({ record }) => record as object);

describe.each(Object.keys(taps) as Vendor[])("exportkit tap for %s", (vendor) => {
  const { stream, identity } = taps[vendor];
  it("is cut off in the middle, and resumed by the state that it wrote, with the same export", async () => {
    const { run, file, starts, emulator } = await tapOf(vendor, {}, taps[vendor].emulator(1_400));
    const discovered = await run(["--discover"]);
    expect(emulator.requests).toHaveLength(0);
    const catalog = ["--catalog", await file("catalog.json", discovered.text)];
    const signal =
      vendor === "zephr" ? abortAfterPages(emulator, 40) : abortAt(emulator as never, "artifact");
    const cut = await run(catalog, signal);
    expect(cut.code).toBe(130);
    expect(cut.state?.bookmarks[stream]?.run).toMatchObject({ connection: vendor });
    const resumed = await run([...catalog, "--state", await file("state.json", cut.state)]);
    expect(resumed.code).toBe(0);
    expect(resumed.stderr).toContain("resuming export");
    // What was written behind the last state comes again, and is known by its key.
    const stated = cut.messages.slice(
      0,
      cut.messages.findLastIndex(({ type }) => type === "STATE"),
    );
    const records = [...recordsOf(stated), ...resumed.records];
    expect(records).toHaveLength(vendor === "avepoint" ? 1_404 : 1_400);
    expect(new Set(records.map(identity as (record: object) => unknown)).size).toBe(records.length);
    expect(starts()).toBe(vendor === "zephr" ? 0 : 1);
    expect(resumed.messages.at(-1)?.type).toBe("STATE");
    expect(resumed.state?.bookmarks).toEqual({ [stream]: { watermark: expect.any(String) } });

    const [{ schema, key_properties, ...first } = { type: "", stream: "" }] = resumed.messages;
    expect(first).toEqual({ type: "SCHEMA", stream });
    expect(JSON.parse(discovered.text).streams).toEqual([
      expect.objectContaining({ tap_stream_id: stream, stream, schema, key_properties }),
    ]);
    const validate = formats.default(new Ajv({ strict: false })).compile(schema as object);
    for (const record of records) expect(validate(record), JSON.stringify(validate.errors)).toBe(true);
    for (const name of key_properties as string[]) expect(records[0]).toHaveProperty([name]);
    for (const secret of [token, keys.secretKey]) expect(cut.text + resumed.text).not.toContain(secret);
  });
});

it("a state comes from a target's log, in a message, from Meltano, or not at all", async () => {
  const { run, file, emulator } = await tapOf("zephr");
  const cut = await run([], abortAfterPages(emulator, 3));
  const message = cut.messages.findLast(({ type }) => type === "STATE");
  const logged = `{"bookmarks":{}}\n${JSON.stringify(cut.state)}\n`;
  for (const content of [logged, message, { singer_state: cut.state }]) {
    const { code, stderr } = await run(["--state", await file("state.json", content)]);
    expect([code, stderr]).toEqual([0, expect.stringContaining("resuming")]);
  }
  const { code, records } = await run(["--state", await file("state.json", "")]);
  expect([code, records.length]).toEqual([0, 60]);
});

/** Interrupts when so many pages have been asked for. */
function abortAfterPages(emulator: Emulator, pages: number): AbortSignal {
  const controller = new AbortController();
  let asked = 0;
  emulator.faults.add({
    on: ({ operation }) => {
      if (operation === "page" && ++asked === pages) controller.abort({ exitCode: 130 });
      return false;
    },
    fault: { type: "reset" },
  });
  return controller.signal;
}

describe("an incremental stream", () => {
  const catalogWith = (metadata: object) => ({
    streams: [{ tap_stream_id: "users", metadata: [{ breadcrumb: [], metadata }] }],
  });
  const incremental = { selected: true, "replication-method": "INCREMENTAL" };

  /** A tap for a Zephr that keeps what it was asked for. */
  async function listening(others: object) {
    const asked: (string | null)[] = [];
    const tap = await tapOf("zephr", others, undefined, ({ searchParams }, ask) => {
      asked.push(searchParams.get("since") ?? searchParams.get("registeredSince"));
      return ask();
    });
    return { ...tap, asked };
  }

  it("asks for everything at first, then for what changed since the last run began", async () => {
    const { run, file, asked } = await listening({ lookback_ms: 60_000 });
    const catalog = await file("catalog.json", catalogWith(incremental));
    const first = await run(["--catalog", catalog]);
    expect([...new Set(asked)]).toEqual([null]);
    const watermark = first.state?.bookmarks.users?.watermark ?? "";
    asked.length = 0;
    const second = await run(["--catalog", catalog, "--state", await file("state.json", first.state)]);
    expect(second.code).toBe(0);
    const [since = null] = asked;
    expect(Date.parse(since ?? "")).toBe(Date.parse(watermark) - 60_000);
    expect(second.records.length).toBeLessThan(first.records.length);
  });

  it("begins at start_date, by the field that was chosen", async () => {
    const { run, file, asked } = await listening({ start_date: "2026-01-31T00:00:00Z" });
    const chosen = { ...incremental, "replication-key": "registeredSince" };
    const { code } = await run(["--catalog", await file("catalog.json", catalogWith(chosen))]);
    expect(code).toBe(0);
    expect(Date.parse(asked[0] ?? "")).toBe(Date.parse("2026-01-31T00:00:00Z"));
  });

  it.each([
    ["authgear", incremental, "cannot export changes only"],
    ["zephr", { ...incremental, "replication-key": "user_id" }, "must be since or registeredSince"],
    ["zephr", { ...incremental, "replication-method": "LOG_BASED" }, "must be FULL_TABLE or INCREMENTAL"],
  ] as const)("is refused for %s with %j", async (vendor, metadata, message) => {
    const { run, file, emulator } = await tapOf(vendor);
    const { code, stderr } = await run(["--catalog", await file("catalog.json", catalogWith(metadata))]);
    expect(code).toBe(2);
    expect(stderr).toContain(message);
    expect(emulator.requests).toHaveLength(0);
  });
});

describe("a catalog", () => {
  it("selects streams and properties; the key always comes", async () => {
    const streams = { all: { format: "ndjson" }, some: { format: "csv" } };
    const { run, file } = await tapOf("authgear", { streams });
    const discovered = JSON.parse((await run(["--discover"])).text);
    const [all, some] = discovered.streams;
    all.metadata[0].metadata.selected = false;
    for (const { breadcrumb, metadata } of some.metadata)
      if (breadcrumb[1] !== undefined && breadcrumb[1] !== "email") metadata.selected = false;
    const { messages, records } = await run(["--catalog", await file("catalog.json", discovered)]);
    expect(new Set(messages.flatMap(({ stream }) => stream ?? []))).toEqual(new Set(["some"]));
    expect(Object.keys(records[0] ?? {}).sort()).toEqual(["email", "sub"]);
  });

  it("that names another stream is refused", async () => {
    const { run, file } = await tapOf("authgear");
    const other = { streams: [{ tap_stream_id: "groups", metadata: [], selected: true }] };
    const { code, stderr } = await run(["--catalog", await file("catalog.json", other)]);
    expect([code, stderr]).toEqual([2, expect.stringContaining('"groups"')]);
  });
});

it("an export that is gone is started again", async () => {
  const { run, file, emulator, starts } = await tapOf("authgear");
  const cut = await run([], abortAt(emulator as never, "artifact"));
  const { bookmarks } = cut.state ?? { bookmarks: {} };
  const run_ = bookmarks.users?.run as { job: { id: string } };
  const gone = { bookmarks: { users: { run: { ...run_, job: { ...run_.job, status: "expired" } } } } };
  for (const state of [gone, { bookmarks: { users: { run: { version: 7 } } } }]) {
    const before = starts();
    const { code, records, stderr } = await run(["--state", await file("state.json", state)]);
    expect(code).toBe(0);
    expect(records).toHaveLength(60);
    expect(stderr).toContain("starting another");
    expect(starts() - before).toBe(1);
  }
});

it("numbers that no double holds are written by their digits, and zeros with their sign", async () => {
  const literals = [
    "9007199254740993",
    "12345678901234567890",
    "1e400",
    "0.1000000000000000055",
    "-1E-400",
    "-0",
  ];
  const list = `"numbers":[${literals.join(",")}]`;
  const { run } = await tapOf("zephr", {}, taps.zephr.emulator(3), async (_, ask) => {
    const given = await ask();
    const text = (await given.text())
      .replace(/"seq-no":(\d)/g, '"seq-no":900719925474099$1')
      .replaceAll('"attributes":{', `"attributes":{${list},`);
    return new Response(text, { status: given.status, headers: { "content-type": "application/json" } });
  });
  const { text } = await run();
  expect(text.match(/"seq-no":900719925474099[123]\b/g)).toHaveLength(3);
  expect(text.split(list)).toHaveLength(4);
});

describe("what a tap is called with", () => {
  it.each([
    ["a vendor that is none", { vendor: "okta" }, "vendor must be"],
    ["a field that is none", { lookback: 1 }, "did you mean lookback_ms"],
    ["options that are none", { options: "token" }, "options must be"],
    ["streams that are none", { streams: [] }, "streams must be"],
    ["no time", { start_date: "soon" }, "start_date must be"],
    ["a wrong lookback", { lookback_ms: -1 }, "lookback_ms must be"],
    ["a wrong option of the adapter", { options: { endpoint: "nowhere", token } }, "endpoint"],
    ["a wrong request", { streams: { users: { format: "xml" } } }, "format"],
  ])("with %s it is refused before anything is sent", async (_, others, message) => {
    const { run, emulator } = await tapOf("authgear", others);
    const { code, stderr, text } = await run();
    expect([code, text]).toEqual([2, ""]);
    expect(stderr).toContain(message);
    expect(emulator.requests).toHaveLength(0);
  });

  it.each([
    [["--config", "/nowhere.json"], "cannot be read (ENOENT)"],
    [["--cofnig", "x"], "--cofnig"],
    [["okta"], "vendor must be"],
    [["avepoint"], "AVEPOINT_"],
    [["authgear", "zephr"], 'not "zephr"'],
  ])("%j is refused", async (words, message) => {
    const { code, stderr } = await exportkit(["tap", ...words]);
    expect([code, stderr]).toEqual([2, expect.stringContaining(message)]);
  });

  it("a state or a catalog that is none is refused", async () => {
    const { run, file } = await tapOf("authgear");
    for (const option of ["--state", "--catalog"]) {
      for (const content of ["no JSON", '{"streams":{}}']) {
        const { code } = await run([option, await file("file.json", content)]);
        expect(code).toBe(2);
      }
    }
  });

  it("takes credentials from the environment, and tells how it is used", async () => {
    const emulator = taps.authgear.emulator();
    const served = await serveEmulator(emulator);
    onTestFinished(() => served.close());
    const environment = { AUTHGEAR_ENDPOINT: served.endpoint, AUTHGEAR_TOKEN: token };
    const { code, stdout } = await exportkit(["tap", "authgear", "--quiet"], environment);
    expect([code, stdout.toString().split("\n").length]).toEqual([0, expect.any(Number)]);
    expect(stdout.toString().match(/"RECORD"/g)).toHaveLength(60);
    const help = (await exportkit(["tap", "--help"])).stdout.toString();
    const guide = await readFile(new URL("../../docs/tap.md", import.meta.url), "utf8");
    for (const [, field = ""] of help.matchAll(/^ {2}([a-z_]+) {2,}/gm)) expect(guide).toContain(field);
  });
});
