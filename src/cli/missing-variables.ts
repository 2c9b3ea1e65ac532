import { nearest } from "./nearest.js";
import { UsageError } from "./usage-error.js";
import { guides } from "./vendor-help.js";
import { type Environment, PROFILE, type Vendor, type VendorName, vendors } from "./vendors.js";

type Sets = Vendor["needs"][number];

/** What is to be set, where to get it, and how to try without it. */
export function missingVariables(
  name: VendorName,
  lacking: readonly Sets[],
  environment: Environment,
): UsageError {
  const vendor: Vendor = vendors[name];
  const wanted = lacking.map((sets) => sets.map((set) => set.join(" + ")).join(", or "));
  const misspelt = Object.keys(environment).flatMap((given) => misspeltOf(given, name, vendor));
  return new UsageError(
    `the ${PROFILE in environment ? "profile" : "environment"} must have ${wanted.join("; and ")}${misspelt.map((told) => `; ${told}`).join("")}`,
    `they are found ${guides[name].credentials}; exportkit help credentials tells where to put them. ` +
      `Without an account: exportkit emulate ${name}`,
  );
}

/** A variable that is set and was meant to be one of the vendor's. */
function misspeltOf(given: string, name: VendorName, { variables }: Vendor): readonly string[] {
  const known = Object.keys(variables);
  if (!given.startsWith(`${name.toUpperCase()}_`) || known.includes(given.replace(/_FILE$/, ""))) return [];
  const near = nearest(given, known);
  return near === undefined ? [] : [`${given} is set: did you mean ${near}?`];
}
