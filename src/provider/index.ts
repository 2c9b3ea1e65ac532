export { ExactNumber, isExactNumber } from "../exact/exact-number.js";
export { parseJson } from "../exact/parse-json.js";
export type { ExportErrorCode, ExportErrorContext } from "../model/errors.js";
export { ExportError } from "../model/errors.js";
export type { SchemaIssue } from "../model/issues.js";
export type { ExportJob, JobStatus } from "../model/job.js";
export type { CsvHeaders } from "../records/csv.js";
export { csv } from "../records/csv.js";
export type { GunzipOptions } from "../records/gunzip.js";
export { gunzip } from "../records/gunzip.js";
export type { JsonOptions } from "../records/json.js";
export { json } from "../records/json.js";
export { ndjson } from "../records/ndjson.js";
export type { HeaderRow } from "../records/xlsx/header-row.js";
export type { CellError, SheetCell, SheetRow } from "../records/xlsx/sheet-row.js";
export type { XlsxOptions } from "../records/xlsx/xlsx.js";
export { xlsx } from "../records/xlsx/xlsx.js";
export type { ArchiveOptions, ZipOptions } from "../records/zip/archive-options.js";
export { zip } from "../records/zip/zip.js";
export type { Artifact, ArtifactLocation } from "../spec/artifact.js";
export type { ProviderContext } from "../spec/context.js";
export type {
  Delivery,
  DeliveryEngine,
  FileDelivery,
  FileDeliveryOptions,
  Page,
  PageCursor,
  PagedDelivery,
  PagedDeliveryOptions,
} from "../spec/delivery.js";
export type { HttpRequest, HttpResponse, RequestAttempt, SafetyClass } from "../spec/http.js";
export type {
  AnyProvider,
  AuthorizationHeaders,
  PollPace,
  Provider,
  ProviderCapabilities,
  ProviderFailure,
  ProviderJobState,
  StartedJob,
} from "../spec/provider.js";
export type { RecordSchema } from "../spec/record-schema.js";
export type {
  CsvLayout,
  DecodeOptions,
  PagedRecords,
  RecordBatch,
  RecordDecoder,
  RecordFor,
  RecordIssue,
  RecordKind,
  RecordPosition,
  RecordSource,
  ResumeState,
} from "../spec/records.js";
export { InvalidRecord, isInvalidRecord } from "../spec/records.js";
export type { RequestSchema, SchemaResult } from "../spec/schema.js";
export { fileDelivery } from "./file-delivery.js";
export { pagedDelivery } from "./paged-delivery.js";
