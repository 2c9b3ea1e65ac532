import { describe, expect, it } from "vitest";
import { parseXml } from "../../../src/records/xlsx/xml-part.js";
import { XmlToken } from "../../../src/records/xlsx/xml-token.js";
import { XmlTokenizer as Tokenizer, type XmlTokenizer } from "../../../src/records/xlsx/xml-tokenizer.js";
import fc from "../../support/fast-check.js";
import { codeOf } from "./decode.js";
import { escapeXml } from "./workbook-writer.js";

const encode = (text: string) => new TextEncoder().encode(text);

/** The tokens of a document that comes in chunks of a given length; text in pieces is joined. */
async function tokens(bytes: Uint8Array | string, length = 1e9): Promise<string[]> {
  const all = typeof bytes === "string" ? encode(bytes) : bytes;
  const found: string[] = [];
  let text = "";
  const flush = () => {
    if (text !== "") found.push(`=${text}`);
    text = "";
  };
  const take = (xml: XmlTokenizer): undefined => {
    xml.keepText = true;
    for (let token = xml.next(); token !== XmlToken.more; token = xml.next()) {
      if (token === XmlToken.text) {
        text += xml.text;
        continue;
      }
      flush();
      if (token === XmlToken.close) found.push(`/${xml.name}`);
      else {
        const value = xml.attribute("a");
        found.push(value === undefined ? xml.name : `${xml.name} a=${value}`);
        if (xml.name === "skipped") xml.skip();
      }
    }
  };
  const chunks = (async function* () {
    for (let at = 0; at < all.length; at += length) yield all.slice(at, at + length);
  })();
  for await (const _ of parseXml(chunks, "it", take));
  return found;
}

it("elements, attributes, text", async () => {
  const xml = `<?xml version="1.0" encoding="utf-8"?>\n<!-- > -- --><x:r a='1' xmlns:a="urn:x" x:a="2">
<b a = "&lt;&#x41;&#66;>" /><c>t&amp;<![CDATA[<&amp;]]]]>u</c ><skipped><d>hidden</d>text</skipped></x:r>\n<!---->`;
  expect(await tokens(xml)).toEqual([
    "r a=1",
    "=\n",
    "b a=<AB>",
    "/b",
    "c",
    "=t&<&amp;]]u",
    "/c",
    "skipped",
    "/skipped",
    "/r",
  ]);
});

it("the chunks of a document make no difference", async () => {
  const xml = `\ufeff<?xml version="1.0"?><!-- é --><r a="é&#x1F600;"><b/>東京 😀&quot;<![CDATA[]] ]>é]]>\r\n\r<c a=''>&#13;</c><skipped a="1"><e><f/></e></skipped></r>`;
  const whole = await tokens(xml);
  expect(whole).toEqual([
    "r a=é😀",
    "b",
    "/b",
    '=東京 😀"]] ]>é\n\n',
    "c a=",
    "=\r",
    "/c",
    "skipped a=1",
    "/skipped",
    "/r",
  ]);
  for (let length = 1; length < 40; length++) expect(await tokens(xml, length)).toEqual(whole);
});

it("the tokenizer itself takes text cut anywhere", () => {
  const xml = `<r a="1"><b/>t&amp;u<![CDATA[v]]><!-- c --><c a='2'>w</c></r>`;
  for (let cut = 1; cut < xml.length; cut++) {
    const tokenizer = new Tokenizer("it");
    tokenizer.keepText = true;
    const found: string[] = [];
    for (const piece of [xml.slice(0, cut), xml.slice(cut)]) {
      tokenizer.write(piece);
      for (let token = tokenizer.next(); token !== XmlToken.more; token = tokenizer.next()) {
        found.push(token === XmlToken.text ? tokenizer.text : `${token}${tokenizer.name}`);
      }
    }
    tokenizer.end();
    expect(found.join("")).toBe("1r1b2bt&uv1cw2c2r");
  }
});

describe("which of several versions is taken does not depend on the cuts", () => {
  const offer = (content: string) => `<m:AlternateContent>${content}</m:AlternateContent>`;
  const choice = (content: string, requires = "q") =>
    `<m:Choice Requires="${requires}">${content}</m:Choice>`;
  const fallback = (content: string) => `<m:Fallback>${content}</m:Fallback>`;
  const root = (content: string) => `<r xmlns="urn:r" xmlns:o="urn:r" xmlns:q="urn:q">${content}</r>`;

  it("of little", async () => {
    const first = offer(` ${choice("<a>1</a><q:x>9</q:x>")} 9 ${choice("<b/>")} `);
    const plain = offer(`${choice(first)}${fallback(offer(choice("<c>2</c>", "o")))}`);
    const xml = root(`${first}-${offer("")}${plain}-${offer(choice(offer(choice(first))))}`);
    const whole = await tokens(xml);
    expect(whole.join(" ")).toBe("r a =1 /a =- c =2 /c =- a =1 /a /r");
    for (let length = 1; length < 60; length++) expect(await tokens(xml, length)).toEqual(whole);
  });

  it.each([
    ["with text", (length: number) => "x".repeat(length)],
    ["with elements", (length: number) => "<z/>".repeat(length / 4) + " ".repeat(length % 4)],
    ["with a comment", (length: number) => `<!--${"x".repeat(length - 7)}-->`],
    ["with CDATA", (length: number) => `<![CDATA[${"x".repeat(length - 12)}]]>`],
  ])("of much %s: 256 KiB are looked through, and a quarter within", async (_, fill) => {
    const around = choice("<a/>").length;
    for (const [surplus, taken] of [
      [0, "b"],
      [1, "a"],
      [40_000, "a"],
    ] as const) {
      const far = (ahead: number) =>
        offer(choice(`<a/>${fill(ahead - around + surplus)}`) + fallback("<b/>"));
      for (const length of [1009, 65_536, 256 * 1024, 1e9]) {
        const xml = root(far(256 * 1024) + offer(choice(far(64 * 1024))));
        const found = (await tokens(xml, length)).filter((token) => /^[ab]$/.test(token));
        expect(found).toEqual([taken, taken]);
      }
    }
  });
});

