import { expect, it } from "vitest";
import { xlsx as decoder } from "../../../src/records/xlsx/xlsx.js";
import { readReport } from "../../cases/read-report.js";
import fc from "../../support/fast-check.js";
import { runs } from "../../support/runs.js";
import { memoryArtifact } from "../zip/memory-artifact.js";
import { xlsx } from "./workbook-writer.js";

// Cells of a reference, a style, a type and a value are read in one pass, all others by the tokenizer. An attribute that
// means nothing here makes others of them, and nothing else may come of it.

const styles =
  '<cellXfs><xf numFmtId="0"/><xf numFmtId="14"/><xf numFmtId="46"/><xf numFmtId="2"/></cellXfs>';
const sharedXml = "<si><t>first</t></si><si><t>a &lt; b</t></si><si><t>c</t><t>d</t></si>";

const digits = fc.stringMatching(/^[0-9]{1,20}$/);
const fraction = fc.stringMatching(/^[0-9]{0,18}$/);
const number = fc.oneof(
  digits,
  fc.tuple(fc.constantFrom("", "-", "+"), digits, fraction).map(([sign, a, b]) => `${sign}${a}.${b}`),
  fc.double().map(String),
  fc.constantFrom(
    "",
    " 1 ",
    "0",
    "00",
    "-0",
    "0.0",
    "-0.0",
    ".",
    ".5",
    "5.",
    "1e3",
    "1E-120",
    "0x1F",
    "1.2.3",
  ),
  fc.constantFrom("9007199254740993", "999999999999999", "0.30000000000000004", "46023.5", "-1", "2958466"),
  fc.constantFrom("93439327071857.29", "95393.61763051883", "98466313260.37745"),
);
const text = fc.oneof(
  number,
  fc.constantFrom("0", "1", "2", "3", "1.0", "01", "true", "#N/A", "2024-02-30", "2024-02-29T10:00:00"),
  fc.constantFrom("a &amp; b", "&#49;", "_x0041_", "&#95;x0041_", " ", "Grüße 東京 🙂", "a\nb"),
);
const value = fc.oneof(
  text.map((word) => `<v>${word}</v>`),
  text.map((word) => `<is><t>${word}</t></is>`),
  fc.constantFrom("", "<v/>", "<v></v>", "<is/>", "<is><t/></is>", "<f>1</f><v>2</v>", "<v>1</v><v>2</v>"),
  fc.constantFrom(
    "<v>1<!-- 2 -->3</v>",
    "<v><![CDATA[4]]></v>",
    "<v>&no;</v>",
    "<v>5</v >",
    "<f>A1&amp;&quot;</f><v>6</v>",
    '<f t="array">1</f><v>7</v>',
    '<f t="shared" ref="A1:A9" si="0">B1*2</f><v>8</v>',
    '<f t="shared" si="0"/><v>9</v>',
    '<f t="a>b">1</f><v>3</v>',
    '<f t="a/>b">1</f><v>4</v>',
    '<f xmlns="urn:other">1</f><v>5</v>',
    "<f/><v>1</v>",
    "<fx>1</fx><v>2</v>",
    '<is><t xml:space="preserve"> 8 </t></is>',
    '<is><t xml:space="default">9</t></is>',
    "<is><r><t>6</t></r></is>",
  ),
);
const attribute = (name: string, ...values: string[]) =>
  fc.option(
    fc.constantFrom(...values).map((word) => `${name}="${word}"`),
    { nil: "" },
  );
// One cell that cannot be read makes nothing of its row: most have to be sound.
const sound = fc
  .oneof(
    fc.tuple(fc.constantFrom("", 't="n"'), number, fc.constant("v")),
    fc.tuple(fc.constant('t="s"'), fc.constantFrom("0", "1", "00"), fc.constant("v")),
    fc.tuple(fc.constant('t="str"'), text, fc.constant("v")),
    fc.tuple(fc.constant('t="inlineStr"'), text, fc.constant("is")),
    fc.tuple(fc.constant('t="b"'), fc.constantFrom("0", "1"), fc.constant("v")),
  )
  .map(([type, word, child]) => ({
    type,
    value: child === "v" ? `<v>${word}</v>` : `<is><t>${word}</t></is>`,
  }));
const often = <T>(usual: T, ...others: readonly T[]) =>
  fc.oneof({ weight: 12, arbitrary: fc.constant(usual) }, fc.constantFrom(...others));
