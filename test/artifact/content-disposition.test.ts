import { expect, it } from "vitest";
import { fileNameOf } from "../../src/artifact/file-headers.js";
import { safeFileName } from "../../src/model/file-name.js";
import fc from "../support/fast-check.js";
import { scriptedStore } from "./scripted-store.js";
import { whole } from "./store-answers.js";

it.each<[string | null, string | undefined]>([
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

it("a name is safe in any folder, whatever the header says", () => {
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

const bytesOf = (name: string | undefined) => new TextEncoder().encode(name).length;

it.each([
  ["ASCII", "x".repeat(1_000), 200],
  ["ideographs of three bytes", "表".repeat(200), 198],
  ["letters of two bytes", "é".repeat(150), 200],
  ["characters of four bytes", "😀".repeat(60), 200],
  ["a name that is just short enough", `${"表".repeat(65)}.csv`, 199],
])("a name is no longer than a file system allows, which counts bytes: %s", (_, name, bytes) => {
  const short = safeFileName(name) ?? "";
  expect(bytesOf(short)).toBe(bytes);
  expect(short).not.toMatch(/\p{Cs}/u);
});

it.each([
  ["a", "😀", ".ndjson"],
  ["", "表", ".csv"],
  ["", "x", ".表表表表表"],
])("a long name is shortened between characters and keeps its ending: %s%s…%s", (begin, middle, ending) => {
  const name = fileNameOf(
    `attachment; filename*=UTF-8''${encodeURIComponent(begin + middle.repeat(300) + ending)}`,
  );
  expect(bytesOf(name)).toBeGreaterThan(200 - 4);
  expect(bytesOf(name)).toBeLessThanOrEqual(200);
  expect(name).toMatch(new RegExp(`^${begin}(${middle})+\\${ending}$`, "u"));
});

it.each([
  ["CON", "_CON"],
  ["CON.txt", "_CON.txt"],
  ["nul", "_nul"],
  ["nul.tar.gz", "_nul.tar.gz"],
  ["Aux .csv", "_Aux .csv"],
  ["prn.", "_prn"],
  ["com1.csv", "_com1.csv"],
  ["LPT³.csv", "_LPT³.csv"],
  ["conin$", "_conin$"],
  ["../c\u200bon.csv", "_con.csv"],
  ["console.csv", "console.csv"],
  ["com10.csv", "com10.csv"],
  ["users.con", "users.con"],
])("a device of Windows is no name: %j becomes %j", (name, safe) => {
  expect(safeFileName(name)).toBe(safe);
});

it.each([
  ["a direction override", "users\u202evsc.exe"],
  ["direction marks", "\u200eusers\u200f\u061cvsc.exe"],
  ["isolates", "\u2066users\u2069vsc.exe"],
  ["a byte order mark and a space without width", "\ufeffusers\u200bvsc.exe"],
  ["joiners and a soft hyphen", "us\u200der\u200cs\u00advsc.exe"],
  ["line separators", "users\u2028\u2029vsc.exe"],
  ["fillers and variation selectors", "\u3164users\u115f\ufe0f\u{e0100}vsc.exe"],
  ["tags", "users\u{e0041}\u{e007f}vsc.exe"],
  ["an empty braille cell", "users\u2800vsc.exe"],
  ["halves of characters", "\ud83dusers\ude00vsc.exe\ud800"],
  ["what is no character", "users\ufffe\uffffvsc.exe"],
])("what nobody sees goes: %s", (_, name) => {
  expect(safeFileName(name)).toBe("usersvsc.exe");
});

it("what is seen in other scripts stays", () => {
  expect(safeFileName("Größe-ユーザー-пользователи-مستخدمون-😀.csv")).toBe(
    "Größe-ユーザー-пользователи-مستخدمون-😀.csv",
  );
});

it.each([
  [".".repeat(4_000_000), undefined],
  [" ".repeat(4_000_000), undefined],
  [`users${". ".repeat(2_000_000)}.csv`, "users.csv"],
  [`${". ".repeat(2_000_000)}x`, "x"],
  [`x${". ".repeat(2_000_000)}`, "x"],
  ["/".repeat(4_000_000), undefined],
])("a name of millions of dots and spaces is cleaned in one go", (name, safe) => {
  // In quadratic time it would take hours.
  expect(safeFileName(name)).toBe(safe);
});

it("a name that an adapter gives is made safe like a header's", async () => {
  const store = scriptedStore([whole()], { locate: () => ({ fileName: "../../etc/cron.d/users.csv" }) });
  const download = await store.open();
  expect(download.fileName).toBe("users.csv");
  await download[Symbol.asyncDispose]();
});