it("any text survives escaping and any cut", async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.string({ unit: "grapheme" }),
      fc.integer({ min: 1, max: 9 }),
      async (text, length) => {
        expect((await tokens(`<r>${escapeXml(text)}</r>`, length)).join("")).toBe(
          text === "" ? "r/r" : `r=${text}/r`,
        );
      },
    ),
  );
});

it.each([
  ["utf-16le", [0xff, 0xfe]],
  ["utf-16le", []],
  ["utf-16be", [0xfe, 0xff]],
] as const)("%s with the mark %j", async (encoding, mark) => {
  const units = [...'<?xml version="1.0" encoding="UTF-16"?><r>Grüße 東京 😀</r>'].join("");
  const bytes = new Uint8Array(mark.length + units.length * 2);
  bytes.set(mark);
  const view = new DataView(bytes.buffer, mark.length);
  for (let index = 0; index < units.length; index++)
    view.setUint16(index * 2, units.charCodeAt(index), encoding === "utf-16le");
  for (const length of [1, 2, 3, 1000])
    expect(await tokens(bytes, length)).toEqual(["r", "=Grüße 東京 😀", "/r"]);
});

describe("is refused", () => {
  it.each([
    ["a document type", '<!DOCTYPE r [<!ENTITY a "b">]><r>&a;</r>'],
    ["a document type of another case", "<!doctype r><r/>"],
    ["an entity declaration within", '<r><!ENTITY a "b"></r>'],
    ["an unknown entity", "<r>&nbsp;</r>"],
    ["an unknown entity in an attribute", '<r a="&nbsp;"/>'],
    ["an entity that does not end", "<r>a & b</r>"],
    ["a character reference to nothing", "<r>&#0;</r>"],
    ["an attribute that is half an entity", '<r a="&"/>'],
    ["a character reference to a surrogate", "<r>&#xD800;</r>"],
    ["a character reference beyond Unicode", "<r>&#x110000;</r>"],
    ["a character reference without digits", "<r>&#x;</r>"],
    ["an end tag that does not fit", "<r><a></b></r>"],
    ["an end tag too many", "<r></r></r>"],
    ["an empty end tag", "</><r/>"],
    ["two roots", "<r/><r/>"],
    ["text before the root", "x<r/>"],
    ["text behind the root", "<r/>x"],
    ["no root", "<!-- nothing -->"],
    ["nothing", ""],
    ["an open element", "<r><a>"],
    ["an open tag", "<r"],
    ["an open comment", "<r/><!-- "],
    ["an open CDATA section", "<r><![CDATA[x</r>"],
    ["CDATA outside of the root", "<![CDATA[x]]><r/>"],
    ["an attribute without a value", "<r a></r>"],
    ["an attribute without quotes", "<r a=1></r>"],
    ["an attribute without a name", '<r ="1"></r>'],
    ["a tag within a tag", "<r<a>></r>"],
    ["a slash within a tag", "<r / a=''></r>"],
    ["a tag without a name", "<r>< ></r>"],
    ["another encoding", '<?xml version="1.0" encoding="shift_jis"?><r/>'],
    ["an encoding that nobody knows", "<?xml version='1.0' encoding='x'?><r/>"],
  ])("%s", async (_, xml) => {
    for (const length of [1, 3, 1e9]) expect(await codeOf(tokens(xml, length))).toBe("DECODE_FAILED");
  });

  it("bytes that are not UTF-8", async () => {
    for (const bad of [[0xff], [0xc3], [0xe2, 0x82], [0xed, 0xa0, 0x80]]) {
      const bytes = new Uint8Array([...encode("<r>"), ...bad, ...encode("</r>")]);
      for (const length of [1, 2, 1e9]) expect(await codeOf(tokens(bytes, length))).toBe("DECODE_FAILED");
    }
  });

  it("elements nested without end, and tags without end", async () => {
    expect(await codeOf(tokens("<r>".repeat(1000)))).toBe("LIMIT_EXCEEDED");
    expect(await codeOf(tokens(`<r a="${"x".repeat(400_000)}`, 10_000))).toBe("LIMIT_EXCEEDED");
    expect(await codeOf(tokens(`<r ${" ".repeat(400_000)}`, 10_000))).toBe("LIMIT_EXCEEDED");
    expect(await codeOf(tokens(`<?xml ${"x".repeat(400_000)}`, 10_000))).toBe("LIMIT_EXCEEDED");
  });
});

it("long text and comments come through without being kept", async () => {
  const text = "é<".repeat(300_000).replaceAll("<", "&lt;");
  expect(
    (await tokens(`<r><!--${"-".repeat(2)} ${"x".repeat(1_000_000)}-->${text}</r>`, 5000))[1],
  ).toHaveLength(600_001);
});
