import type { Fault } from "exportkit/testing";
import { expect, it } from "vitest";
import { adminApi } from "./authgear/admin-api.js";

it("rules fire after so many, for so many, in the order added", async () => {
  const { emulator, get } = adminApi();
  const status = (code: number): Fault => ({ type: "status", status: code });
  emulator.faults.add({ on: "poll", after: 1, times: 2, fault: status(500) });
  const remove = emulator.faults.add({ on: (request) => request.path.endsWith("/y"), fault: status(501) });
  emulator.faults.add({ on: "poll", fault: status(502) });
  expect(emulator.faults.remaining).toBe(4);
  remove();
  const statuses: number[] = [];
  for (const id of ["x", "y", "y", "y"]) statuses.push((await get(id)).status);
  expect(statuses).toEqual([502, 500, 500, 404]);
  expect(emulator.faults.remaining).toBe(0);
  expect(emulator.faults.fired.map(({ operation }) => operation)).toEqual(["poll", "poll", "poll"]);
  emulator.faults.clear();
  expect(emulator.faults.fired).toEqual([]);
});
