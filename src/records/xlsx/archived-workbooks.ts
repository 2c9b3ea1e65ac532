import { archiveError } from "../zip/archive-error.js";
import { type ByteSource, sliceSource } from "../zip/byte-source.js";
import { openArchive, type ZipArchive, type ZipEntry } from "../zip/directory.js";
import { locateMember, readMember } from "../zip/member.js";
import { Spool } from "../zip/spool.js";
import type { ArchiveLimits } from "./archive-limits.js";
import { isPackage, openPackage, type Package } from "./package.js";

/** A workbook file that has not been opened yet. */
export interface ArchivedWorkbook {
  readonly file: string;
  /**
   * Whether it is read where it lies, by a directory of its own: then nobody reads all of it in order, and the CRC-32
   * that the archive gives for it goes unchecked.
   */
  readonly isInPlace: boolean;
  /** Opens it, and lets go of it at the end. */
  open(): Promise<{ readonly pack: Package; readonly release: () => void }>;
}

/** An archive with the workbooks in it. */
export interface WorkbookArchive {
  readonly archive: ZipArchive;
  readonly workbooks: readonly ArchivedWorkbook[];
}

/**
 * The workbooks of an archive, in its order; or the one workbook that the archive is.
 *
 * @param fileName - what a bare workbook is called
 * @throws ExportError `DECODE_FAILED` where there is none; `NOT_SUPPORTED` for one of another format
 */
export async function listWorkbooks(
  source: ByteSource,
  fileName: string | undefined,
  limits: ArchiveLimits,
): Promise<WorkbookArchive> {
  const outer = await openArchive(source, "The archive", limits.maxBufferedBytes);
  if (isPackage(outer)) {
    const file = fileName ?? "workbook.xlsx";
    const pack = openPackage({ ...outer, label: file }, limits);
    const open = async () => ({ pack, release: () => {} });
    return { archive: outer, workbooks: [{ file, isInPlace: false, open }] };
  }
  const workbooks: ArchivedWorkbook[] = [];
  for (const entry of outer.entries) {
    // macOS puts its notes about a file beside it, under the same extension.
    if (/(^|\/)(__MACOSX\/|\._)/.test(entry.name)) continue;
    if (/\.(xls|xlsb|ods)$/i.test(entry.name)) {
      throw archiveError("NOT_SUPPORTED", `The archive holds ${entry.name}; only .xlsx workbooks are read.`);
    }
    if (!/\.(xlsx|xlsm|xltx|xltm)$/i.test(entry.name)) continue;
    const isInPlace = entry.method === 0;
    workbooks.push({ file: entry.name, isInPlace, open: () => openNested(outer, entry, limits) });
  }
  if (workbooks.length === 0) throw archiveError("DECODE_FAILED", "The archive holds no .xlsx workbook.");
  return { archive: outer, workbooks };
}

/** A stored workbook is read where it is; a compressed one can be read at any place only after unpacking. */
async function openNested(
  outer: ZipArchive,
  entry: ZipEntry,
  limits: ArchiveLimits,
): Promise<{ readonly pack: Package; readonly release: () => void }> {
  let source: ByteSource;
  let release = (): void => {};
  if (entry.method === 0) {
    const { start, end } = await locateMember(outer, entry);
    source = sliceSource(outer.source, start, end);
  } else {
    const what = `${entry.name} is held in memory, because it is compressed within the archive`;
    // The archive's own copy shrinks while this one grows, where that is in memory, too.
    const content = readMember(outer, entry, limits.inflate, undefined, true);
    const spool = await Spool.fill(() => content, limits.memory, what);
    source = spool;
    release = () => spool.release();
  }
  try {
    const archive = await openArchive(source, entry.name, limits.maxBufferedBytes);
    return { pack: openPackage(archive, limits), release };
  } catch (error) {
    release();
    throw error;
  }
}
