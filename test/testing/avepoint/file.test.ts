import { inflateRawSync, crc32 as zlibCrc32 } from "node:zlib";
import ExcelJS from "exceljs";
import { type AvepointFile, avepointFileBytes, avepointRows } from "exportkit/testing";
import { describe, expect, it } from "vitest";
import XLSX from "xlsx";
import { combineCrc32, crc32 } from "../../../src/testing/avepoint/crc32.js";
import { reportFile } from "../../../src/testing/avepoint/report-file.js";
import { bytesOf, insightsApi } from "./insights-api.js";

async function whole(file: AvepointFile): Promise<Buffer> {
  const parts: Uint8Array[] = [];
  for await (const chunk of avepointFileBytes(file)) parts.push(chunk);
  return Buffer.concat(parts);
}

/** The members of a ZIP by its directory, without the library under test; every CRC-32 is checked by zlib's. */
function unzip(zip: Buffer): Map<string, Buffer> {
  const members = new Map<string, Buffer>();
  const end = zip.lastIndexOf(Buffer.from("PK\x05\x06"));
  const wide = zip.readUInt32LE(end + 16) === 0xffffffff;
  const end64 = wide ? Number(zip.readBigUInt64LE(end - 20 + 8)) : -1;
  let at = wide ? Number(zip.readBigUInt64LE(end64 + 48)) : zip.readUInt32LE(end + 16);
  const count = wide ? Number(zip.readBigUInt64LE(end64 + 32)) : zip.readUInt16LE(end + 10);
  for (let n = 0; n < count; n++) {
    const name = zip.toString("utf8", at + 46, at + 46 + zip.readUInt16LE(at + 28));
    const extra = at + 46 + zip.readUInt16LE(at + 28) + 4;
    const number = (short: number, index: number) =>
      zip.readUInt32LE(at + short) === 0xffffffff
        ? Number(zip.readBigUInt64LE(extra + index * 8))
        : zip.readUInt32LE(at + short);
    const [size, packed, local] = [number(24, 0), number(20, 1), number(42, 2)];
    const start = local + 30 + zip.readUInt16LE(local + 26) + zip.readUInt16LE(local + 28);
    const raw = zip.subarray(start, start + packed);
    const content = zip.readUInt16LE(at + 10) === 8 ? inflateRawSync(raw) : raw;
    expect([content.length, zlibCrc32(content)]).toEqual([size, zip.readUInt32LE(at + 16)]);
    expectHeaders(zip, local, start + packed, { crc: zip.readUInt32LE(at + 16), packed, size });
    members.set(name, content);
    at += 46 + zip.readUInt16LE(at + 28) + zip.readUInt16LE(at + 30) + zip.readUInt16LE(at + 32);
  }
  return members;
}

/** The numbers of a member stand before it, or behind it in a descriptor, and are those of the directory. */
function expectHeaders(
  zip: Buffer,
  local: number,
  end: number,
  { crc, packed, size }: { readonly crc: number; readonly packed: number; readonly size: number },
): void {
  expect(zip.readUInt32LE(local)).toBe(0x04034b50);
  const later = (zip.readUInt16LE(local + 6) & 8) !== 0;
  const wide = zip.readUInt32LE(local + 18) === 0xffffffff;
  const extra = local + 30 + zip.readUInt16LE(local + 26);
  const number = (at: number) => (wide ? Number(zip.readBigUInt64LE(at)) : zip.readUInt32LE(at));
  const before = [
    zip.readUInt32LE(local + 14),
    number(wide ? extra + 12 : local + 18),
    number(wide ? extra + 4 : local + 22),
  ];
  expect(before).toEqual(later ? [0, 0, 0] : [crc, packed, size]);
  if (!later) return;
  const behind = [zip.readUInt32LE(end + 4), number(end + 8), number(end + (wide ? 16 : 12))];
  expect([zip.readUInt32LE(end), ...behind]).toEqual([0x08074b50, crc, packed, size]);
}

const files: readonly AvepointFile[] = [
  {},
  { rows: 0 },
  { rows: 98 },
  { rows: 99 },
  { rows: 1234, workbooks: 2, sheets: 2, sharedStrings: "before" },
  { rows: 300, sharedStrings: "none", parts: "stored", dataDescriptors: false },
  { rows: 150, members: "deflate", zip64: true },
  { rows: 150, dataDescriptors: false, zip64: true },
  { summaryOnly: true, report: "sharingLinks" },
];

