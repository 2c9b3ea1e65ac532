import { ExportError } from "../../model/errors.js";

/** @throws ExportError `CONFIG_INVALID` where one of the options is given and is no number above 0 */
export function positiveOptions<K extends string>(
  decoder: string,
  options: { readonly [Name in K]?: unknown },
  ...names: readonly K[]
): void {
  for (const name of names) {
    const value = options[name];
    if (value === undefined || (typeof value === "number" && value > 0)) continue;
    throw new ExportError("CONFIG_INVALID", `${decoder}: ${name}: must be a number above 0`, {
      details: { field: name },
    });
  }
}
