import { expect, it } from "vitest";
import { csv } from "../../src/records/csv.js";
import { chunkings, recordsOf, textArtifact } from "./text-artifact.js";

/** The rows as arrays, header first, so that a case shows the file as it is. */
const table = () => {
  let names: readonly string[] = [];
  const decoder = csv({
    prepare: (header) => {
      names = header;
      return (cells) => [...cells];
    },
  });
  return async (content: string | Uint8Array, sizes: readonly number[]) => {
    const rows = await recordsOf(decoder, textArtifact(content, sizes));
    return names.length > 0 ? [[...names], ...rows] : rows;
  };
};

/** A name, a file, and its rows as JSON. */
const cases: readonly (readonly [name: string, content: string, rows: string])[] = [
  ["a plain file", "a,b\n1,2\n3,4\n", '[["a","b"],["1","2"],["3","4"]]'],
  ["no line end at the end", "a,b\n1,2", '[["a","b"],["1","2"]]'],
  ["CRLF", "a,b\r\n1,2\r\n", '[["a","b"],["1","2"]]'],
  ["LF and CRLF mixed", "a,b\r\n1,2\n3,4\r\n", '[["a","b"],["1","2"],["3","4"]]'],
  ["quoted cells", '"a","b"\n"1","2"\n', '[["a","b"],["1","2"]]'],
  ["quoted and CRLF", '"a","b"\r\n"1","2"\r\n', '[["a","b"],["1","2"]]'],
  ["a comma in quotes", 'a,b\n"1,5",2\n', '[["a","b"],["1,5","2"]]'],
  ["a doubled quote", 'a,b\n"say ""hi""",2\n', String.raw`[["a","b"],["say \"hi\"","2"]]`],
  ["only doubled quotes", 'a,b\n"""",""""""\n', String.raw`[["a","b"],["\"","\"\""]]`],
  ["LF in quotes", 'a,b\n"1\n2",3\n', String.raw`[["a","b"],["1\n2","3"]]`],
  ["CRLF in quotes", 'a,b\r\n"1\r\n2",3\r\n', String.raw`[["a","b"],["1\r\n2","3"]]`],
  ["empty lines in quotes", 'a,b\n"\n\n",3\n', String.raw`[["a","b"],["\n\n","3"]]`],
  ["empty cells", "a,b,c\n,,\n,x,\n", '[["a","b","c"],["","",""],["","x",""]]'],
  ["empty quoted cells", 'a,b\n"",""\n', '[["a","b"],["",""]]'],
  ["an empty last cell without a line end", "a,b\n1,", '[["a","b"],["1",""]]'],
  ["an empty quoted last cell without a line end", 'a,b\n1,""', '[["a","b"],["1",""]]'],
  ["spaces are data", "a,b\n 1 , 2 \n", '[["a","b"],[" 1 "," 2 "]]'],
  ["a space before a quote", 'a,b\n "1",2\n', String.raw`[["a","b"],[" \"1\"","2"]]`],
  ["a bare quote in a cell", 'a,b\n5" pipe,2""\n', String.raw`[["a","b"],["5\" pipe","2\"\""]]`],
  ["a lone CR is data", "a,b\n1\r2,\r3\n", String.raw`[["a","b"],["1\r2","\r3"]]`],
  ["CR before CRLF is data", "a,b\n1,2\r\r\n", String.raw`[["a","b"],["1","2\r"]]`],
  ["a CR at the end of the file, whose LF was cut off", "a,b\n1,2\r", '[["a","b"],["1","2"]]'],
  ["only a header", "a,b\n", '[["a","b"]]'],
  ["only a header without a line end", "a,b", '[["a","b"]]'],
  ["a file of no bytes", "", "[]"],
  ["a file of line ends", "\n\r\n\n", "[]"],
  ["empty lines among two columns", "\na,b\n\n1,2\n\r\n3,4\n\n", '[["a","b"],["1","2"],["3","4"]]'],
  ["empty lines in one column", "a\n\n1\n\r\n2\n", '[["a"],[""],["1"],[""],["2"]]'],
  ["an empty line at the end of one column", "a\n1\n\n", '[["a"],["1"],[""]]'],
  ["an empty quoted cell in one column", 'a\n""\n1\n""', '[["a"],[""],["1"],[""]]'],
  ["an unnamed column", ",b\n1,2\n", '[["","b"],["1","2"]]'],
  [
    "characters of two, three and four bytes",
    "ä,é\nß,東京\n😀,\u{10FFFF}\n",
    '[["ä","é"],["ß","東京"],["😀","􏿿"]]',
  ],
  ["a byte order mark", "\uFEFFa,b\n1,2\n", '[["a","b"],["1","2"]]'],
  ["a byte order mark before a quote", '\uFEFF"a",b\n1,2\n', '[["a","b"],["1","2"]]'],
  [
    "a byte order mark elsewhere is data",
    "a,b\n\uFEFF1,\uFEFF\n",
    String.raw`[["a","b"],["\uFEFF1","\uFEFF"]]`,
  ],
  ["two byte order marks", "\uFEFF\uFEFFa,b\n1,2\n", '[["a","b"],["1","2"]]'],
  ["nothing but a byte order mark", "\uFEFF", "[]"],
  [
    "JSON in cells",
    'id,mfa\n1,"{""emails"":[""a@b.c""],""note"":""x,\ny""}"\n',
    String.raw`[["id","mfa"],["1","{\"emails\":[\"a@b.c\"],\"note\":\"x,\ny\"}"]]`,
  ],
  [
    "more doubled quotes than are taken piece by piece",
    `a,b\n"${'x""'.repeat(700)}",""""\n"${'""'.repeat(300)}y",2\n`,
    JSON.stringify([
      ["a", "b"],
      ['x"'.repeat(700), '"'],
      [`${'"'.repeat(300)}y`, "2"],
    ]),
  ],
  ["NUL", "a,b\n\u0000,\u0000\n", String.raw`[["a","b"],["\u0000","\u0000"]]`],
];

it.each(cases)("reads %s", async (_name, content, rows) => {
  for (const sizes of chunkings) {
    expect(await table()(content, sizes), `chunks of ${sizes}`).toEqual(JSON.parse(rows));
  }
});

it("finds quotes however far they are from one another", async () => {
  const texts = Array.from({ length: 80 }, (_, length) => "é".repeat(length));
  const cells = texts.flatMap((text) => [text, `${text}"`, `"${text}"${text}`]);
  const content = `a,b\n${cells.map((cell) => `"${cell.replaceAll('"', '""')}",\n`).join("")}`;
  for (const sizes of [[content.length * 2], [97]]) {
    expect((await table()(content, sizes)).slice(1)).toEqual(cells.map((cell) => [cell, ""]));
  }
});
