export type { Artifact, ArtifactLocation } from "./contract/artifact.js";
export type {
  AnyProvider,
  AuthorizationHeaders,
  Page,
  PageCursor,
  PollPace,
  Provider,
  ProviderCapabilities,
  ProviderContext,
  ProviderFailure,
  ProviderJobState,
  StartedJob,
} from "./contract/provider.js";
export type {
  CsvLayout,
  DecodeOptions,
  DecoderState,
  PagedRecords,
  RecordBatch,
  RecordDecoder,
  RecordFor,
  RecordIssue,
  RecordKind,
  RecordPosition,
  RecordSource,
} from "./contract/records.js";
export { InvalidRecord } from "./contract/records.js";
export type { ProviderRequest, ProviderResponse, RequestAttempt, SafetyClass } from "./contract/request.js";
export type { RequestSchema, SchemaIssue, SchemaResult } from "./contract/schema.js";
export type { ExportErrorCode, ExportErrorContext } from "./errors.js";
export { ExportError } from "./errors.js";
export { ExactNumber, isExactNumber } from "./exact/exact-number.js";
export { parseJson } from "./exact/parse-json.js";
export type { ExportJob, JobStatus } from "./job.js";
export type { CsvHeaders } from "./records/csv.js";
export { csv } from "./records/csv.js";
export { ndjson } from "./records/ndjson.js";
