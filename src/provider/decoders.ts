// How the bytes of a file become records: text formats, and what unpacks them.
export type { CsvHeaders, CsvOptions, CsvPrepare, CsvRecord } from "../records/csv.js";
export { csv } from "../records/csv.js";
export type { GunzipOptions } from "../records/gunzip.js";
export { gunzip } from "../records/gunzip.js";
export type { JsonOptions } from "../records/json.js";
export { json } from "../records/json.js";
export type { NdjsonOptions } from "../records/ndjson.js";
export { ndjson } from "../records/ndjson.js";
