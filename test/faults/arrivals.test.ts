import { readFile } from "node:fs/promises";
import * as testing from "exportkit/testing";
import { describe, expect, it } from "vitest";
import { arrivalsOf, cases } from "../runtimes/arrivals.js";
import { arrivals } from "../runtimes/arrivals-scenario.js";
import { vendors } from "../runtimes/vendors.js";

// What `npm run test:runtimes` has seen on every runtime; this is the one that is here anyway.
const recorded = JSON.parse(await readFile(new URL("../runtimes/arrivals.json", import.meta.url), "utf8"));

describe.each(await vendors(testing))("a start at $vendor arrives once", (vendor) => {
  it.each(cases)("%s", async (name) => {
    const seen = await arrivalsOf(vendor, name, arrivals);
    expect(seen).toBe(recorded["node 24"][vendor.vendor][name]);
    if (vendor.vendor !== "zephr") expect(seen).toMatch(name === "abort-before" ? /^0,/ : /^1,/);
  });
});
