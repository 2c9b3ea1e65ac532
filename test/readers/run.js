// What foreign readers make of the encoder's CSV: `npm run test:readers`. Python's csv, DuckDB, csv-parse and Papa Parse read
// the same files, and every cell is compared.
import { execFileSync } from "node:child_process";
import { existsSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { createExportClient } from "../../dist/index.js";
import { fileDelivery, ndjson } from "../../dist/provider.js";
import { npm } from "../../scripts/pack.js";

const here = fileURLToPath(new URL(".", import.meta.url));
if (!existsSync(join(here, "node_modules"))) npm(["ci", "--silent", "--no-audit", "--no-fund"], here);
const foreign = createRequire(join(here, "run.js"));
const { DuckDBInstance } = foreign("@duckdb/node-api");
const { parse } = foreign("csv-parse/sync");
const Papa = foreign("papaparse");

const pieces = [
  "a",
  "ü",
  "東京",
  "😀",
  '"',
  '""',
  ",",
  ";",
  "\t",
  "|",
  "\n",
  "\r\n",
  " ",
  "'",
  "\\",
  "NULL",
  "=1",
  "-12.50",
  "0",
  "007",
  "\ufeff",
];
let seed = 7;
const random = (below) => {
  seed = (seed * 1103515245 + 12345) % 2147483648;
  return Math.floor((seed / 2147483648) * below);
};
const text = () => Array.from({ length: random(6) }, () => pieces[random(pieces.length)]).join("");
const columns = ["id", "2025", "2024", "x.y", "last"];
const records = Array.from({ length: 5000 }, (_, id) => ({
  id,
  2025: random(5) === 0 ? null : text(),
  2024: text(),
  x: { y: random(2) === 0 ? random(1e9) / 1000 : text() },
  last: random(3) === 0 ? true : text(),
}));
const plain = (value) => (value === null ? null : String(value));
const expected = records.map((record) =>
  [record.id, record[2025], record[2024], record.x.y, record.last].map(plain),
);

async function encode(options) {
  const lines = records.map((record) => `${JSON.stringify(record)}\n`).join("");
  const client = createExportClient({
    providers: {
      it: {
        spec: 1,
        name: "readers",
        capabilities: { delivery: "file", jobs: "immediate", progress: false, formats: ["ndjson"] },
        requestSchema: { "~standard": { version: 1, vendor: "test", validate: (value) => ({ value }) } },
        start: async () => ({ id: "job", status: "succeeded" }),
        poll: async () => ({ status: "succeeded" }),
        delivery: fileDelivery({
          locate: async () => ({ url: "https://store.example/file", credentials: "none" }),
          records: () => ndjson(),
        }),
      },
    },
    fetch: async () => new Response(lines, { headers: { etag: '"v1"' } }),
  });
  const download = await client.runExport("it", {});
  return Buffer.from(await new Response(download.encode("csv", { columns, ...options })).arrayBuffer());
}

const PYTHON = `import csv, json, sys
with open(sys.argv[1], newline="", encoding="utf-8-sig" if sys.argv[3] == "bom" else "utf-8") as file:
    json.dump(list(csv.reader(file, delimiter=sys.argv[2], strict=True)), sys.stdout)`;
const quoted = (value) => `'${value.replaceAll("'", "''")}'`;

const readers = {
  "Python csv": (path, { delimiter = ",", bom }) =>
    JSON.parse(
      execFileSync("python3", ["-c", PYTHON, path, delimiter, bom ? "bom" : ""], {
        maxBuffer: 1 << 28,
      }).toString(),
    ),
  async DuckDB(path, { delimiter = ",", nullText, newline }) {
    const connection = await (await DuckDBInstance.create()).connect();
    const result = await connection.runAndReadAll(
      `SELECT * FROM read_csv(${quoted(path)}, auto_detect=false, header=true, delim=${quoted(delimiter)}, quote='"', escape='"',
        new_line=${quoted(newline === "crlf" ? "\\r\\n" : "\\n")}, nullstr=${quoted(nullText ?? "")}, allow_quoted_nulls=${nullText === undefined},
        columns={${columns.map((name) => `'${name}': 'VARCHAR'`).join(", ")}})`,
    );
    return [columns, ...result.getRowsJson()];
  },
  "csv-parse": (_path, { delimiter = ",", bom }, bytes) => parse(bytes, { delimiter, bom: bom === true }),
  "Papa Parse": (_path, { delimiter = ",", bom }, bytes) =>
    Papa.parse(bytes.toString("utf8").slice(bom ? 1 : 0), { delimiter, skipEmptyLines: true }).data,
};

const dialects = {
  plain: {},
  semicolons: { delimiter: ";" },
  "tabs, all quoted": { delimiter: "\t", quote: "all" },
  "mark and CRLF": { bom: true, newline: "crlf" },
  "NULL for null": { nullText: "NULL" },
  "null from empty": { nullText: "" },
};

const folder = mkdtempSync(join(tmpdir(), "exportkit-readers-"));
let wrong = 0;
for (const [name, options] of Object.entries(dialects)) {
  const bytes = await encode(options);
  const path = join(folder, "rows.csv");
  writeFileSync(path, bytes);
  for (const [reader, read] of Object.entries(readers)) {
    const rows = await read(path, options, bytes);
    // Only DuckDB tells null from text; without a text for null it takes an empty cell for it.
    const tells = reader === "DuckDB";
    const nothing = tells ? null : (options.nullText ?? "");
    const wanted = [columns, ...expected].map((row) =>
      row.map((cell) =>
        cell === null || (tells && options.nullText === undefined && cell === "") ? nothing : cell,
      ),
    );
    let differing = rows.length === wanted.length ? 0 : 1;
    wanted.forEach((row, index) => {
      row.forEach((cell, column) => {
        const found = rows[index]?.[column];
        // DuckDB's binding decodes each value by itself, and drops a mark at its beginning.
        if (found === (tells ? (cell?.replace(/^\ufeff/, "") ?? cell) : cell)) return;
        if (differing++ === 0)
          console.log(
            `  row ${index}, ${columns[column]}: ${JSON.stringify(found)} for ${JSON.stringify(cell)}`,
          );
      });
    });
    wrong += differing;
    console.log(
      `${reader.padEnd(11)} ${name.padEnd(17)} ${rows.length - 1} rows, ${wanted.length * columns.length} cells, ${differing} differ`,
    );
  }
}
rmSync(folder, { recursive: true });
if (wrong > 0) process.exitCode = 1;
