import type { JsonObject } from "../model/json.js";

/** What an object is told about itself when it is made. */
export interface ObjectAbout {
  /** The object's media type. */
  readonly contentType: string;
  /** Belongs into the object's metadata, and comes back by `head`: it proves whose object it is. */
  readonly upload: string;
}

/** An object in the store. */
export interface StoredObject {
  /** In bytes. */
  readonly size: number;
  /** The mark of the upload that made it, where it has one. */
  readonly upload?: string | undefined;
}

/** Where an object is in a store that speaks S3, and what else it is made with. */
export interface S3Object {
  readonly bucket: string;
  readonly key: string;
  readonly params?: { readonly [name: string]: string } | undefined;
}

/** Options of every call to a target. */
export interface TargetCall {
  /** Aborted when the call is to be given up. */
  readonly signal: AbortSignal;
}

/** What stands behind the key of an object that is not the object itself: bytes that are no whole part yet. */
export type RestSlot = 0 | 1;

/**
 * Where an upload goes: one object of one store. `s3Target` and `r2Target` make it; write one for any other store that
 * puts an object together from parts. Each function makes one request. It rejects with an `ExportError` whose
 * `retryable` says whether the same request may succeed later.
 */
export interface UploadTarget {
  /** Names the object, in messages and in the state; without credentials. */
  readonly name: string;
  /** The least that a part may have which is not the last. */
  readonly minPartBytes: number;
  /** How many parts an object may have. */
  readonly maxParts: number;
  /** Makes the object in one piece. */
  put(body: Uint8Array, about: ObjectAbout, call: TargetCall): Promise<void>;
  /** Begins an upload in parts; resolves with its identifier. */
  begin(about: ObjectAbout, call: TargetCall): Promise<string>;
  /**
   * Stores a part, from 1 on; one with the same number is replaced. Resolves with what `finish` has to know of it, and
   * with `undefined` where the store knows no such upload: it was finished, aborted, or has expired.
   */
  part(uploadId: string, number: number, body: Uint8Array, call: TargetCall): Promise<JsonObject | undefined>;
  /** Makes the object of its parts; `false` where the store knows no such upload. */
  finish(uploadId: string, parts: readonly JsonObject[], call: TargetCall): Promise<boolean>;
  /** Throws the parts away; fine where there is no such upload. */
  abort(uploadId: string, call: TargetCall): Promise<void>;
  /** Looks at the object; `undefined` where there is none. */
  head(call: TargetCall): Promise<StoredObject | undefined>;
  /** Stores bytes beside the object, replacing what is there. */
  putRest(slot: RestSlot, body: Uint8Array, call: TargetCall): Promise<void>;
  /** The bytes of a slot; `undefined` where it is empty. */
  getRest(slot: RestSlot, call: TargetCall): Promise<Uint8Array | undefined>;
  /** Fine where there is none. */
  deleteRest(slot: RestSlot, call: TargetCall): Promise<void>;
}

/** The key of what is kept beside an object. */
export function restKey(key: string, slot: RestSlot): string {
  return `${key}.rest-${slot}`;
}

/** The name of the metadata that says which upload made an object. */
export const UPLOAD_MARK = "exportkit-upload";

/** What S3 and R2 ask of a part that is not the last. */
export const MIN_PART_BYTES = 5 * 1024 * 1024;
export const MAX_PARTS = 10_000;
