import fc from "fast-check";
import { expect, test } from "vitest";
import { fileNameOf, safeFileName } from "../../src/artifact/file-name.js";
import { scriptedStore } from "./scripted-store.js";
import { whole } from "./store-answers.js";

test.each<[string | null, string | undefined]>([
  [null, undefined],
  ["", undefined],
  ["attachment", undefined],
  ["attachment; filename=users.csv", "users.csv"],
  ['attachment; filename="users.csv"', "users.csv"],
  ['attachment;filename="users of 2026; all.csv"', "users of 2026; all.csv"],
  ['attachment; filename="a \\"quoted\\" name.csv"', "a quoted name.csv"],
  ['ATTACHMENT; FILENAME = "users.csv"', "users.csv"],
  ["attachment; filename*=UTF-8''n%C3%BCtzer.csv", "nützer.csv"],
  ["attachment; filename*=utf-8'de'n%C3%BCtzer.csv; x=1", "nützer.csv"],
  ["attachment; filename=\"plain.csv\"; filename*=UTF-8''b%C3%A4r.csv", "bär.csv"],
  ["attachment; filename=plain.csv; filename*=UTF-8''%ZZ", "plain.csv"],
  ["attachment; filename*=ISO-8859-1''b%E4r.csv; filename=bar.csv", "bar.csv"],
  ['attachment; filename="../../etc/passwd"', "passwd"],
  ['attachment; filename="..\\\\..\\\\boot.ini"', "boot.ini"],
  ["attachment; filename*=UTF-8''..%2F..%2Fetc%2Fpasswd", "passwd"],
  ['attachment; filename=".."', undefined],
  ['attachment; filename=" .. "', undefined],
  ['attachment; filename="users.csv. "', "users.csv"],
  ['attachment; filename=".bashrc"', "bashrc"],
  ['attachment; filename="a\u0001b\u007f.csv"', "ab.csv"],
  ['attachment; filename=""', undefined],
])("%j names %j", (disposition, name) => {
  expect(fileNameOf(disposition)).toBe(name);
});

test("a name is safe in any folder, whatever the header says", () => {
  const risky = fc.constantFrom(
    "..",
    "/",
    "\\",
    "%2F",
    "%5C",
    "\u0000",
    "C:",
    "a",
    " ",
    ".",
    '"',
    "'",
    ";",
    "=",
    "\n",
  );
  fc.assert(
    fc.property(fc.array(risky), fc.boolean(), (parts, extended) => {
      const text = parts.join("");
      const header = extended ? `attachment; filename*=UTF-8''${text}` : `attachment; filename="${text}"`;
      for (const name of [fileNameOf(header), safeFileName(text)]) {
        if (name === undefined) continue;
        expect(name).not.toMatch(/[\\/\p{Cc}<>:"|?*]/u);
        expect(name).not.toMatch(/^[.\s]|[.\s]$|^$/);
      }
    }),
  );
});

test("a name is not longer than a file system allows", () => {
  expect(safeFileName("x".repeat(1000))).toHaveLength(200);
});

test("a long name is shortened between characters and keeps its ending", () => {
  const name =
    fileNameOf(`attachment; filename*=UTF-8''a${encodeURIComponent("😀".repeat(300))}.ndjson`) ?? "";
  expect([...name]).toHaveLength(200);
  expect(name).toMatch(/^a(😀)+\.ndjson$/u);
  expect(encodeURIComponent(name)).toContain("%F0%9F%98%80");
});

test("a name that an adapter gives is made safe like a header's", async () => {
  const store = scriptedStore([whole()], { locate: () => ({ fileName: "../../etc/cron.d/users.csv" }) });
  const download = await store.open();
  expect(download.fileName).toBe("users.csv");
  await download[Symbol.asyncDispose]();
});
