import type { ExportJob } from "../model/job.js";
import type { RecordIssue } from "../spec/records.js";
import type { Connection } from "../transport/connection.js";
import type { OnInvalid } from "./types.js";

/**
 * Does with a record that cannot be read, or encoded, what the caller said; throws `RECORD_INVALID` with its place by
 * default.
 */
export function refuseRecord(
  connection: Connection,
  job: ExportJob,
  issue: RecordIssue,
  onInvalid: OnInvalid,
  task: "read" | "encoded" = "read",
): void {
  if (onInvalid === "skip") return;
  if (onInvalid !== "throw") {
    onInvalid(issue);
    return;
  }
  const reason = issue.message.replace(/\.$/, "");
  throw connection.error(
    "RECORD_INVALID",
    `${describePlace(issue)} cannot be ${task}: ${reason}. Pass onInvalid to go on without such records`,
    { operation: task === "read" ? "decode" : undefined, job, details: { ...issue.position } },
  );
}

function describePlace({ position }: RecordIssue): string {
  const { record, line, file, sheet, row, page, index } = position;
  if (line !== undefined) return `record ${record} on line ${line}`;
  if (row !== undefined) return `row ${row} of sheet "${sheet}"${file === undefined ? "" : ` in ${file}`}`;
  if (page !== undefined) return `item ${index} of page ${page}`;
  return `record ${record}`;
}
