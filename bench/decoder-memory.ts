// Peak memory of each decoder by the size of what it reads: `npm run bench:decoder-memory -- [megabytes …] [decoder …]`,
// 100 and 1,000, and all of them, unless told otherwise. Sizes count what is decoded: text, or the XML of
// a worksheet, before compression. Each run is a process of its own; the first shows what a process takes that decodes next to nothing.
import { execFile } from "node:child_process";
import { mkdtemp, rm, stat } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { build } from "esbuild";
import { userBytes } from "./users.ts";
import { writeWorkbook } from "./xlsx-workbook.ts";
import { writeArchive } from "./zip-archive.ts";

// Measured on what `writeWorkbook` writes.
const BYTES_PER_ROW = { inline: 667, shared: 407 };

const workbooks = [
  { name: "xlsx, inline strings", shared: false, documents: undefined },
  // A table of some hundred thousand strings, to which cells refer again and again.
  { name: "xlsx, shared strings", shared: true, documents: 200_000 },
  // Every row brings a string of its own: the table grows with the sheet, up to its ceiling.
  { name: "xlsx, shared, unique", shared: true, documents: undefined },
];

const here = (file: string) => fileURLToPath(new URL(file, import.meta.url));
const words = process.argv.slice(2);
const asked = words.map(Number).filter((megabytes) => megabytes > 0);
const names = words.filter((word) => !(Number(word) > 0));
const sizes = asked.length > 0 ? asked : [100, 1_000];
const isWanted = (name: string) => names.length === 0 || names.some((wanted) => name.startsWith(wanted));
const folder = await mkdtemp(join(tmpdir(), "decoder-memory-"));
try {
  const program = join(folder, "decoders.mjs");
  await build({
    entryPoints: [here("./decoder-memory-child.ts")],
    bundle: true,
    platform: "node",
    format: "esm",
    target: "es2022",
    outfile: program,
  });
  console.log("decoder                     MB   records  seconds   MB/s  live heap MiB  peak RSS MiB");
  for (const kind of ["ndjson", "csv", "json", "gunzip(ndjson)"].filter(isWanted)) {
    for (const megabytes of [1, ...sizes]) await measure(program, kind, kind, String(megabytes));
  }
  for (const megabytes of isWanted("zip(csv)") ? [1, ...sizes] : []) {
    const path = join(folder, "users.zip");
    await writeArchive(path, "users.csv", userBytes("csv", megabytes));
    const packed = ((await stat(path)).size / 1e6).toFixed(1);
    await measure(program, "zip(csv)", "zip(csv)", path, `(${packed} MB compressed)`);
    await rm(path);
  }
  for (const { name, shared, documents } of workbooks.filter(({ name }) => isWanted(name))) {
    for (const megabytes of [1, ...sizes]) {
      const path = join(folder, "workbook.xlsx");
      const rows = Math.round((megabytes * 1e6) / BYTES_PER_ROW[shared ? "shared" : "inline"]);
      await writeWorkbook(path, rows, shared, documents);
      const packed = ((await stat(path)).size / 1e6).toFixed(1);
      await measure(program, name, "xlsx", path, `(${packed} MB compressed)`);
      await rm(path);
    }
  }
} finally {
  await rm(folder, { recursive: true });
}

async function measure(
  program: string,
  name: string,
  kind: string,
  source: string,
  note = "",
): Promise<void> {
  const child = promisify(execFile)(process.execPath, ["--expose-gc", program, kind, source]);
  const { records, megabytes, seconds, heapMiB, peakMiB, refused } = JSON.parse((await child).stdout);
  console.log(
    name.padEnd(23),
    megabytes.toFixed(0).padStart(6),
    String(records).padStart(9),
    seconds.toFixed(1).padStart(8),
    (megabytes / seconds).toFixed(0).padStart(6),
    heapMiB.toFixed(0).padStart(14),
    peakMiB.toFixed(0).padStart(13),
    refused ?? note,
  );
}
