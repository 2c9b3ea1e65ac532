import { expect, it } from "vitest";
import { builtinKind, formatKind } from "../../../src/records/xlsx/number-format.js";

it.each([
  ["General", "number"],
  ["0.00", "number"],
  ["#,##0.00_);[Red](#,##0.00)", "number"],
  ["0.00E+00", "number"],
  ["##0.0E-0", "number"],
  ["@", "number"],
  ["", "number"],
  ['"day" 0', "number"],
  ['0 "d"', "number"],
  ["0.00 USD", "number"],
  ["0\\d", "number"],
  ["[$€-407]#,##0", "number"],
  ["[Yellow]General", "number"],
  ["[>100]General;[Red]0", "number"],
  ["# ?/?", "number"],
  ['"yes";"yes";"no"', "number"],
  ["_d0_s", "number"],
  ["*d0", "number"],
  // What General is called elsewhere.
  ["Standard", "number"],
  ["[Red]Standard;Standard", "number"],
  ["Estándar", "number"],
  ["Standaard", "number"],
  ["Geral", "number"],
  ["Ogólny", "number"],
  ["Основной", "number"],
  ["G/通用格式", "number"],
  ["G/標準", "number"],
  ["yyyy年m月d日", "date"],
  ["yyyy年MM月dd日HH时mm分ss秒", "datetime"],
  ["hh時mm分", "time"],
  ["yyyy년m월d일", "date"],
  ["yyyy-mm-dd", "date"],
  ["d/m/yy", "date"],
  ["mmm-yy", "date"],
  ["m", "date"],
  ["[$-409]dddd, mmmm dd, yyyy", "date"],
  ["[$-F800]dddd\\,\\ mmmm\\ dd\\,\\ yyyy", "date"],
  ['yyyy"年"m"月"d"日"', "date"],
  ["[$-411]ge.m.d", "date"],
  ["[Red]dd.mm.yyyy;@", "date"],
  ["DD/MM/YYYY", "date"],
  ['"h"dd', "date"],
  ["yyyymmdd", "date"],
  ["mmmmm", "date"],
  ["[$-411]aaaa", "date"],
  ["aaa", "date"],
  ["yyyymmddThhmmss", "datetime"],
  ["h:mm", "time"],
  ["hh:mm:ss", "time"],
  ["h:mm AM/PM", "time"],
  ["[$-409]h:mm:ss A/P", "time"],
  ["mm:ss.0", "time"],
  ["h\\:mm", "time"],
  ["yyyy-mm-dd hh:mm", "datetime"],
  ["d mmm yyyy h:mm:ss.000", "datetime"],
  ["h:mm d/m", "datetime"],
  ["m/d/yy h:mm", "datetime"],
  ["[h]:mm:ss", "elapsed"],
  ["[hh]:mm", "elapsed"],
  ["[mm]:ss", "elapsed"],
  ["[ss].00", "elapsed"],
  ["[H]:MM", "elapsed"],
] as const)("%s is a %s", (code, kind) => {
  expect(formatKind(code)).toBe(kind);
});

it("the formats known by number", () => {
  const kinds = Array.from({ length: 90 }, (_, id) => builtinKind(id));
  const of = (kind: string) => kinds.flatMap((found, id) => (found === kind ? [id] : []));
  expect(of("date").filter((id) => id < 59)).toEqual([
    14, 15, 16, 17, 27, 28, 29, 30, 31, 34, 35, 36, 50, 51, 52, 53, 54, 55, 56, 57, 58,
  ]);
  expect(of("time").filter((id) => id < 59)).toEqual([18, 19, 20, 21, 32, 33, 45, 47]);
  expect(of("datetime").filter((id) => id < 59)).toEqual([22]);
  expect(of("elapsed").filter((id) => id < 59)).toEqual([46]);
});

it("hostile format codes cost no time", () => {
  for (const code of [
    "[".repeat(50_000),
    '"'.repeat(50_001),
    "[h".repeat(50_000),
    "m/".repeat(50_000),
    "s.0".repeat(50_000),
  ]) {
    expect(["number", "date", "time", "elapsed"]).toContain(formatKind(code));
  }
});
