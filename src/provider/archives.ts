// The same for archives and workbooks, whose readers are loaded when a first file is read.
export type { HeaderRow } from "../records/xlsx/header-row.js";
export type { CellError, SheetCell, SheetRow } from "../records/xlsx/sheet-row.js";
export type { XlsxOptions } from "../records/xlsx/xlsx.js";
export { xlsx } from "../records/xlsx/xlsx.js";
export type { ArchiveOptions, ZipOptions } from "../records/zip/archive-options.js";
export { zip } from "../records/zip/zip.js";
