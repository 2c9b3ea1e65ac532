// Reading records: what is downloaded through the public API, beside what takes the bytes of the same answer.
import { createInterface } from "node:readline";
import { Readable } from "node:stream";
import { rival } from "./rivals.ts";
import type { Work } from "./rounds.ts";
import { type ServedFile, servedFile } from "./users.ts";

/** Users for a round of about a tenth of a second. */
const USERS = 8_000;

export async function readingNdjson(): Promise<Work> {
  const file = await servedFile("ndjson", USERS);
  const { default: split2 } = (await rival("split2")) as {
    readonly default: (map: (line: string) => unknown) => NodeJS.ReadWriteStream;
  };
  return {
    name: "read NDJSON",
    ways: [
      { name: "exportkit", run: () => count(file) },
      { name: "decode, split, JSON.parse", run: () => countLines(file) },
      {
        name: "readline, JSON.parse",
        async run() {
          let users = 0;
          const input = Readable.fromWeb((await file.body()) as Parameters<typeof Readable.fromWeb>[0]);
          for await (const line of createInterface({ input })) if (isUser(JSON.parse(line))) users++;
          return users;
        },
      },
      {
        name: "split2, JSON.parse",
        async run() {
          let users = 0;
          const input = Readable.fromWeb((await file.body()) as Parameters<typeof Readable.fromWeb>[0]);
          for await (const user of input.pipe(split2(JSON.parse))) if (isUser(user)) users++;
          return users;
        },
      },
    ],
  };
}

export async function readingCsv(): Promise<Work> {
  const file = await servedFile("csv", USERS);
  const kinds = await kindsOf(file);
  const typed = (cell: string, column: number) => readCell(cell, kinds[column] ?? "string");
  const papa = ((await rival("papaparse")) as { readonly default: Papa }).default;
  const { parse } = (await rival("csv-parse")) as { readonly parse: CsvParse };
  const { inferSchema, initParser } = (await rival("udsv")) as Udsv;
  return {
    name: `read CSV, ${kinds.length} typed columns`,
    ways: [
      { name: "exportkit", run: () => count(file) },
      {
        name: "uDSV, typed",
        async run() {
          let users = 0;
          let parser: UdsvParser | undefined;
          for await (const text of texts(file)) {
            parser ??= initParser(inferSchema(text));
            parser.chunk(text, parser.typedObjs, (row) => {
              if (isUser(row)) users++;
            });
          }
          parser?.end();
          return users;
        },
      },
      {
        name: "Papa Parse, typed",
        async run() {
          let users = 0;
          const columns: string[] = [];
          const stream = papa.parse(papa.NODE_STREAM_INPUT, { header: false });
          Readable.from(texts(file)).pipe(stream);
          for await (const cells of stream as AsyncIterable<string[]>) {
            if (columns.length === 0) columns.push(...cells);
            else if (cells.length > 1 && isUser(recordOf(cells, columns, typed))) users++;
          }
          return users;
        },
      },
      {
        name: "csv-parse, typed",
        async run() {
          let users = 0;
          const cast = (cell: string, { header, index }: { header: boolean; index: number }) =>
            header ? cell : typed(cell, index);
          const stream = Readable.fromWeb((await file.body()) as Parameters<typeof Readable.fromWeb>[0]);
          for await (const user of stream.pipe(parse({ columns: true, cast }))) if (isUser(user)) users++;
          return users;
        },
      },
    ],
  };
}

interface Papa {
  readonly NODE_STREAM_INPUT: unique symbol;
  parse(input: symbol, options: object): NodeJS.ReadWriteStream;
}
type CsvParse = (options: object) => NodeJS.ReadWriteStream;
interface UdsvParser {
  readonly typedObjs: unknown;
  chunk(text: string, shape: unknown, take: (row: object) => void): void;
  end(): void;
}
interface Udsv {
  readonly inferSchema: (text: string) => object;
  readonly initParser: (schema: object) => UdsvParser;
}

async function count({ open }: ServedFile): Promise<number> {
  let users = 0;
  for await (const user of await open()) if (isUser(user)) users++;
  return users;
}

async function countLines(file: ServedFile): Promise<number> {
  let users = 0;
  let rest = "";
  for await (const text of texts(file)) {
    const lines = rest + text;
    let start = 0;
    for (let end = lines.indexOf("\n"); end !== -1; end = lines.indexOf("\n", start)) {
      if (isUser(JSON.parse(lines.slice(start, end)))) users++;
      start = end + 1;
    }
    rest = lines.slice(start);
  }
  return users;
}

async function* texts(file: ServedFile): AsyncGenerator<string> {
  const decoder = new TextDecoder("utf-8", { fatal: true });
  for await (const bytes of await file.body()) yield decoder.decode(bytes, { stream: true });
}

function isUser(value: unknown): boolean {
  return typeof value === "object" && value !== null;
}

type Kind = "string" | "boolean" | "integer" | "json";

/** The types of the columns, as exportkit gave them for the first users. */
async function kindsOf({ open }: ServedFile): Promise<readonly Kind[]> {
  const kinds = new Map<string, Kind>();
  let users = 0;
  for await (const user of await open()) {
    for (const [name, value] of Object.entries(user)) {
      const kind =
        value === null ? undefined : typeof value === "object" ? "json" : kindOfValue(typeof value);
      kinds.set(name, kind ?? kinds.get(name) ?? "string");
    }
    if (++users === 500) break;
  }
  return [...kinds.values()];
}

function kindOfValue(type: string): Kind {
  return type === "boolean" ? "boolean" : type === "number" ? "integer" : "string";
}

function readCell(cell: string, kind: Kind): unknown {
  if (cell === "") return null;
  if (kind === "boolean") return cell === "true";
  if (kind === "integer") return Number(cell);
  return kind === "json" ? JSON.parse(cell) : cell;
}

function recordOf(
  cells: readonly string[],
  columns: readonly string[],
  typed: (cell: string, column: number) => unknown,
): object {
  const record: { [column: string]: unknown } = {};
  columns.forEach((column, index) => {
    record[column] = typed(cells[index] ?? "", index);
  });
  return record;
}
