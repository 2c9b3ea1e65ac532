import { isObject } from "../model/json.js";
import { objectMistake } from "../model/mistakes.js";
import { ownProperties } from "../model/own-properties.js";
import { checkFunctions, wrongOption } from "../model/wrong-option.js";

// Emulators share nothing else with the client, so that a fault of both is not one that no test sees.
export { isObject } from "../model/json.js";
export { shown } from "../model/printable.js";
export { isDate } from "../model/realm.js";
export { checkFunctions, wrongOption } from "../model/wrong-option.js";

/** Refuses a number that is not a whole one within these bounds. */
export function checkWhole(
  call: string,
  field: string,
  value: unknown,
  least = 0,
  most = Number.MAX_SAFE_INTEGER,
): void {
  if (Number.isSafeInteger(value) && (value as number) >= least && (value as number) <= most) return;
  const upTo = most < Number.MAX_SAFE_INTEGER ? ` to ${most}` : "";
  throw wrongOption(call, field, `must be a whole number from ${least}${upTo}`);
}

/** Refuses what is no emulator. */
export function checkEmulator(call: string, emulator: unknown): void {
  checkFunctions(call, "emulator", emulator, ["handle", "relocate", "roleOf"], "what createEmulator made");
}

/**
 * The options that were given, with the defaults of the others; throws `CONFIG_INVALID` naming the field.
 *
 * @param defaults - what is of another kind than its default is refused
 * @param others - what becomes of options that have no default and no kind
 * @param kinds - what an option may be where it has no default, or beside the kind of that: what `typeof` says
 */
export function emulatorOptions<Options extends object, Defaults extends object>(
  call: string,
  given: Options,
  defaults: Defaults,
  kinds: { readonly [name: string]: string } = {},
  others: "refused" | "passed over" = "refused",
): Defaults & Options {
  const own: unknown = ownProperties(given);
  if (!isObject(own)) throw wrongOption(call, "options", `must be an object (${objectMistake(given)})`);
  const known: { readonly [name: string]: unknown } = { ...kinds, ...defaults };
  const taken = Object.entries(own).filter(([, value]) => value !== undefined);
  for (const [name, value] of taken) {
    if (!Object.hasOwn(known, name)) {
      if (others === "passed over") continue;
      throw wrongOption(call, name, "is not a known field; check its spelling or remove it");
    }
    if (value !== null && typeof value === kinds[name]) continue;
    const problem =
      Object.hasOwn(defaults, name) || !kinds[name]
        ? problemOf(value, known[name], /^endpoint$|Origin$/.test(name))
        : `must be a ${kinds[name]}`;
    if (problem) throw wrongOption(call, name, problem);
  }
  return { ...defaults, ...(Object.fromEntries(taken) as Options) };
}

function problemOf(value: unknown, standard: unknown, isUrl: boolean): string | undefined {
  if (isUrl) return typeof value === "string" && URL.canParse(value) ? undefined : "must be a URL";
  if (Array.isArray(standard)) return Array.isArray(value) ? undefined : "must be a list";
  if (typeof standard === "number")
    return typeof value === "number" && value >= 0 ? undefined : "must be a number, 0 or more";
  return typeof value === typeof standard && value !== null ? undefined : `must be a ${typeof standard}`;
}
