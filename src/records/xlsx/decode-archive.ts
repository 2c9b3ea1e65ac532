import { ExportError } from "../../model/errors.js";
import type { Artifact } from "../../spec/artifact.js";
import type { DecoderState, InvalidRecord, RecordBatch, RecordPosition } from "../../spec/records.js";
import { archiveError } from "../zip/archive-error.js";
import { openArtifact } from "../zip/artifact-source.js";
import type { ZipArchive, ZipEntry } from "../zip/directory.js";
import { confirmDirectory, fingerprintOf } from "../zip/fingerprint.js";
import { checkPrefix } from "../zip/known-prefix.js";
import type { MemberProgress } from "../zip/member.js";
import { MemoryBudget } from "../zip/memory-budget.js";
import type { ArchiveLimits } from "./archive-limits.js";
import { listWorkbooks } from "./archived-workbooks.js";
import type { CellContext } from "./cell-value.js";
import { checkpointMismatch, contentMismatch, readState, type WorkbookState } from "./decoder-state.js";
import type { HeaderRow } from "./header-row.js";
import { type Package, partLabel, readPart } from "./package.js";
import { RowShaper } from "./row-shaper.js";
import { readSharedStrings } from "./shared-strings.js";
import { SheetParser } from "./sheet-parser.js";
import type { SheetRow } from "./sheet-row.js";
import { readNumberKinds } from "./styles.js";
import { readWorkbook, type Workbook, type Worksheet } from "./workbook.js";
import { parseXml } from "./xml-part.js";

/** The options of `xlsxArchive` with nothing left open. */
export interface DecodeSettings {
  readonly headerRow: (sheet: string, file: string) => HeaderRow;
  readonly isWanted: (sheet: string, file: string) => boolean;
  readonly maxBufferedBytes: number;
  readonly memoryBytes: number;
  readonly maxRatio: number;
  readonly maxInflatedBytes: number;
  readonly warn: (message: string) => void;
  /** Takes the names in the header of the sheet that is read. */
  readonly onColumns: (names: readonly string[]) => void;
}

type Batches = AsyncGenerator<RecordBatch<SheetRow>, number, undefined>;

export async function* decodeArchive(
  artifact: Artifact,
  state: DecoderState | undefined,
  settings: DecodeSettings,
): AsyncGenerator<RecordBatch<SheetRow>, void, undefined> {
  const resume = readState(state);
  const { maxBufferedBytes, maxRatio, maxInflatedBytes } = settings;
  const limits: ArchiveLimits = {
    maxBufferedBytes,
    memory: new MemoryBudget(settings.memoryBytes),
    inflate: { maxRatio, maxInflatedBytes, inflatedBytes: 0 },
  };
  const source = await openArtifact(artifact, limits.memory);
  const { archive, workbooks } = await listWorkbooks(source, artifact.fileName, limits);
  const directory = await fingerprintOf(archive);
  for (const remark of archive.remarks) settings.warn(remark);
  const confirm = () => confirmDirectory(archive, directory, maxBufferedBytes, contentMismatch);
  if (resume?.proof && resume.proof.directory !== directory) throw contentMismatch();
  if (resume && workbooks[resume.file]?.file !== resume.fileName) throw checkpointMismatch();

  // How many records lie before the next sheet.
  let record = resume ? resume.record - resume.rows : 0;
  try {
    for (const [file, workbook] of workbooks.entries()) {
      if (file < (resume?.file ?? 0)) continue;
      const start = file === resume?.file ? resume : undefined;
      const { sheet = 0, rows = 0, proof } = start ?? {};
      const place = { offset: 0, record, file, fileName: workbook.file, sheet, rows, proof } as const;
      const { pack, release } = await workbook.open();
      try {
        if (pack.archive.source !== source) for (const remark of pack.archive.remarks) settings.warn(remark);
        record = yield* decodeWorkbook(pack, place, directory, settings);
      } finally {
        release();
      }
      // Each part of it fits its own directory; that this one is of the archive that was begun shows only here.
      if (workbook.isInPlace) await confirm();
    }
  } catch (error) {
    throw await reasonFor(error, archive, confirm);
  }
}

