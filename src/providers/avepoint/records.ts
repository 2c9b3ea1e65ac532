import { type SheetRow, xlsx, zip } from "../../provider/archives.js";
import type { RecordDecoder } from "../../provider/contract.js";
import { ownProperties } from "../../provider/values.js";
import type { AvepointOptions } from "./options.js";

/** A report is a ZIP of workbooks; their rows are the records. */
export function records(workbooks: AvepointOptions["workbooks"]): RecordDecoder<SheetRow> {
  const { headerRow, sheets, ...limits } = ownProperties(workbooks ?? {});
  return zip(xlsx({ headerRow, sheets }), limits);
}
