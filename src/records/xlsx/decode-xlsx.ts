import { exactNumbersMade } from "../../exact/exact-number.js";
import type { Artifact } from "../../spec/artifact.js";
import type { DecodeOptions, InvalidRecord, RecordBatch, RecordPosition } from "../../spec/records.js";
import { archiveError, withPlace } from "../zip/archive-error.js";
import { ArchiveScope, limitsOf } from "../zip/archive-limits.js";
import type { ArchiveOptions } from "../zip/archive-options.js";
import { checkpointMismatch, contentMismatch } from "../zip/archive-state.js";
import { openArtifact } from "../zip/artifact-source.js";
import { openArchive, type ZipEntry } from "../zip/directory.js";
import { confirmDirectory, fingerprintOf, reasonFor } from "../zip/fingerprint.js";
import { checkPrefix } from "../zip/known-prefix.js";
import type { MemberProgress } from "../zip/member.js";
import { MemorySource } from "../zip/memory-source.js";
import type { CellContext } from "./cell-value.js";
import type { HeaderRow } from "./header-row.js";
import { readNumberKinds } from "./number-format.js";
import { openPackage, type Package, partLabel, readPart } from "./package.js";
import { RowShaper } from "./row-shaper.js";
import { readSharedStrings } from "./shared-strings.js";
import { SheetParser } from "./sheet-parser.js";
import type { SheetRow } from "./sheet-row.js";
import { readWorkbook, type Workbook, type Worksheet } from "./workbook.js";
import { readWorkbookState, type WorkbookState } from "./workbook-state.js";
import { parseXml } from "./xml-part.js";

/** The options of `xlsx` with nothing left open. */
export interface DecodeSettings {
  readonly headerRow: (sheet: string, file: string) => HeaderRow;
  readonly isWanted: (sheet: string, file: string) => boolean;
  readonly warn: (message: string) => void;
  /** Takes the names in the header of the sheet that is read. */
  readonly onColumns: (names: readonly string[]) => void;
}

/** A workbook that is read, and the fingerprint of its directory. */
interface OpenWorkbook {
  readonly pack: Package;
  readonly file: string;
  readonly directory: string;
}

type Batches<T> = AsyncGenerator<RecordBatch<SheetRow>, T, undefined>;

export async function* decodeXlsx(
  artifact: Artifact,
  archiveOptions: ArchiveOptions,
  options: DecodeOptions,
  settings: DecodeSettings,
): Batches<void> {
  const resume = readWorkbookState(options.state);
  const limits = limitsOf(archiveOptions, options);
  const { maxBufferedBytes, memory } = limits;
  const { within } = options;
  const file = artifact.fileName ?? "workbook.xlsx";
  const source =
    (within instanceof ArchiveScope ? within.source : undefined) ??
    (await openArtifact(artifact, memory, within instanceof ArchiveScope ? file : undefined));
  try {
    const archive = await openArchive(source, file, maxBufferedBytes);
    const directory = await fingerprintOf(archive);
    for (const remark of archive.remarks) settings.warn(remark);
    if (resume?.proof && resume.proof.directory !== directory) throw contentMismatch();
    try {
      yield* decodeWorkbook({ pack: openPackage(archive, limits), file, directory }, resume, settings);
    } catch (error) {
      const confirm = () => confirmDirectory(archive, directory, maxBufferedBytes, contentMismatch);
      throw await reasonFor(error, archive, confirm);
    }
  } catch (error) {
    throw withPlace(error, { file });
  } finally {
    if (source instanceof MemorySource) source.release();
  }
}

/** Yields what comes after `resume`. */
async function* decodeWorkbook(
  open: OpenWorkbook,
  resume: WorkbookState | undefined,
  settings: DecodeSettings,
): Batches<void> {
  const { pack, file } = open;
  const workbook = await readWorkbook(pack);
  const wanted = new Set(workbook.sheets.filter(({ name }) => settings.isWanted(name, file)));
  checkSheets(wanted, workbook.lacks, file, settings.warn);
  const { sheet: firstSheet = 0, rows = 0 } = resume ?? {};
  if (rows > 0 && firstSheet >= workbook.sheets.length) throw checkpointMismatch();
  let context: CellContext | undefined;
  let record = resume ? resume.record - rows : 0;
  try {
    for (const [index, sheet] of workbook.sheets.entries()) {
      if (!sheet.part || index < firstSheet || !wanted.has(sheet)) continue;
      context ??= await readContext(pack, workbook, settings.warn);
      const start: WorkbookState =
        resume && index === firstSheet ? { ...resume, record } : { offset: 0, record, sheet: index, rows: 0 };
      record = yield* decodeSheet(open, sheet.name, sheet.part, context, start, settings);
    }
  } finally {
    context?.strings?.release();
  }
}

