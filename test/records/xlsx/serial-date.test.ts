import { expect, it } from "vitest";
import { formatSerial } from "../../../src/records/xlsx/cell-date.js";
import fc from "../../support/fast-check.js";

it.each([
  // The 1900 system, with the day that never was.
  [0, "date", "1899-12-31"],
  [1, "date", "1900-01-01"],
  [59, "date", "1900-02-28"],
  [60, "date", "1900-02-29"],
  [60.5, "datetime", "1900-02-29T12:00:00"],
  [61, "date", "1900-03-01"],
  [36_526, "date", "2000-01-01"],
  [46_053, "date", "2026-01-31"],
  [2_958_465, "date", "9999-12-31"],
  [2_958_466, "date", undefined],
  [1e300, "date", undefined],
  [-1, "date", undefined],
  [-0.5, "time", undefined],
  // What is shown, and what is there.
  [46_053.75, "date", "2026-01-31T18:00:00"],
  [46_053, "datetime", "2026-01-31T00:00:00"],
  [46_053.5, "time", "2026-01-31T12:00:00"],
  [0.75, "time", "18:00:00"],
  [0.75, "date", "18:00:00"],
  [0, "time", "00:00:00"],
  // Numbers of 15 digits are rarely the exact time.
  [45_292.4166666667, "datetime", "2024-01-01T10:00:00"],
  [45_292.999988426, "datetime", "2024-01-01T23:59:59"],
  [45_292.0000028935, "datetime", "2024-01-01T00:00:00.250"],
  [1.5, "elapsed", "PT36H"],
  [0.000011574, "elapsed", "PT1S"],
  [0.0208333333, "elapsed", "PT30M"],
  [0, "elapsed", "PT0S"],
  [-0.5, "elapsed", "-PT12H"],
  [1.000005787, "elapsed", "PT24H0.5S"],
  [1e300, "elapsed", undefined],
] as const)("%d as a %s is %s", (serial, kind, text) => {
  expect(formatSerial(serial, kind, false)).toBe(text);
});

it.each([
  [0, "date", "1904-01-01"],
  [60, "date", "1904-03-01"],
  [44_591, "date", "2026-01-31"],
  [0.25, "time", "06:00:00"],
] as const)("%d as a %s of the 1904 system is %s", (serial, kind, text) => {
  expect(formatSerial(serial, kind, true)).toBe(text);
});

it("agrees with Date on every day", () => {
  fc.assert(
    fc.property(
      fc.integer({ min: 61, max: 2_958_465 }),
      fc.integer({ min: 0, max: 86_399_999 }),
      (day, ms) => {
        const expected = new Date(Date.UTC(1899, 11, 30) + day * 86_400_000 + ms).toISOString().slice(0, -1);
        expect(formatSerial(day + ms / 86_400_000, "datetime", false)).toBe(expected.replace(".000", ""));
      },
    ),
  );
});
