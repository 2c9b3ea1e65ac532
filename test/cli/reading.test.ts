import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { createAvepointEmulator, serveEmulator } from "exportkit/testing";
import { describe, expect, it, onTestFinished } from "vitest";
import { emptyFolder } from "../node/served-export.js";
import { exportkit, servedAuthgear, servedZephr, token } from "./terminal.js";

/** A report of an AvePoint that takes a ready-made token, read as the words say. */
async function report(...words: readonly string[]) {
  const served = await serveEmulator(createAvepointEmulator({ tokens: [token], rows: 6 }));
  onTestFinished(() => served.close());
  const environment = { AVEPOINT_BASE_URL: served.endpoint, AVEPOINT_TOKEN: token };
  const out = join(await emptyFolder(), "report");
  const asked = ["avepoint", "report=sitePermissions", 'siteUrls:=["https://s.example"]'];
  // Not waited for: it is ready when it is asked for.
  expect(await exportkit(["start", ...asked, "--out", out], environment)).toMatchObject({ code: 0 });
  const { code, stderr } = await exportkit(["download", out, "--as", "ndjson", ...words], environment);
  expect({ code, stderr }).toMatchObject({ code: 0 });
  const lines = (await readFile(out, "utf8")).trim().split("\n");
  return lines.map(
    (line) => JSON.parse(line) as { readonly sheet: string; readonly row: number; readonly values: object },
  );
}

describe("a report of AvePoint", () => {
  it("is read by the sheets that are named, and by no others", async () => {
    const sheets = [...new Set((await report()).map(({ sheet }) => sheet))];
    expect(sheets.length).toBeGreaterThan(1);
    const [first = "", ...others] = sheets;
    expect(new Set((await report("--sheet", first)).map(({ sheet }) => sheet))).toEqual(new Set([first]));
    const named = await report("--sheet", others.join(" , "));
    expect([...new Set(named.map(({ sheet }) => sheet))]).toEqual(others);
  });

  it("has its columns named by the row that is said, or by letters", async () => {
    const names = async (row: string) =>
      Object.keys((await report("--header-row", row)).at(-1)?.values ?? {});
    expect((await names("none")).slice(0, 3)).toEqual(["A", "B", "C"]);
    expect(await names("1")).toEqual(await names("auto"));
    expect(await names("2")).not.toEqual(await names("1"));
  });
});

it("--page-size is asked of Zephr", async () => {
  const { emulator, environment } = await servedZephr(25);
  const pages = async (...words: readonly string[]) => {
    const before = emulator.requests.length;
    expect(await exportkit(["zephr", "--out", "-", "-q", ...words], environment)).toMatchObject({ code: 0 });
    return emulator.requests.length - before;
  };
  expect(await pages("--page-size", "5")).toBeGreaterThan(await pages());
});

it("--max-buffered is the client's bound", async () => {
  const { environment } = await servedAuthgear({ users: 5 });
  const words = ["authgear", "format=ndjson", "--out", join(await emptyFolder(), "users"), "--max-buffered"];
  const { code, stderr } = await exportkit([...words, "1000B"], environment);
  expect({ code, stderr }).toEqual({
    code: 2,
    stderr: expect.stringContaining("maxBufferedBytes: must be 1024"),
  });
  expect(await exportkit([...words, "64KB"], environment)).toMatchObject({ code: 0 });
});

it.each([
  [["zephr", "--page-size", "0"], "--page-size must be a whole number from 1"],
  [["authgear", "--page-size", "5"], "--page-size is for zephr only"],
  [["zephr", "--as", "csv", "--sheet", "a"], "--sheet is for avepoint only"],
  [["avepoint", "--sheet", "a"], "--sheet needs --as ndjson or --as csv"],
  [["avepoint", "--as", "csv", "--header-row", "first"], "--header-row must be a whole number"],
  [["zephr", "--as", "csv", "--integers", "float"], "--integers must be string or bigint or number"],
  [["zephr", "--integers", "string"], "--integers needs --as"],
  [["zephr", "--max-buffered", "lots"], "--max-buffered must be a number of bytes, KB, MB or GB"],
  [["zephr", "--max-age", "20"], "--max-age must be a number with ms, s, m, h or d"],
  [["zephr", "--leftover", "keep"], "--leftover must be resume or restart or fail"],
])("%j is refused", async (words, told) => {
  const { code, stderr } = await exportkit([...words, "--out", "x"]);
  expect({ code, stderr }).toEqual({ code: 2, stderr: expect.stringContaining(told) });
});
