import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import ts from "typescript";
import { expect, it } from "vitest";

const src = fileURLToPath(new URL("../../src", import.meta.url));

/** Every regular expression that stands in a file of the sources. */
function patternsIn(file: string): readonly RegExp[] {
  const found: RegExp[] = [];
  const visit = (node: ts.Node): void => {
    if (ts.isRegularExpressionLiteral(node)) {
      const end = node.text.lastIndexOf("/");
      found.push(new RegExp(node.text.slice(1, end), node.text.slice(end + 1).replace("g", "")));
    }
    ts.forEachChild(node, visit);
  };
  visit(ts.createSourceFile(file, readFileSync(join(src, file), "utf8"), ts.ScriptTarget.Latest));
  return found;
}

const ATOM = /(\\p\{\w+\}|\\[^bB]|\[(?:\\.|[^\]\\])*\]|[^\\()|[\]{}^$*+?.]|\.)(?:[+*]|\{\d+,\})/g;
const CANDIDATES = [..." .\t\n/\\-_0aAfsx=+:;,\"'<>#?[]{}()é\u2028"];

/** For each piece of a pattern that may come any number of times: a character that it takes. */
function repeatable({ source, flags }: RegExp): ReadonlySet<string> {
  const taken = [...source.matchAll(ATOM)].map(([, atom = ""]) => {
    const one = new RegExp(`^${atom}$`, flags);
    return CANDIDATES.find((character) => one.test(character));
  });
  return new Set(taken.filter((character) => character !== undefined));
}

const files = readdirSync(src, { recursive: true, encoding: "utf8" }).filter((path) => path.endsWith(".ts"));

it("M7: no pattern takes quadratic time over a run of one character", () => {
  let tried = 0;
  for (const file of files) {
    for (const pattern of patternsIn(file)) {
      for (const character of repeatable(pattern)) {
        // In quadratic time it would take minutes.
        pattern.test(`${character.repeat(200_000)}\u0007`);
        tried += 1;
      }
    }
  }
  expect(tried).toBeGreaterThan(60);
});
