import type { ExportError } from "exportkit";
import type { Artifact, DecodeOptions, RecordDecoder } from "exportkit/provider";
import type { RecordEncoder } from "../../src/records/encoder.js";
import { InvalidRecord } from "../../src/spec/records.js";
import { harmless } from "./harmless.js";

/** All that came out of hostile bytes. */
export interface SafeDecoding {
  /** Records, and what is wrong with those that are none. */
  readonly entries: readonly unknown[];
  readonly records: readonly unknown[];
  readonly error: ExportError | undefined;
}

/** Decodes to the end, or to the first error, which must be a sound one. */
export async function decodeSafely(
  decoder: RecordDecoder<unknown>,
  artifact: Artifact,
  options: DecodeOptions,
): Promise<SafeDecoding> {
  const entries: unknown[] = [];
  const records: unknown[] = [];
  const outcome = await harmless(async () => {
    for await (const batch of decoder.decode(artifact, options)) {
      for (const entry of batch.entries) {
        if (entry instanceof InvalidRecord) entries.push(entry.issue);
        else {
          entries.push(entry);
          records.push(entry);
        }
      }
      if (batch.entries.length > 0) JSON.stringify(batch.stateAfter(batch.entries.length - 1));
    }
  });
  return { entries, records, error: "error" in outcome ? outcome.error : undefined };
}

/** Encodes records one by one: each becomes text, or is refused with a reason. */
export async function encodeSafely(
  encoder: RecordEncoder<unknown>,
  records: readonly unknown[],
): Promise<void> {
  for (const record of records) {
    await harmless(() => {
      try {
        return encoder.write(record);
      } catch (error) {
        if (error instanceof Error && /^it (is nested|has|holds)/.test(error.message)) return "";
        throw error;
      }
    });
  }
  await harmless(() => encoder.end());
}

/** Fails unless the same came out of the same bytes. */
export function sameDecoding(one: SafeDecoding, other: SafeDecoding): void {
  if (one.error?.code !== other.error?.code) {
    throw new Error(`${one.error?.code ?? "an end"} once and ${other.error?.code ?? "an end"} then`);
  }
  if (one.entries.length !== other.entries.length) {
    throw new Error(`${one.entries.length} records once and ${other.entries.length} then`);
  }
  one.entries.forEach((entry, index) => {
    if (shown(entry) !== shown(other.entries[index])) throw new Error(`record ${index} is another one`);
  });
}

function shown(entry: unknown): string {
  try {
    return JSON.stringify(entry);
  } catch {
    return "too deep to be written";
  }
}
