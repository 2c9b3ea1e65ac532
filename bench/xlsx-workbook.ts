import { once } from "node:events";
import { createWriteStream } from "node:fs";
import { crc32, createDeflateRaw } from "node:zlib";

// A workbook of any size, written as a stream: what ExcelJS and SheetJS write takes them minutes and gigabytes.

const columns = 12;
const letters = "ABCDEFGHIJKL";

function cellText(row: number, column: number, documents: number): string {
  switch (column) {
    case 0:
      return `User ${row % 5000}`;
    case 1:
      return `user${row % 5000}@example.com`;
    case 2:
      return `https://contoso.sharepoint.com/sites/team${row % 300}`;
    case 3: {
      const document = row % documents;
      return `/sites/team${document % 300}/Shared Documents/Folder ${document % 977}/Document ${document}.docx`;
    }
    case 4:
      return ["Read", "Edit", "Full Control"][row % 3] ?? "";
    case 5:
      return `Grüße &amp; ${row % 40}`;
    default:
      return "";
  }
}

function* sheet(
  rows: number,
  documents: number,
  refer: ((text: string) => number) | undefined,
): Generator<string> {
  yield '<?xml version="1.0" encoding="UTF-8"?><worksheet xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"><sheetData>';
  const text = (value: string, reference: string) =>
    refer
      ? `<c r="${reference}" t="s"><v>${refer(value)}</v></c>`
      : `<c r="${reference}" t="inlineStr"><is><t>${value}</t></is></c>`;
  let xml = '<row r="1">';
  for (let column = 0; column < columns; column++) xml += text(`Column ${column}`, `${letters[column]}1`);
  xml += "</row>";
  for (let row = 2; row <= rows; row++) {
    xml += `<row r="${row}">`;
    for (let column = 0; column < 6; column++)
      xml += text(cellText(row, column, documents), `${letters[column]}${row}`);
    for (let column = 6; column < 9; column++)
      xml += `<c r="${letters[column]}${row}"><v>${(row * (column + 1)) / 4}</v></c>`;
    xml += `<c r="J${row}" s="1"><v>${46_023 + row / 1440}</v></c><c r="K${row}" t="b"><v>${row % 2}</v></c><c r="L${row}"><v>${row % 17}</v></c></row>`;
    if (xml.length > 65_536) {
      yield xml;
      xml = "";
    }
  }
  yield `${xml}</sheetData></worksheet>`;
}

/**
 * Writes a workbook of 12 columns.
 *
 * @param shared - whether strings go to a table, which then stands behind the sheet
 * @param documents - how many different documents the rows name; by default each names another
 */
export async function writeWorkbook(
  path: string,
  rows: number,
  shared: boolean,
  documents: number = rows + 1,
): Promise<void> {
  const file = createWriteStream(path);
  const directory: Buffer[] = [];
  let offset = 0;
  const put = async (bytes: Buffer) => {
    offset += bytes.length;
    if (!file.write(bytes)) await once(file, "drain");
  };
  const member = async (name: string, chunks: Iterable<string>) => {
    const start = offset;
    await put(
      numbers(
        [0x04034b50, 4],
        [20, 2],
        [8, 2],
        [8, 2],
        [0, 4],
        [0, 4],
        [0, 4],
        [0, 4],
        [name.length, 2],
        [0, 2],
      ),
    );
    await put(Buffer.from(name));
    const deflate = createDeflateRaw({ level: 6 });
    let [crc, size, packed] = [0, 0, 0];
    const write = (async () => {
      for (const chunk of chunks) {
        const bytes = Buffer.from(chunk);
        crc = crc32(bytes, crc);
        size += bytes.length;
        if (!deflate.write(bytes)) await once(deflate, "drain");
      }
      deflate.end();
    })();
    for await (const bytes of deflate) {
      packed += bytes.length;
      await put(bytes);
    }
    await write;
    await put(numbers([0x08074b50, 4], [crc, 4], [packed, 4], [size, 4]));
    const head = [
      [0x02014b50, 4],
      [20, 2],
      [20, 2],
      [8, 2],
      [8, 2],
      [0, 4],
      [crc, 4],
      [packed, 4],
      [size, 4],
      [name.length, 2],
    ] as const;
    directory.push(numbers(...head, [0, 2], [0, 2], [0, 2], [0, 2], [0, 4], [start, 4]), Buffer.from(name));
  };

  const office = "http://schemas.openxmlformats.org/officeDocument/2006/relationships";
  const rels = "http://schemas.openxmlformats.org/package/2006/relationships";
  const main = "http://schemas.openxmlformats.org/spreadsheetml/2006/main";
  const type = "application/vnd.openxmlformats-officedocument.spreadsheetml";
  const strings = new Map<string, number>();
  const refer = (text: string) => {
    const known = strings.get(text);
    if (known === undefined) strings.set(text, strings.size);
    return known ?? strings.size - 1;
  };
  await member("[Content_Types].xml", [
    `<Types xmlns="http://schemas.openxmlformats.org/package/2006/content-types"><Default Extension="rels" ContentType="application/vnd.openxmlformats-package.relationships+xml"/><Override PartName="/xl/workbook.xml" ContentType="${type}.sheet.main+xml"/><Override PartName="/xl/worksheets/sheet1.xml" ContentType="${type}.worksheet+xml"/><Override PartName="/xl/styles.xml" ContentType="${type}.styles+xml"/><Override PartName="/xl/sharedStrings.xml" ContentType="${type}.sharedStrings+xml"/></Types>`,
  ]);
  await member("_rels/.rels", [
    `<Relationships xmlns="${rels}"><Relationship Id="rId1" Type="${office}/officeDocument" Target="xl/workbook.xml"/></Relationships>`,
  ]);
  await member("xl/workbook.xml", [
    `<workbook xmlns="${main}" xmlns:r="${office}"><sheets><sheet name="Data" sheetId="1" r:id="rId1"/></sheets></workbook>`,
  ]);
  await member("xl/_rels/workbook.xml.rels", [
    `<Relationships xmlns="${rels}"><Relationship Id="rId1" Type="${office}/worksheet" Target="worksheets/sheet1.xml"/><Relationship Id="rId2" Type="${office}/styles" Target="styles.xml"/><Relationship Id="rId3" Type="${office}/sharedStrings" Target="sharedStrings.xml"/></Relationships>`,
  ]);
  await member("xl/styles.xml", [
    `<styleSheet xmlns="${main}"><cellXfs count="2"><xf numFmtId="0"/><xf numFmtId="22"/></cellXfs></styleSheet>`,
  ]);
  await member("xl/worksheets/sheet1.xml", sheet(rows, documents, shared ? refer : undefined));
  await member("xl/sharedStrings.xml", sharedStrings(main, strings));
  const start = offset;
  for (const bytes of directory) await put(bytes);
  const count = directory.length / 2;
  await put(
    numbers([0x06054b50, 4], [0, 2], [0, 2], [count, 2], [count, 2], [offset - start, 4], [start, 4], [0, 2]),
  );
  file.end();
  await once(file, "close");
}

function* sharedStrings(main: string, strings: ReadonlyMap<string, number>): Generator<string> {
  yield `<sst xmlns="${main}">`;
  for (const text of strings.keys()) yield `<si><t>${text}</t></si>`;
  yield "</sst>";
}

function numbers(...fields: readonly (readonly [value: number, bytes: 2 | 4])[]): Buffer {
  const bytes = Buffer.alloc(fields.reduce((sum, [, length]) => sum + length, 0));
  let at = 0;
  for (const [value, length] of fields) at = bytes.writeUIntLE(value, at, length);
  return bytes;
}
