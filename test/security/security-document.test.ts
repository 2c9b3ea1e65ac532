import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { readClaims, readTests } from "./claims.js";

const claims = readClaims();
const tests = readTests();

describe("SECURITY.md and the tests say the same", () => {
  it("every claim has an id of its own", () => {
    const ids = claims.map(({ id }) => id);
    expect(ids.length).toBeGreaterThan(30);
    expect(ids.filter((id, index) => ids.indexOf(id) !== index)).toEqual([]);
  });

  it("nothing in it looks like a claim and is not read as one", () => {
    const text = readFileSync(new URL("../../SECURITY.md", import.meta.url), "utf8");
    const marked = [...text.matchAll(/\*\*([A-Z]\d+)\*\*/g)].map(([, id]) => id);
    expect(marked).toEqual(claims.map(({ id }) => id));
    const lines = text.split("\n").filter((line) => line.includes("Test:"));
    expect(lines).toHaveLength(claims.flatMap(({ proofs }) => proofs).length);
  });

  it.each(claims)(
    "$id is said in words, and proven by a test that begins with its id",
    ({ id, text, proofs }) => {
      expect(text.length).toBeGreaterThan(20);
      expect(proofs.filter(({ title }) => title.startsWith(`${id}: `)).length).toBeGreaterThan(0);
      for (const { file, title } of proofs) {
        const found = tests.filter((named) => named.file === file && named.title === title);
        expect(found, `${file}, "${title}"`).toHaveLength(1);
      }
    },
  );

  it("every test that begins with an id is named by the claim of that id", () => {
    const named = claims.flatMap(({ id, proofs }) =>
      proofs.map(({ file, title }) => `${id} ${file} ${title}`),
    );
    const unnamed = tests.filter(({ id, file, title }) => id && !named.includes(`${id} ${file} ${title}`));
    expect(unnamed).toEqual([]);
  });

  it("no test here is left out of the run", () => {
    const files = new Set(tests.filter(({ id }) => id).map(({ file }) => file));
    expect(files.size).toBeGreaterThan(5);
    for (const file of files) {
      const text = readFileSync(new URL(`../../${file}`, import.meta.url), "utf8");
      expect(text).not.toMatch(/\.(skip|todo|only|skipIf|runIf|fails)\b/);
    }
  });
});
