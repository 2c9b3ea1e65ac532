import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { saveExport } from "exportkit/node";
import { describe, expect, it, onTestFinished } from "vitest";
import { xlsx } from "../records/xlsx/workbook-writer.js";
import { connect } from "./vendors.js";

const link = '=HYPERLINK("https://elsewhere.example.org","x")';
const beginnings = ["=", "+", "-", "@", "\t", "\r", "\n", "\u0000", "\uff1d", "\uff0b", "\uff0d", "\uff20"];

/** An export of one user whose name an attacker chose. */
async function exported(name: string) {
  const line = `${JSON.stringify({ sub: "1", name, biometric_count: -1 })}\n`;
  const set = connect("Authgear with a private key", {
    intercept: ({ url }, proceed) => (url.host.startsWith("storage") ? new Response(line) : proceed()),
  });
  return { ...set, job: await set.finish() };
}

async function csv(name: string, formulas?: "keep" | "escape"): Promise<string> {
  const { client, job } = await exported(name);
  const download = await client.download(job);
  const options = { columns: ["sub", "name", "biometric_count"], ...(formulas && { formulas }) };
  return new Response(download.encode("csv", options) as BodyInit).text();
}

const cell = (text: string) => `"${text.replaceAll('"', '""')}"`;

describe("I1: text is written as the vendor sent it unless formulas are to be escaped", () => {
  it.each(["=1+1", "+49 30 123456", "-", "@home"])("%s", async (name) => {
    expect(await csv(name)).toBe(`sub,name,biometric_count\n1,${name},-1\n`);
    expect(await csv(name, "keep")).toBe(`sub,name,biometric_count\n1,${name},-1\n`);
  });
});

describe('I2: with formulas: "escape" no cell and no header begins like a formula, and numbers stay numbers', () => {
  it.each(beginnings)("%j", async (beginning) => {
    const text = await csv(`${beginning}cmd`, "escape");
    const [, name] = /^sub,name,biometric_count\n1,"?(.*)"?,-1\n$/su.exec(text) ?? [];
    expect(name?.replace(/"$/, "")).toBe(`'${beginning}cmd`);
  });

  it.each(["-12.50", "-1e5", "+1.5"])("%s stays a number", async (number) => {
    expect(await csv(number, "escape")).toBe(`sub,name,biometric_count\n1,${number},-1\n`);
  });

  it("in the columns that a workbook names, and in a saved file", async () => {
    const workbook = xlsx({
      sheets: [
        {
          name: "S",
          rows: [
            ["=header", "b"],
            [link, -5],
          ],
        },
      ],
    });
    const set = connect("AvePoint with a secret", {
      intercept: ({ url }, proceed) =>
        url.pathname.endsWith("/exportfile") ? new Response(workbook as BodyInit) : proceed(),
    });
    const folder = await mkdtemp(join(tmpdir(), "exportkit-"));
    onTestFinished(() => rm(folder, { recursive: true }));
    const path = join(folder, "rows.csv");
    await saveExport(set.client, await set.finish(), path, { format: "csv", formulas: "escape" });
    expect(await readFile(path, "utf8")).toMatch(
      new RegExp(`,'=header,b,_extra\\n.*,${cell(`'${link}`).replace(/[()]/g, "\\$&")},-5,\\n`),
    );
  });
});
