import { ExactNumber, ndjson, parseJson } from "exportkit/provider";
import { afterEach, describe, expect, it } from "vitest";
import { openFile } from "../cases/open-case.js";

/** The values of a file's lines, read in one chunk. */
async function valuesOf(text: string): Promise<unknown[]> {
  const values: unknown[] = [];
  const decoder = ndjson({ map: (value) => ({ value }) });
  for await (const { value } of await openFile(
    decoder,
    { text },
    { fetch: async () => new Response(text) },
  )) {
    values.push(value);
  }
  return values;
}

const inexact = [
  "9007199254740993",
  "1.00000000000000000001",
  "0.10000000000000001",
  "9.9999999999999999",
  "9.007199254740013",
  "10000000000000001e-16",
  "1e-400",
  "-1e-400",
  "1e400",
  "4e-324",
  "-9007199254740993",
  "9007199254740991.4",
  "1000000000000000.01",
  "9007199254740993e4",
  "2e308",
];

describe("a line in which others are shorter than their values", () => {
  it.each([
    ["by nothing", (n: string) => `{"n":${n}}`],
    ["by exponents", (n: string) => `{"a":1e14,"b":[1e14,1e14,-1e14],"n":${n}}`],
    ["by exponents of odd numbers", (n: string) => `{"a":123e9,"b":1e3,"c":5e3,"d":1e-9,"e":1e-9,"n":${n}}`],
    ["by a name that comes twice", (n: string) => `{"n":"${"x".repeat(40)}","n":${n}}`],
    ["by escapes", (n: string) => `{"a":"\\u0041\\u0041\\n\\"","n":${n}}`],
    ["by many escapes", (n: string) => `{"a":"${"\\u0026\\ud83d\\ude00\\n\\t".repeat(9)}","n":${n}}`],
    ["by escapes in a name that comes twice", (n: string) => `{"n":"\\u0026\\u0026","n":1,"n":${n}}`],
    [
      "by escaped backslashes",
      (n: string) => `{"a":"${"\\\\u0041\\\\".repeat(9)}","\\\\u0042":false,"n":${n}}`,
    ],
    ["by small numbers in full", (n: string) => `{"a":-0.000001,"b":0.0000012,"n":${n}}`],
    ["by large numbers", (n: string) => `{"a":1e+21,"b":9007199254740991,"c":1E16,"n":${n}}`],
    ["by a large number in full", (n: string) => `{"a":9007199254740992,"n":${n},"b":-7}`],
    ["by blanks", (n: string) => `{ "a" : 1 , "n" : ${n} , "l" : [ ] }`],
    ["in lists and objects without members", (n: string) => `[[],{},[[]],{"a":{}},${n}]`],
    ["among characters of two and four bytes", (n: string) => `{"é東":"😀😀😀😀😀","n":${n}}`],
    ["deep inside", (n: string) => `${'{"a":['.repeat(150)}${n}${"]}".repeat(150)}`],
  ])("keeps its digits: %s", async (_, lineOf) => {
    for (const n of inexact) {
      const line = lineOf(n);
      expect(JSON.stringify(await valuesOf(`{"z":1}\n${line}\n{"z":0}\n`))).toContain(`"${n}"`);
    }
  });
});

describe("where others put something on Object.prototype", () => {
  const prototype = Object.prototype as { [key: string]: unknown };
  afterEach(() => {
    delete prototype.polluted_with_a_long_name;
  });

  it("numbers keep their digits", async () => {
    prototype.polluted_with_a_long_name = "and a value that is long";
    for (const n of inexact) {
      expect((await valuesOf(`{"z":1}\n{"n":${n}}\n`))[1]).toEqual({ n });
    }
  });
});

/** A generator that gives the same numbers in every run. */
function seeded(seed: number): (below: number) => number {
  let state = seed;
  return (below) => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return Math.floor((state / 2 ** 32) * below);
  };
}

function literal(random: (below: number) => number): string {
  const digits = (count: number) => Array.from({ length: count }, () => random(10)).join("");
  const whole = random(4) === 0 ? "0" : `${1 + random(9)}${digits(random(random(8) === 0 ? 20 : 6))}`;
  const fraction =
    random(3) === 0 ? `.${random(2) ? digits(1 + random(4)) : "0".repeat(random(18))}${random(10)}` : "";
  const exponent =
    random(4) === 0 ? `${"eE"[random(2)]}${["", "+", "-"][random(3)]}${random(random(2) ? 10 : 400)}` : "";
  return `${random(4) === 0 ? "-" : ""}${whole}${fraction}${exponent}`;
}

function json(random: (below: number) => number, depth = 0): string {
  const blank = random(12) === 0 ? " " : "";
  switch (random(depth > 2 ? 4 : 6)) {
    case 0:
      return `"${["", "x", "é東😀", "\\u0041\\n", "9007199254740993", "1e400"][random(6)]}"`;
    case 1:
      return ["true", "false", "null"][random(3)] ?? "";
    case 2:
    case 3:
      return `${blank}${literal(random)}${blank}`;
    case 4:
      return `[${Array.from({ length: random(4) }, () => json(random, depth + 1)).join(",")}]`;
    default:
      return `{${Array.from({ length: random(5) }, () => `"${"abc"[random(3)]}"${blank}:${json(random, depth + 1)}`).join(",")}}`;
  }
}

it("lines of a file have the numbers that each has by itself", async () => {
  const random = seeded(20_261_128);
  for (let file = 0; file < 60; file++) {
    const lines = Array.from({ length: 50 }, () => `{"n":${json(random)}}`);
    // Written and read as text, exact numbers are the same in both; JSON.stringify drops the sign of -0.
    const alone = lines.map((line) =>
      JSON.stringify(parseJson(line), (_, value) =>
        Object.is(value, -0) ? new ExactNumber("-0").toJSON() : value,
      ),
    );
    const text = `${lines.join("\n")}\n`;
    const download = await openFile(ndjson(), { text }, { fetch: async () => new Response(text) });
    expect((await new Response(download.encode("ndjson")).text()).trimEnd().split("\n")).toEqual(alone);
  }
});
