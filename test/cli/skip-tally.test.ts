import { expect, it } from "vitest";
import { createSkipTally } from "../../src/cli/skip-tally.js";

it("counts a record once that is passed over again when the file is restarted", () => {
  const tally = createSkipTally();
  expect(tally.count()).toBe(0);
  for (const record of [0, 7, 9, 0, 7, 9, 12]) tally.add({ message: "broken", position: { record } });
  expect(tally.count()).toBe(4);
});
