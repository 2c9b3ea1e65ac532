export { createExportClient } from "./client.js";
export type { ClientSettings, RetryOptions, TimeoutOptions } from "./client-options.js";
export type { JobOf, Providers, RecordOf } from "./connection-types.js";
export type { CsvColumn, CsvDialectOptions, CsvOptions } from "./download/csv-options.js";
export type { OpenDownloadOptions } from "./download/open.js";
export type {
  BatchesOptions,
  EncodeOptions,
  OnInvalid,
  RecordsOptions,
  ResponseOptions,
} from "./download/read-options.js";
export type {
  Batch,
  Checkpoint,
  DownloadProgress,
  ExportDownload,
  UncheckedRepeats,
} from "./download/types.js";
export type { IntegerMode } from "./exact/exact-number.js";
export type {
  CallOptions,
  ExportClient,
  ExportClientOptions,
  RunOptions,
  RuntimeCapabilities,
} from "./export-client.js";
export type { ExplainedExport } from "./jobs/explain.js";
export type { WaitOptions } from "./jobs/wait.js";
export { type Budget, type BudgetLimits, createBudget } from "./model/budget.js";
export type { Clock } from "./model/clock.js";
export type { Disposing } from "./model/disposing.js";
export type { ExportErrorCode, ExportErrorContext, Operation } from "./model/errors.js";
export { ExportError } from "./model/errors.js";
export type {
  EmptyColumnsEvent,
  EndEvent,
  ExportEvent,
  OpenEvent,
  PageEvent,
  PollEvent,
  RefreshEvent,
  RepeatedEvent,
  RequestEvent,
  ResumeEvent,
  RetryEvent,
  StartEvent,
  WarningEvent,
} from "./model/events.js";
export type { ExportJob, JobFailure, JobProgress, JobStatus } from "./model/job.js";
export type { Jsonified, JsonObject, JsonValue } from "./model/json.js";
export type { LogFields, Logger } from "./model/logger.js";
export type { Telemetry } from "./model/telemetry.js";
export type { AnyProvider, InputOf, ProviderCapabilities, RecordsOf } from "./spec/provider.js";
export type { RecordIssue, RecordPosition } from "./spec/records.js";
export type { RecordSchema } from "./spec/schema.js";
