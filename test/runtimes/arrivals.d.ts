import type { ArrivalsConfig } from "./arrivals-scenario.js";
import type { RuntimeVendor } from "./vendors.js";

export const cases: readonly string[];
export const titles: { readonly [name: string]: string };
export function arrivalsOf(
  vendor: RuntimeVendor,
  name: string,
  run: (config: ArrivalsConfig) => Promise<string>,
): Promise<string>;