describe("the ZIP of a report", () => {
  // SheetJS knows no ZIP64.
  it.each(files.filter(({ zip64 }) => !zip64))("is read alike by SheetJS: %j", async (file) => {
    const expected = [...avepointRows(file)];
    const rows: unknown[] = [];
    for (const [name, bytes] of unzip(await whole(file))) {
      const book = XLSX.read(bytes, { cellDates: false, cellNF: true });
      for (const sheet of book.SheetNames) {
        const data = XLSX.utils.sheet_to_json<unknown[]>(book.Sheets[sheet] as XLSX.WorkSheet, {
          header: 1,
          raw: true,
        });
        for (const [index, cells] of data.entries())
          if (index > 0) rows.push([name, sheet, index + 1, cells[0]]);
      }
    }
    expect(rows).toEqual(expected.map(({ file: name, sheet, row, cells }) => [name, sheet, row, cells[0]]));
  });

  it.each(files)("is read alike by ExcelJS, cell by cell: %j", async (file) => {
    const rows: unknown[] = [];
    for (const [name, bytes] of unzip(await whole(file))) {
      expect([...unzip(bytes).keys()]).toContain("xl/workbook.xml");
      const book = new ExcelJS.Workbook();
      await book.xlsx.load(bytes as never);
      for (const sheet of book.worksheets) {
        const headers = (sheet.getRow(1).values as string[]).slice(1);
        sheet.eachRow((row, number) => {
          if (number === 1) return;
          const cells = headers.map((_, column) => plain(row.getCell(column + 1)));
          rows.push({
            file: name,
            sheet: sheet.name,
            row: number,
            values: Object.fromEntries(headers.map((header, n) => [header, cells[n]])),
          });
        });
      }
    }
    expect(rows).toEqual([...avepointRows(file)].map(({ cells: _, ...row }) => row));
  });

  function plain(cell: ExcelJS.Cell): unknown {
    const { value } = cell;
    if (value instanceof Date) return value.toISOString().slice(0, cell.numFmt.includes("h") ? 19 : 10);
    // In inline strings ExcelJS leaves the notation for literal "_x0041_" as it stands.
    if (typeof value === "string") return value.replaceAll("_x005F_", "_");
    if (typeof value !== "object" || value === null) return value;
    if ("result" in value) return value.result;
    if ("richText" in value) return value.richText.map(({ text }) => text).join("");
    return value;
  }

  it("is the same from any offset", async () => {
    const file: AvepointFile = { rows: 12_345, workbooks: 2 };
    const bytes = reportFile(file);
    const all = await whole(file);
    expect(all.length).toBe(bytes.size);
    let seed = 7;
    for (let n = 0; n < 200; n++) {
      seed = (seed * 1103515245 + 12345) % 2 ** 31;
      const start = seed % bytes.size;
      const length = Math.min(bytes.size - start, [1, 7, 1000, 70_000, 200_000][n % 5] ?? 1);
      const part = new Uint8Array(length + 2);
      bytes.write(part, 1, start, start + length);
      expect(all.subarray(start, start + length).equals(part.subarray(1, -1))).toBe(true);
      expect([part[0], part.at(-1)]).toEqual([0, 0]);
    }
  });

  it("is another one in another revision", async () => {
    const [before, after] = await Promise.all([whole({}), whole({ revision: 1 })]);
    expect(before.equals(after)).toBe(false);
    expect([...avepointRows({ revision: 1 })]).not.toEqual([...avepointRows({})]);
  });
});

it("CRC-32 is that of zlib, whole, in pieces and combined", () => {
  const bytes = Uint8Array.from({ length: 10_007 }, (_, n) => (n * n * 31) & 0xff);
  for (const cut of [0, 1, 3, 4, 5, 5000, 10_006, 10_007]) {
    const [first, second] = [bytes.subarray(0, cut), bytes.subarray(cut)];
    expect(crc32(bytes)).toBe(zlibCrc32(bytes));
    expect(crc32(second, crc32(first))).toBe(zlibCrc32(bytes));
    expect(combineCrc32(crc32(first), crc32(second), second.length)).toBe(zlibCrc32(bytes));
  }
});

describe("serving it", () => {
  async function served(options = {}) {
    const api = insightsApi({ rows: 200, ...options });
    const path = `/insights/job/${await api.start()}/exportfile`;
    return { ...api, path, file: await whole({ rows: 200 }) };
  }

  it("whole, with its name, length and tag", async () => {
    const { get, path, file } = await served();
    const response = await get(path);
    expect(response.status).toBe(200);
    expect(Object.fromEntries(response.headers)).toMatchObject({
      "content-type": "application/zip",
      "content-disposition": "attachment; filename=userAccess_67890.zip",
      "content-length": String(file.length),
      "accept-ranges": "bytes",
      etag: '"67890-0"',
    });
    expect(file.equals(await bytesOf(response))).toBe(true);
  });

  it("in part, where ranges are honoured", async () => {
    const { get, path, file } = await served();
    const response = await get(path, { headers: { range: "bytes=1000-1999", "if-range": '"67890-0"' } });
    expect([response.status, response.headers.get("content-range")]).toEqual([
      206,
      `bytes 1000-1999/${file.length}`,
    ]);
    expect(file.subarray(1000, 2000).equals(await bytesOf(response))).toBe(true);
    const beyond = await get(path, { headers: { range: `bytes=${file.length}-` } });
    expect([beyond.status, beyond.headers.get("content-range")]).toEqual([416, `bytes */${file.length}`]);
  });

  it.each([
    ["the tag is another", {}, '"67890-9"'],
    ["the tag is weak", { etag: "weak" }, 'W/"67890-0"'],
    ["ranges are ignored", { ranges: "ignore" }, '"67890-0"'],
  ])("whole all the same where %s", async (_, options, condition) => {
    const { get, path, file } = await served(options);
    const response = await get(path, { headers: { range: "bytes=1000-", "if-range": condition } });
    expect([response.status, (await bytesOf(response)).length]).toEqual([200, file.length]);
  });

  it("without length or tag, where asked for", async () => {
    const { get, path } = await served({ etag: "none", contentLength: false });
    const { headers } = await get(path);
    expect([headers.get("etag"), headers.get("content-length")]).toEqual([null, null]);
  });

  it("changed, after a change", async () => {
    const { get, path, file, emulator } = await served();
    emulator.changeFiles();
    const response = await get(path);
    expect(response.headers.get("etag")).toBe('"67890-1"');
    expect(file.equals(await bytesOf(response))).toBe(false);
  });

  it("only to those with a token, and only what is there", async () => {
    const { get, path } = await served();
    expect((await get(path, { headers: { authorization: "Bearer no" } })).status).toBe(401);
    const running = await served({ jobDurationMs: 1000 });
    expect((await running.get(running.path)).status).toBe(400);
    for (const outcome of ["failed", "stopped", "missing-file"]) {
      const other = await served({ outcome });
      expect((await other.get(other.path)).status).toBe(404);
    }
  });
});
