// What a provider is written against: the contract, and the parts of the ground that it speaks of.
export type { ExportErrorCode, ExportErrorContext, Operation } from "../model/errors.js";
export { ExportError } from "../model/errors.js";
export type { SchemaIssue } from "../model/issues.js";
export type { ExportJob, JobFailure, JobProgress, JobStatus } from "../model/job.js";
export { isTerminal } from "../model/job.js";
export type { Jsonified, JsonObject, JsonValue } from "../model/json.js";
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
export type { RecordSchema, RequestSchema, SchemaResult } from "../spec/schema.js";