const type = attribute("t", "n", "s", "str", "inlineStr", "b", "e", "d", "string", "i", "", "nn");
const cell = fc
  .record({
    reference: often<string | null>("right", null, null, "b2", "B1", "ZZZZ2", "2", "XFE2", "A02"),
    style: attribute("s", "0", "0", "1", "2", "3", "4"),
    isTypeFirst: fc.boolean(),
    again: often(
      "",
      's="2"',
      't="b"',
      'r="Z9"',
      's="x"',
      's=""',
      'cm="1"',
      'vm="12"',
      'ph="1"',
      'ph="true"',
      'pm="1"',
    ),
    before: often("", "\n  ", "<!-- c -->", "<x/>", "words"),
    content: fc.oneof({ weight: 12, arbitrary: sound }, fc.record({ type, value })),
  })
  .map(({ content, ...rest }) => ({ ...rest, ...content }));
const row = fc.record({
  isNumbered: fc.boolean(),
  cells: fc.array(cell, { minLength: 1, maxLength: 6 }),
});

const rowLists = fc.array(row, { minLength: 1, maxLength: 4 });
const prefixes = often("", "x:");

/** All that is told of a workbook, and the message of the error that ended it. */
async function seen(file: Uint8Array, maxBufferedBytes = 1024 * 1024): Promise<unknown> {
  const told: unknown[] = [];
  const options = { maxBufferedBytes, warn: (message: string) => void told.push(message) };
  try {
    for await (const batch of decoder({ headerRow: "none" }).decode(memoryArtifact(file), options))
      told.push(...batch.entries);
  } catch (error) {
    told.push(String(error));
  }
  return told;
}

it("come out as others do", async () => {
  await fc.assert(
    fc.asyncProperty(rowLists, fc.boolean(), prefixes, async (rows, hasStyles, prefix) => {
      const written = (mark: string) =>
        rows
          .map(({ isNumbered, cells }, index) => {
            const made = cells.map(
              ({ reference, style, type, isTypeFirst, again, value, before }, column) => {
                const place =
                  reference === "right" ? `${String.fromCharCode(65 + column)}${index + 1}` : reference;
                const attributes = [
                  place && `r="${place}"`,
                  ...(isTypeFirst ? [type, style] : [style, type]),
                  again,
                  mark,
                ];
                const tag = ["c", ...attributes.filter(Boolean)].join(" ");
                return `${before}<${tag}${value === "" ? "/>" : `>${value}</c>`}`;
              },
            );
            return `<row${isNumbered ? ` r="${index + 1}"` : ""}>${made.join("")}</row>`;
          })
          .join("")
          .replaceAll(/<(\/?)(row|c|v|is|t|f)\b/g, `<$1${prefix}$2`);
      const read = async (mark: string) => {
        const sheets = [{ name: "S", data: written(mark) }];
        return await seen(xlsx({ sheets, sharedXml, stored: true, ...(hasStyles && { styles }) }));
      };
      expect(await read("")).toEqual(await read('odd="1"'));
    }),
    { numRuns: runs(300) },
  );
});

it.each([
  ["numbers", "<c><v>12</v></c>", 2],
  ["dates", '<c s="1"><v>12</v></c>', 2],
  ["flags", '<c t="b"><v>1</v></c>', 1],
  ["escapes", '<c t="str"><v>_x0041_</v></c>', 7],
  ["entities", '<c t="inlineStr"><is><t>&lt;</t></is></c>', 1],
  ["places in the table", '<c t="s"><v>0</v></c>', 6],
])("a row of %s is as long as their texts", async (_, cell, length) => {
  const count = 4_000;
  for (const xml of [cell, cell.replace("<c", '<c odd="1"')]) {
    const sheets = [{ name: "S", data: `<row>${xml.repeat(count)}</row>` }];
    const file = xlsx({ sheets, sharedXml, styles, stored: true });
    expect(await seen(file, length * count)).toEqual([expect.objectContaining({ row: 1 })]);
    expect(await seen(file, length * count - 1)).toEqual([expect.stringContaining("Row 1")]);
  }
});

it.each([
  ["a number of fifteen digits", "<c><v>12345.678901234</v></c>", 12_345.678901234],
  ["more digits than a double has", "<c><v>1234567890123456789</v></c>", "1234567890123456789"],
  ["a place in the table, with a fraction", '<c t="s"><v>1.0</v></c>', undefined],
])("%s is read for what it is", async (_, xml, expected) => {
  const data = `<row r="1">${xml.replace("<c", '<c r="A1"')}</row>`;
  const { rows, issues } = await readReport(xlsx({ sheets: [{ name: "S", data }], sharedXml, styles }));
  expect(rows[0]?.cells[0]).toBe(expected);
  expect(issues).toHaveLength(expected === undefined ? 1 : 0);
});
