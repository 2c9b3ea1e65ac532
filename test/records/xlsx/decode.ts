import { ExportError } from "../../../src/model/errors.js";
import type { SheetRow } from "../../../src/records/xlsx/sheet-row.js";
import { type XlsxOptions, xlsx } from "../../../src/records/xlsx/xlsx.js";
import { zip } from "../../../src/records/zip/zip.js";
import type { Artifact } from "../../../src/spec/artifact.js";
import { InvalidRecord, type RecordDecoder, type ResumeState } from "../../../src/spec/records.js";
import { type MemoryArtifactOptions, memoryArtifact } from "../zip/memory-artifact.js";

export interface DecodeTestOptions extends XlsxOptions {
  readonly artifact?: MemoryArtifactOptions;
  readonly maxBufferedBytes?: number;
  readonly state?: ResumeState;
}

/** The decoder of an archive of workbooks, or of one workbook. */
export function xlsxArchive({ headerRow, sheets, ...limits }: XlsxOptions = {}): RecordDecoder<SheetRow> {
  return zip(xlsx({ headerRow, sheets }), limits);
}

/** Every entry of an archive, sound or broken. */
export async function decodeAll(
  source: Uint8Array | Artifact,
  { artifact, maxBufferedBytes = 1024 * 1024, state, ...options }: DecodeTestOptions = {},
): Promise<(SheetRow | InvalidRecord)[]> {
  const entries: (SheetRow | InvalidRecord)[] = [];
  const opened = source instanceof Uint8Array ? memoryArtifact(source, artifact) : source;
  for await (const batch of xlsxArchive(options).decode(opened, { maxBufferedBytes, state })) {
    entries.push(...batch.entries);
  }
  return entries;
}

/** The rows; a broken one fails the test. */
export async function decodeRows(
  source: Uint8Array | Artifact,
  options?: DecodeTestOptions,
): Promise<SheetRow[]> {
  return (await decodeAll(source, options)).map((entry) => {
    if (entry instanceof InvalidRecord) throw new Error(entry.issue.message);
    return entry;
  });
}

/** The cells alone, of a decoding without a header. */
export async function decodeCells(source: Uint8Array, options?: DecodeTestOptions): Promise<unknown[]> {
  return (await decodeRows(source, { headerRow: "none", ...options })).map((row) => row.cells);
}

/** The code of the error that a promise rejects with. */
export async function codeOf(promise: Promise<unknown>): Promise<string> {
  try {
    await promise;
  } catch (error) {
    if (ExportError.isInstance(error)) return error.code;
    throw error;
  }
  throw new Error("nothing was thrown");
}
