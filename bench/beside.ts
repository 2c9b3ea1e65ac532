// Decoders and encoders of this checkout beside those of another one, in one process and in turns:
//   git worktree add /tmp/before <commit> && npm run bench:beside -- /tmp/before [rounds] [part of a name]
// CPU time, below 1 this checkout is faster: the median of the pairs' ratios, their quartiles, and the ratio of the fastest
// tenths, which a busy machine disturbs least.
import { existsSync } from "node:fs";
import { mkdtemp, readFile, rm, symlink } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";
import { build } from "esbuild";
import { writeWorkbook } from "./xlsx-workbook.ts";

interface Side {
  readonly csv: () => Decoder;
  readonly ndjson: () => Decoder;
  readonly xlsx: (options: { readonly headerRow: "none" }) => Decoder;
  readonly csvEncoder: (options: object) => Encoder;
  readonly ndjsonEncoder: () => Encoder;
}
interface Decoder {
  decode(artifact: object, options: object): AsyncIterable<{ readonly entries: readonly unknown[] }>;
}
/** As it is now, or as it was: bytes at once. */
interface Encoder {
  write?(record: object): string;
  encode?(records: readonly object[]): Uint8Array;
}

// Where these were in other versions.
const places = {
  csv: ["src/records/csv.ts"],
  ndjson: ["src/records/ndjson.ts"],
  xlsx: ["src/records/xlsx/xlsx.ts", "src/records/xlsx/xlsx-archive.ts"],
  csvEncoder: ["test/records/csv-encoder.ts", "src/records/encode-csv.ts"],
  ndjsonEncoder: ["src/records/encode-ndjson.ts", "src/records/encoder.ts"],
};

const [before = "", rounds = "60", only = ""] = process.argv.slice(2);
const after = fileURLToPath(new URL("..", import.meta.url));
const folder = await mkdtemp(join(tmpdir(), "beside-"));
try {
  await symlink(join(after, "node_modules"), join(folder, "node_modules"));
  const sides = [await load(after, "after"), await load(before, "before")] as const;
  for (const [name, task] of Object.entries(await tasks())) {
    if (name.includes(only)) await compare(name, sides, task);
  }
} finally {
  await rm(folder, { recursive: true });
}

async function load(root: string, name: string): Promise<Side> {
  const lines = Object.entries(places).map(([what, paths]) => {
    const path = paths.map((place) => join(root, place)).find(existsSync);
    const called = path?.endsWith("xlsx-archive.ts") ? "xlsxArchive as xlsx" : what;
    return `export { ${called} } from ${JSON.stringify(path)};`;
  });
  const outfile = join(folder, `${name}.mjs`);
  const stdin = { contents: lines.join("\n"), resolveDir: root, loader: "ts" } as const;
  await build({
    stdin,
    bundle: true,
    format: "esm",
    target: "es2022",
    platform: "node",
    packages: "external",
    outfile,
  });
  return await import(pathToFileURL(outfile).href);
}

type Task = (side: Side) => Promise<number> | number;

async function tasks(): Promise<{ readonly [name: string]: Task }> {
  const users = (word: string) =>
    Array.from({ length: 5000 }, (_, index) => ({
      sub: `${index.toString(16).padStart(8, "0")}-1111-2222-3333-444444444444`,
      email: `user${index}@example.com`,
      name: `${word} ${index}`,
      note: index % 10 === 0 ? 'a note, "quoted"' : "an ordinary note",
      created_at: "2026-10-07T21:06:24Z",
      disabled: false,
      logins: index % 7,
      balance: index * 0.25,
      roles: ["admin"],
      manager: null,
    }));
  const tables: { [name: string]: Task } = {};
  for (const [kind, word] of [
    ["ASCII", "User Number"],
    ["UTF-8", "Jürgen Müller 東京"],
  ] as const) {
    const records = users(word);
    const lines = `${records.map((record) => JSON.stringify(record)).join("\n")}\n`;
    const flat = records.map(({ roles: _roles, ...record }) => Object.values(record).map(cellOf).join(","));
    const table = `sub,email,name,note,created_at,disabled,logins,balance,manager\n${flat.join("\n")}\n`;
    tables[`read NDJSON, ${kind}`] = ({ ndjson }) => read(ndjson(), artifactOf(Buffer.from(lines)));
    tables[`read CSV, ${kind}`] = ({ csv }) => read(csv(), artifactOf(Buffer.from(table)));
    tables[`write NDJSON, ${kind}`] = ({ ndjsonEncoder }) => write(ndjsonEncoder(), records);
    const columns = Object.keys(records[0] ?? {});
    tables[`write CSV, ${kind}`] = ({ csvEncoder }) => write(csvEncoder({ columns }), records);
  }
  for (const strings of ["inline", "shared"]) {
    const path = join(folder, `${strings}.xlsx`);
    await writeWorkbook(path, 4000, strings === "shared");
    const artifact = artifactOf(await readFile(path));
    tables[`read XLSX, ${strings} strings`] = ({ xlsx }) => read(xlsx({ headerRow: "none" }), artifact);
  }
  return tables;
}

function cellOf(value: unknown): string {
  const text = String(value ?? "");
  return /[",]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
}

function artifactOf(bytes: Uint8Array): object {
  return {
    size: bytes.length,
    read: async (start: number, end: number) => bytes.slice(start, end),
    async *stream(start = 0, end = bytes.length) {
      for (let at = start; at < end; at += 65_536) yield bytes.slice(at, Math.min(at + 65_536, end));
    },
  };
}

async function read(decoder: Decoder, artifact: object): Promise<number> {
  let count = 0;
  for await (const { entries } of decoder.decode(artifact, { maxBufferedBytes: 16 << 20 }))
    count += entries.length;
  return count;
}

/** As a download does it: a batch at a time. */
function write(encoder: Encoder, records: readonly object[]): number {
  const utf8 = new TextEncoder();
  let length = 0;
  for (let at = 0; at < records.length; at += 200) {
    const batch = records.slice(at, at + 200);
    let text = "";
    for (const record of batch) text += encoder.write?.(record) ?? "";
    length += (encoder.encode?.(batch) ?? utf8.encode(text)).length;
  }
  return length;
}

async function compare(name: string, [one, other]: readonly [Side, Side], task: Task): Promise<void> {
  const [ours, theirs, ratios]: [number[], number[], number[]] = [[], [], []];
  const counts = new Set<number>();
  const time = async (side: Side) => {
    const begun = process.cpuUsage();
    counts.add(await task(side));
    const { user, system } = process.cpuUsage(begun);
    return user + system;
  };
  for (let round = -6; round < Number(rounds); round++) {
    // Who comes first alternates: the second one finds warm caches, and the first one's garbage.
    const isFirst = round % 2 === 0;
    const early = await time(isFirst ? one : other);
    const late = await time(isFirst ? other : one);
    if (round < 0) continue;
    const [our, their] = isFirst ? [early, late] : [late, early];
    ours.push(our);
    theirs.push(their);
    ratios.push(our / their);
  }
  const at = (values: number[], share: number) =>
    values.sort((a, b) => a - b)[Math.floor(values.length * share)] ?? 0;
  const fastest = at(ours, 0.1) / at(theirs, 0.1);
  const quartiles = `${at(ratios, 0.25).toFixed(2)} to ${at(ratios, 0.75).toFixed(2)}`;
  const note = counts.size > 1 ? "  the results differ" : "";
  console.log(
    `${name.padEnd(28)} ${at(ratios, 0.5).toFixed(3)}  (${quartiles})  ${fastest.toFixed(3)}${note}`,
  );
}
