import { readFileSync } from "node:fs";
import type { AnyProvider } from "exportkit";
import { nearest } from "./nearest.js";
import { UsageError } from "./usage-error.js";
import { guides } from "./vendor-help.js";
import {
  type Environment,
  PROFILE,
  type Vendor,
  type VendorName,
  vendors,
  type Workbooks,
} from "./vendors.js";

/** Makes a vendor's provider from the environment; throws a {@link UsageError} that names what is not set. */
export async function connect(
  name: VendorName,
  environment: Environment,
  workbooks: Workbooks = {},
): Promise<AnyProvider> {
  const vendor: Vendor = vendors[name];
  const isSet = (variable: string) => setting(environment, variable) !== "";
  const lacking = vendor.needs.filter((sets) => !sets.some((set) => set.every(isSet)));
  if (lacking.length > 0) {
    throw missingVariables(name, lacking, environment);
  }
  const options: { [option: string]: unknown } = {};
  for (const [variable, path] of Object.entries(vendor.variables)) {
    if (!isSet(variable)) continue;
    const [option = "", inner] = path.split(".");
    const former = options[option];
    options[option] =
      inner === undefined
        ? setting(environment, variable)
        : { ...(former as object), [inner]: setting(environment, variable) };
  }
  return vendor.connect(options, workbooks);
}

/** A variable's value, or the content of the file that `NAME_FILE` names, as secrets are handed to containers. */
function setting(environment: Environment, variable: string): string {
  const value = environment[variable] ?? "";
  const path = environment[`${variable}_FILE`] ?? "";
  if (path === "") return value;
  if (value !== "") throw new UsageError(`${variable} and ${variable}_FILE are both set; unset one of them`);
  try {
    return readFileSync(path, "utf8").trim();
  } catch (error) {
    throw new UsageError(
      `the file that ${variable}_FILE names cannot be read (${(error as NodeJS.ErrnoException).code})`,
    );
  }
}

type Sets = Vendor["needs"][number];

/** What is to be set, where to get it, and how to try without it. */
function missingVariables(name: VendorName, lacking: readonly Sets[], environment: Environment): UsageError {
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
