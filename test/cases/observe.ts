import { type ExportDownload, ExportError } from "exportkit";
import type { RecordIssue } from "exportkit/provider";
import { openCase } from "./open-case.js";
import type { CaseOptions, Check, TextCase } from "./text-case.js";

/** What came out of reading a case in one way. */
export interface Observation {
  readonly records: readonly unknown[];
  /** The bytes as text. */
  readonly text: string;
  readonly issues: readonly RecordIssue[];
  readonly error: ExportError | undefined;
  /** Everything that logger, events, the error and the download told. */
  readonly told: string;
}

/** Reads a case as its check says; failures of the package are outcomes, others are thrown. */
export async function observe(
  found: TextCase,
  { read }: Check,
  options: CaseOptions | undefined,
): Promise<Observation> {
  const told: unknown[] = [];
  const tell = (...parts: unknown[]) => void told.push(parts);
  const issues: RecordIssue[] = [];
  const records: unknown[] = [];
  const chunks: Uint8Array[] = [];
  let error: ExportError | undefined;
  let download: ExportDownload<unknown> | undefined;
  try {
    download = await openCase(found, {
      logger: { debug: tell, info: tell, warn: tell, error: tell },
      onEvent: tell,
    });
    const reading = { onInvalid: (issue: RecordIssue) => void issues.push(issue), ...options };
    if (read === "records") {
      for await (const record of download.records(reading)) records.push(record);
    } else {
      const bytes = read === "bytes" ? download.bytes() : download.encode(read, reading);
      for await (const chunk of bytes as unknown as AsyncIterable<Uint8Array>) chunks.push(chunk);
    }
    tell((download as { readonly emptyColumns?: unknown }).emptyColumns);
  } catch (thrown) {
    if (!ExportError.isInstance(thrown)) throw thrown;
    error = thrown;
    tell(thrown.message, thrown.details);
  }
  // Without the mark there are no bytes to compare.
  const text = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(Buffer.concat(chunks));
  return { records, text, issues, error, told: JSON.stringify(told) };
}
