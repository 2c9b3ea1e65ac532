import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { xlsx } from "exportkit/provider";
import { writeWorkbook } from "../xlsx-workbook.ts";
import type { Work } from "./rounds.ts";

const ROWS = 6_000;

/** A workbook in memory, with its strings in the cells or in a table. */
export async function readingXlsx(strings: "inline" | "shared"): Promise<Work> {
  const folder = await mkdtemp(join(tmpdir(), "exportkit-bench-"));
  const path = join(folder, "workbook.xlsx");
  await writeWorkbook(path, ROWS, strings === "shared");
  const bytes = new Uint8Array(await readFile(path));
  await rm(folder, { recursive: true });
  const artifact = {
    size: bytes.length,
    read: async (start: number, end: number) => bytes.slice(start, end),
    async *stream(start = 0) {
      for (let at = start; at < bytes.length; at += 65_536) yield bytes.slice(at, at + 65_536);
    },
  };
  const { streamXlsxRows } = await import("hucre/xlsx");
  return {
    name: `read XLSX, 12 columns, ${strings} strings`,
    ways: [
      {
        name: "exportkit",
        async run() {
          let rows = 0;
          const decoded = xlsx({ headerRow: "none" }).decode(artifact, { maxBufferedBytes: 16 << 20 });
          for await (const { entries } of decoded) rows += entries.length;
          return rows;
        },
      },
      {
        name: "hucre",
        async run() {
          let rows = 0;
          for await (const row of streamXlsxRows(bytes)) if (row) rows++;
          return rows;
        },
      },
    ],
  };
}
