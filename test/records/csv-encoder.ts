import type { JsonObject } from "../../src/model/json.js";
import { type CsvEncoderOptions, csvPlan } from "../../src/records/csv-plan.js";
import { plannedCsvEncoder } from "../../src/records/encode-csv.js";
import type { RecordEncoder } from "../../src/records/encoder.js";

/** An encoder for CSV from its options, continuing a file where there is a state. */
export function csvEncoder<R>(
  options: CsvEncoderOptions<R> = {},
  state: JsonObject = {},
): Required<RecordEncoder<R>> {
  return plannedCsvEncoder(csvPlan(options, state));
}
