import { isCount, isObject, type JsonObject } from "../model/json.js";
import { isValidator, type Validator } from "./file-headers.js";

/** What is known of the artifact that is read; an answer that contradicts it carries another one. */
export interface ArtifactIdentity {
  readonly validator?: Validator | undefined;
  /** Length in bytes. */
  readonly size?: number | undefined;
  /**
   * Whether the store compressed the answer although it was asked not to. Offsets then count decompressed bytes, which
   * no Range can name.
   */
  readonly encoded?: boolean | undefined;
  /** Whether the content was found, at its end, not to be what the store says of it: nothing is resumed from there. */
  readonly damaged?: boolean | undefined;
}

export function identityToJson(identity: ArtifactIdentity): JsonObject {
  return {
    ...(identity.validator && {
      validator: { kind: identity.validator.kind, value: identity.validator.value },
    }),
    ...(identity.size !== undefined && { size: identity.size }),
    ...(identity.encoded && { encoded: true }),
    ...(identity.damaged && { damaged: true }),
  };
}

/** The identity a checkpoint carries; `undefined` where the value is none. */
export function identityFromJson(value: unknown): ArtifactIdentity | undefined {
  if (!isObject(value)) return undefined;
  // Mappers write `null` for what is absent.
  const [validator, size, encoded, damaged] = [value.validator, value.size, value.encoded, value.damaged].map(
    (member) => member ?? undefined,
  );
  if (size !== undefined && !isCount(size)) return undefined;
  if (validator !== undefined && !isValidator(validator)) return undefined;
  if (encoded !== undefined && typeof encoded !== "boolean") return undefined;
  if (damaged !== undefined && typeof damaged !== "boolean") return undefined;
  return { validator, size, encoded, damaged };
}