/**
 * A sheet that a workbook lists and does not have costs the others nothing. Where none of those wanted is there, the
 * rows are missing, and "no rows" would be a lie.
 */
function checkSheets(
  wanted: ReadonlySet<Worksheet>,
  lacks: readonly string[],
  file: string,
  warn: (message: string) => void,
): void {
  const lost = [...wanted].filter(({ part }) => part === undefined);
  if (lost.length > 0 && lost.length === wanted.size) {
    throw archiveError("DECODE_FAILED", `${file} does not say where its sheet "${lost[0]?.name}" is.`);
  }
  for (const { name } of lost) {
    warn(`${file} does not say where its sheet "${name}" is; the sheet was passed over.`);
  }
  for (const lack of lacks) warn(lack);
}

async function readContext(
  pack: Package,
  workbook: Workbook,
  warn: (message: string) => void,
): Promise<CellContext> {
  const { date1904, sharedStrings, styles, lacksStyles } = workbook;
  let isToldOf = false;
  return {
    date1904,
    lacksStyles,
    onUnknownStyle: () => {
      if (isToldOf) return;
      isToldOf = true;
      warn(
        `${pack.archive.label} has cells in styles that it does not have; numbers in them are read as numbers.`,
      );
    },
    kinds: styles ? await readNumberKinds(pack, styles) : [],
    strings: sharedStrings && (await readSharedStrings(pack, sharedStrings)),
  };
}

/** A sheet has to be read from its beginning also where its first `place.rows` rows are not wanted again. */
async function* decodeSheet(
  { pack, file, directory }: OpenWorkbook,
  name: string,
  part: ZipEntry,
  context: CellContext,
  place: WorkbookState,
  settings: DecodeSettings,
): Batches<number> {
  const label = partLabel(pack, part);
  const parser = new SheetParser(context, pack.limits.maxBufferedBytes, label, settings.warn);
  // Until a header comes: a sheet may have none.
  settings.onColumns([]);
  const header = settings.headerRow(name, file);
  const shaper = new RowShaper(file, name, header, place.record, settings.onColumns);
  const progress: MemberProgress = { bytes: 0, crc32: 0 };
  let rows = 0;
  // The first rows wait for the header, so that it counts what the whole sheet made.
  const made = exactNumbersMade();
  const batch = (entries: readonly (SheetRow | InvalidRecord)[]): RecordBatch<SheetRow> | undefined => {
    const first = Math.max(rows, place.rows);
    const fresh = first > rows ? entries.slice(first - rows) : entries;
    rows += entries.length;
    if (fresh.length === 0) return undefined;
    // At least the bytes that these rows came from.
    const { bytes, crc32 } = progress;
    const stateAfter = (index: number): WorkbookState => {
      const read = first + index + 1;
      const proof = { directory, sheetBytes: bytes, sheetCrc32: crc32 };
      return { offset: 0, record: place.record + read, sheet: place.sheet, rows: read, proof };
    };
    const positionOf = (index: number): RecordPosition => {
      const { row } = fresh[index] as SheetRow;
      return { record: place.record + first + index + 1, file, sheet: name, row };
    };
    return { entries: fresh, exact: exactNumbersMade() !== made, stateAfter, positionOf };
  };
  const content = readPart(pack, part, progress);
  const { proof } = place;
  // The sheet's own CRC-32 is checked at its end, and rows of another file may have been handed over before.
  const proven = proof
    ? checkPrefix(content, { bytes: proof.sheetBytes, crc32: proof.sheetCrc32 }, contentMismatch)
    : content;
  try {
    for await (const raw of parseXml(proven, label, parser.take)) {
      const ready = batch(shaper.shape(raw));
      if (ready) yield ready;
    }
  } catch (error) {
    throw withPlace(error, { sheet: name, ...(parser.row > 0 && { row: parser.row }) });
  }
  const last = batch(shaper.decide());
  if (last) yield last;
  if (rows < place.rows) throw checkpointMismatch();
  return place.record + rows;
}
