import { expect, it } from "vitest";
import { completeLength, firstMalformedByte, utf8Length } from "../../src/records/utf8.js";
import fc from "../support/fast-check.js";

const utf8 = new TextEncoder();

/** The first and last character of every length, and those beside the surrogates. */
const borders = [
  "\0",
  "\x7f",
  "\x80",
  "\u07ff",
  "\u0800",
  "\ud7ff",
  "\ue000",
  "\uffff",
  "\u{10000}",
  "\u{10ffff}",
];
const texts = fc.array(fc.oneof(fc.constantFrom(...borders), fc.string({ unit: "binary", maxLength: 2 })));

it("utf8Length counts what TextEncoder writes", () => {
  fc.assert(
    fc.property(texts, texts, texts, (before, text, after) => {
      const [head, middle] = [before.join(""), text.join("")];
      const whole = head + middle + after.join("");
      expect(utf8Length(whole, head.length, head.length + middle.length)).toBe(utf8.encode(middle).length);
    }),
  );
});

it("every character is well-formed, and complete with its last byte only", () => {
  for (const character of borders) {
    const bytes = utf8.encode(`é${character}`);
    expect(firstMalformedByte(bytes)).toBe(-1);
    expect(completeLength(bytes)).toBe(bytes.length);
    for (let end = 3; end < bytes.length; end++) expect(completeLength(bytes.subarray(0, end))).toBe(2);
  }
  expect(completeLength(new Uint8Array(0))).toBe(0);
});

it("firstMalformedByte agrees with TextDecoder on the bytes that decide", () => {
  const interesting = [
    0x41, 0x7f, 0x80, 0x8f, 0x90, 0x9f, 0xa0, 0xbf, 0xc1, 0xc2, 0xdf, 0xe0, 0xec, 0xed, 0xef, 0xf0, 0xf4,
    0xf5,
  ];
  const following = [0x41, 0x80, 0xbf, 0xc2];
  const decoder = new TextDecoder("utf-8", { fatal: true });
  for (const first of interesting) {
    for (const second of interesting) {
      for (const third of following) {
        for (const fourth of following) {
          const bytes = Uint8Array.of(first, second, third, fourth);
          let sound = true;
          try {
            decoder.decode(bytes);
          } catch {
            sound = false;
          }
          if ((firstMalformedByte(bytes) === -1) !== sound)
            expect.fail(`${bytes} is ${sound ? "sound" : "malformed"}`);
        }
      }
    }
  }
});
