// Rows a second and peak memory of the XLSX decoder beside other libraries: `node bench/xlsx.ts [rows]`.
// Each reader runs in a process of its own, on the same file, one after the other.
import { execFile } from "node:child_process";
import { mkdtemp, rm, stat } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";
import { promisify } from "node:util";
import { build } from "esbuild";
import { writeWorkbook } from "./xlsx-workbook.ts";

const rows = Number(process.argv[2] ?? 500_000);
const here = (file: string) => fileURLToPath(new URL(file, import.meta.url));
const folder = await mkdtemp(join(tmpdir(), "xlsx-bench-"));
const decoder = join(folder, "decoder.mjs");
try {
  const entryPoints = [here("../src/records/xlsx/xlsx.ts")];
  await build({ entryPoints, bundle: true, format: "esm", target: "es2022", outfile: decoder });
  console.log(`strings  reader     rows/s   seconds  peak RSS MiB   (${rows} rows of 12 columns)`);
  for (const strings of ["inline", "shared"]) {
    const path = join(folder, `${strings}.xlsx`);
    await writeWorkbook(path, rows, strings === "shared");
    console.log(`${strings}: ${((await stat(path)).size / 1e6).toFixed(1)} MB`);
    for (const reader of ["exportkit", "hucre", "exceljs", "sheetjs"]) await measure(strings, reader, path);
  }
} finally {
  await rm(folder, { recursive: true });
}

async function measure(strings: string, reader: string, path: string): Promise<void> {
  const head = `${strings.padEnd(8)} ${reader.padEnd(10)}`;
  try {
    // SheetJS needs more than Node's own limit at this size.
    const args = [
      "--max-old-space-size=8192",
      here("./xlsx-reader.ts"),
      reader,
      path,
      pathToFileURL(decoder).href,
    ];
    const { stdout } = await promisify(execFile)(process.execPath, args);
    const result = JSON.parse(stdout);
    const note = result.rows === rows ? "" : `   read ${result.rows} rows only`;
    const speed = (result.rows / result.seconds).toFixed(0);
    console.log(
      head,
      speed.padStart(6),
      result.seconds.toFixed(1).padStart(9),
      result.peakMiB.toFixed(0).padStart(12),
      note,
    );
  } catch (error) {
    console.log(head, "failed:", String(error).split("\n").at(-1));
  }
}
