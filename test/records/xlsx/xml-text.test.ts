import { expect, it } from "vitest";
import { XmlText } from "../../../src/records/xlsx/xml-text.js";

/** Long texts without a tag have to be cut somewhere. */
function decode(text: string, length: number): string {
  const bytes = new TextEncoder().encode(text);
  const decoder = new XmlText("it");
  let decoded = "";
  for (let at = 0; at < bytes.length; at += length)
    decoded += decoder.decode(bytes.subarray(at, at + length));
  return decoded + decoder.decode(new Uint8Array(0), true);
}

it.each([17_001, 16_385, 40_000])("line ends and characters at the cuts, every %i bytes", (length) => {
  expect(decode("\r\n".repeat(50_000), length)).toBe("\n".repeat(50_000));
  expect(decode("\r".repeat(50_000), length)).toBe("\n".repeat(50_000));
  expect(decode("x😀é東".repeat(10_000), length)).toBe("x😀é東".repeat(10_000));
});

it("a byte order mark is dropped at the beginning only", () => {
  expect(decode(`\ufeffa>\ufeffb${"c".repeat(40_000)}\ufeff`, 2)).toBe(
    `a>\ufeffb${"c".repeat(40_000)}\ufeff`,
  );
});

it("a text of less than four bytes", () => {
  expect(decode("ab", 1)).toBe("ab");
  expect(decode("", 1)).toBe("");
});
