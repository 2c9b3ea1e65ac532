import { isObject, type JsonObject } from "../json.js";
import type { Validator } from "./validator.js";

/** What is known of the artifact that was begun; an answer that contradicts it carries another one. */
export interface ArtifactIdentity {
  readonly validator?: Validator | undefined;
  /** Length in bytes. */
  readonly size?: number | undefined;
  /**
   * Whether the store compressed the answer although it was asked not to. Offsets then count decompressed bytes, which
   * no Range can name.
   */
  readonly encoded?: boolean | undefined;
}

export function identityToJson(identity: ArtifactIdentity): JsonObject {
  return {
    ...(identity.validator && {
      validator: { kind: identity.validator.kind, value: identity.validator.value },
    }),
    ...(identity.size !== undefined && { size: identity.size }),
    ...(identity.encoded && { encoded: true }),
  };
}

/** The identity a checkpoint carries; `undefined` where the value is none. */
export function identityFromJson(value: unknown): ArtifactIdentity | undefined {
  if (!isObject(value)) return undefined;
  const { validator, size, encoded } = value;
  if (size !== undefined && !(Number.isSafeInteger(size) && (size as number) >= 0)) return undefined;
  if (validator !== undefined) {
    if (!isObject(validator) || typeof validator.value !== "string") return undefined;
    if (validator.kind !== "etag" && validator.kind !== "last-modified") return undefined;
  }
  return {
    validator: validator as Validator | undefined,
    size: size as number | undefined,
    encoded: encoded === true,
  };
}
