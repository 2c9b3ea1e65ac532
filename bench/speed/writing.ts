// Writing records as text, and files: encoders beside hand-written loops, a saved file beside a plain `fetch`.
import { fork } from "node:child_process";
import { createHash } from "node:crypto";
import { once } from "node:events";
import { createWriteStream } from "node:fs";
import { mkdtemp, open, rm, stat } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Readable } from "node:stream";
import { pipeline } from "node:stream/promises";
import { fileURLToPath } from "node:url";
import { createExportClient } from "exportkit";
import { authgear } from "exportkit/authgear";
import { saveExport } from "exportkit/node";
import { rival } from "./rivals.ts";
import type { Work } from "./rounds.ts";
import { servedFile } from "./users.ts";

type User = { readonly [field: string]: unknown };
const COLUMNS = [
  "sub",
  "email",
  "name",
  "phone_number",
  "address.country",
  "roles",
  "disabled",
  "created_at",
];
const USERS = 8_000;

export async function writing(format: "csv" | "ndjson"): Promise<Work> {
  const { open: openExport, body } = await servedFile("ndjson", USERS);
  const utf8 = new TextEncoder();
  const users = async () => {
    const text = await new Response(await body()).text();
    return text.split("\n").flatMap((line): User[] => (line === "" ? [] : [JSON.parse(line)]));
  };
  const papa = (await rival("papaparse")) as {
    readonly default: { unparse(rows: readonly (readonly unknown[])[], options: object): string };
  };
  const encoded = async () => {
    let bytes = 0;
    const options = format === "csv" ? { columns: COLUMNS } : {};
    for await (const chunk of (await openExport()).encode(format, options)) bytes += chunk.length;
    return bytes > 0;
  };
  const byHand = async () => {
    let text = format === "csv" ? `${COLUMNS.join(",")}\n` : "";
    for (const user of await users()) {
      const line =
        format === "csv"
          ? COLUMNS.map((column) => cell(valueAt(user, column))).join(",")
          : JSON.stringify(user);
      text += `${line}\n`;
    }
    return utf8.encode(text).length > 0;
  };
  const unparse = async () => {
    const rows = (await users()).map((user) => COLUMNS.map((column) => plain(valueAt(user, column))));
    return utf8.encode(papa.default.unparse(rows, { header: false })).length > 0;
  };
  return {
    name: `read NDJSON, encode ${format === "csv" ? "CSV" : "NDJSON"}`,
    ways: [
      { name: "exportkit", run: encoded },
      {
        name: format === "csv" ? "JSON.parse, a hand-written loop" : "JSON.parse, JSON.stringify",
        run: byHand,
      },
      ...(format === "csv" ? [{ name: "JSON.parse, Papa.unparse", run: unparse }] : []),
    ],
  };
}

function valueAt(user: User, column: string): unknown {
  const [first = "", second] = column.split(".");
  const value = user[first];
  return second === undefined ? value : (value as User | undefined)?.[second];
}

function plain(value: unknown): unknown {
  return typeof value === "object" && value !== null ? JSON.stringify(value) : (value ?? "");
}

function cell(value: unknown): string {
  const text = String(plain(value));
  return /[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
}

/** A server in a process of its own, and what is written into files. */
export async function saving(megabytes: number, take: (work: Work) => Promise<void>): Promise<void> {
  const token = "ready-made-token";
  const server = fork(fileURLToPath(new URL("./server.ts", import.meta.url)), [
    token,
    String(megabytes * 900),
  ]);
  const [endpoint] = (await once(server, "message")) as [string];
  const folder = await mkdtemp(join(tmpdir(), "exportkit-bench-"));
  try {
    const client = createExportClient({ providers: { users: authgear({ endpoint, token }) } });
    const job = await client.waitForExport(await client.startExport("users", { format: "ndjson" }));
    const body = async () => {
      const path = `${endpoint}/_api/admin/users/export/${job.id}`;
      const status = await fetch(path, { headers: { authorization: `Bearer ${token}` } });
      const { result } = (await status.json()) as { readonly result: { readonly download_url: string } };
      const answer = await fetch(result.download_url);
      return Readable.fromWeb(answer.body as Parameters<typeof Readable.fromWeb>[0]);
    };
    const into = (write: (path: string) => Promise<unknown>) => async () => {
      const path = join(folder, "export");
      await write(path);
      const { size } = await stat(path);
      await rm(path);
      return size;
    };
    const plainFetch = into(async (path) => pipeline(await body(), createWriteStream(path)));
    await take({
      name: `bytes() to a file, ${megabytes} MB`,
      ways: [
        {
          name: "exportkit",
          run: into(async (path) => {
            const bytes = (await client.download(job)).bytes() as Parameters<typeof Readable.fromWeb>[0];
            await pipeline(Readable.fromWeb(bytes), createWriteStream(path));
          }),
        },
        { name: "fetch piped to a file", run: plainFetch },
      ],
    });
    await take({
      name: `saveExport, ${megabytes} MB`,
      ways: [
        { name: "exportkit", run: into((path) => saveExport(client, job, path)) },
        {
          name: "fetch, SHA-256, fsync",
          run: into(async (path) => {
            const hash = createHash("sha256");
            const source = await body();
            source.on("data", (chunk: Uint8Array) => hash.update(chunk));
            await pipeline(source, createWriteStream(path));
            const handle = await open(path);
            await handle.sync();
            await handle.close();
            return hash.digest("hex");
          }),
        },
      ],
    });
  } finally {
    server.kill();
    await rm(folder, { recursive: true });
  }
}
