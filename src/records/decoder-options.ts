import { isObject } from "../model/json.js";
import { ownProperties } from "../model/own-properties.js";
import { wrongOption } from "../model/wrong-option.js";

/** The kinds of options that decoders have: what `typeof` says; a list is an object. `any` is looked at elsewhere. */
type OptionKind = "string" | "boolean" | "number" | "function" | "object" | "any";

/** What each option of a decoder must be. */
export type OptionKinds<Options> = { readonly [Name in keyof Required<Options>]: OptionKind };

/**
 * The options of a decoder, no other ones and each of its kind: what is misspelt would be passed over, and records with it.
 *
 * @throws ExportError `CONFIG_INVALID`, naming the option
 */
export function decoderOptions<Options extends object>(
  decoder: string,
  given: Options,
  kinds: OptionKinds<NoInfer<Options>>,
): Options {
  if (!isObject(given)) throw wrongOption(decoder, "options", "must be an object");
  const options = ownProperties(given as Options);
  for (const [name, value] of Object.entries(options)) {
    const kind = Object.hasOwn(kinds, name) ? kinds[name as keyof Options] : undefined;
    if (kind === undefined) {
      throw wrongOption(decoder, name, "is not a known field; check its spelling or remove it");
    }
    if (value === undefined || kind === "any" || (typeof value === kind && value !== null)) continue;
    throw wrongOption(decoder, name, `must be ${kind === "object" ? "an object" : `a ${kind}`}`);
  }
  return options;
}

/** @throws ExportError `CONFIG_INVALID` where what is to read the content is no decoder */
export function checkDecoder(decoder: string, inner: unknown): void {
  if (isObject(inner) && inner.kind === "artifact" && typeof inner.decode === "function") return;
  throw wrongOption(decoder, "inner", "must be a decoder, such as ndjson()");
}
