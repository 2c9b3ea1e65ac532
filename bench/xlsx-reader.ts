// One reader on one workbook: prints what it took as JSON. Run by bench/xlsx.ts.
import { readFileSync } from "node:fs";
import { fileArtifact } from "./file-artifact.ts";

const [reader = "", path = "", decoder = ""] = process.argv.slice(2);
const started = performance.now();
const rows = await read();
const seconds = (performance.now() - started) / 1000;
console.log(JSON.stringify({ rows, seconds, peakMiB: process.resourceUsage().maxRSS / 1024 }));

async function read(): Promise<number> {
  let count = 0;
  switch (reader) {
    case "exportkit": {
      const { xlsx } = await import(decoder);
      const artifact = await fileArtifact(path);
      const options = { maxBufferedBytes: 16 * 1024 * 1024 };
      for await (const batch of xlsx({ headerRow: "none" }).decode(artifact, options)) {
        for (const entry of batch.entries) if ("cells" in entry) count++;
      }
      await artifact.close();
      return count;
    }
    case "exceljs": {
      const { default: ExcelJS } = await import("exceljs");
      const options = {
        worksheets: "emit",
        sharedStrings: "cache",
        styles: "cache",
        hyperlinks: "ignore",
        entries: "ignore",
      } as const;
      for await (const sheet of new ExcelJS.stream.xlsx.WorkbookReader(path, options)) {
        for await (const row of sheet) if (row.values) count++;
      }
      return count;
    }
    case "hucre": {
      const { streamXlsxRows } = await import("hucre/xlsx");
      for await (const row of streamXlsxRows(new Uint8Array(readFileSync(path)))) if (row) count++;
      return count;
    }
    case "sheetjs": {
      const XLSX = await import("xlsx");
      const book = XLSX.read(readFileSync(path), { dense: true, cellDates: true });
      for (const name of book.SheetNames) {
        count += XLSX.utils.sheet_to_json(book.Sheets[name] ?? {}, { header: 1 }).length;
      }
      return count;
    }
    default:
      throw new Error(`there is no reader called ${reader}`);
  }
}