/** Damage that is none: the store has begun to serve another file. */
async function reasonFor(
  error: unknown,
  { source }: ZipArchive,
  confirm: () => Promise<void>,
): Promise<unknown> {
  if (!source.anew || !ExportError.isInstance(error) || error.operation !== "decode") return error;
  try {
    await confirm();
    return error;
  } catch (found) {
    const isChanged = ExportError.isInstance(found) && found.code === "ARTIFACT_CHANGED";
    return isChanged ? found : error;
  }
}

/** Yields what comes after `place`, in which `record` counts the records before the sheet. */
async function* decodeWorkbook(
  pack: Package,
  place: WorkbookState,
  directory: string,
  settings: DecodeSettings,
): Batches {
  const workbook = await readWorkbook(pack);
  const wanted = new Set(workbook.sheets.filter(({ name }) => settings.isWanted(name, place.fileName)));
  checkSheets(wanted, workbook.lacks, place.fileName, settings.warn);
  if (place.rows > 0 && place.sheet >= workbook.sheets.length) throw checkpointMismatch();
  let context: CellContext | undefined;
  let { record } = place;
  try {
    for (const [index, sheet] of workbook.sheets.entries()) {
      if (!sheet.part || index < place.sheet || !wanted.has(sheet)) continue;
      context ??= await readContext(pack, workbook);
      const isBegun = index === place.sheet;
      const start = {
        ...place,
        record,
        sheet: index,
        rows: isBegun ? place.rows : 0,
        proof: isBegun ? place.proof : undefined,
      };
      record = yield* decodeSheet(pack, sheet.name, sheet.part, context, start, directory, settings);
    }
  } finally {
    context?.strings?.release();
  }
  return record;
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

async function readContext(pack: Package, workbook: Workbook): Promise<CellContext> {
  const { date1904, sharedStrings, styles } = workbook;
  return {
    date1904,
    kinds: styles ? await readNumberKinds(pack, styles) : [],
    strings: sharedStrings && (await readSharedStrings(pack, sharedStrings)),
  };
}

/** A sheet has to be read from its beginning also where its first `place.rows` rows are not wanted again. */
async function* decodeSheet(
  pack: Package,
  name: string,
  part: ZipEntry,
  context: CellContext,
  place: WorkbookState,
  directory: string,
  settings: DecodeSettings,
): Batches {
  const label = partLabel(pack, part);
  const parser = new SheetParser(context, settings.maxBufferedBytes, label, settings.warn);
  // Until a header comes: a sheet may have none.
  settings.onColumns([]);
  const header = settings.headerRow(name, place.fileName);
  const shaper = new RowShaper(place.fileName, name, header, place.record, settings.onColumns);
  const progress: MemberProgress = { bytes: 0, crc32: 0 };
  let rows = 0;
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
      return { ...place, record: place.record + read, rows: read, proof };
    };
    const positionOf = (index: number): RecordPosition => {
      const { row } = fresh[index] as SheetRow;
      return { record: place.record + first + index + 1, file: place.fileName, sheet: name, row };
    };
    return { entries: fresh, exact: false, stateAfter, positionOf };
  };
  const content = readPart(pack, part, progress);
  const { proof } = place;
  // The sheet's own CRC-32 is checked at its end, and rows of another file may have been handed over before.
  const proven = proof
    ? checkPrefix(content, { bytes: proof.sheetBytes, crc32: proof.sheetCrc32 }, contentMismatch)
    : content;
  for await (const raw of parseXml(proven, label, parser.take)) {
    const ready = batch(shaper.shape(raw));
    if (ready) yield ready;
  }
  const last = batch(shaper.decide());
  if (last) yield last;
  if (rows < place.rows) throw checkpointMismatch();
  return place.record + rows;
}
