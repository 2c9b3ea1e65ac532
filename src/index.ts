export { type Budget, type BudgetLimits, createBudget } from "./budget.js";
export type {
  CallOptions,
  ExportClient,
  ExportClientOptions,
  JobOf,
  Providers,
  RecordOf,
  RunOptions,
  RuntimeCapabilities,
} from "./client.js";
export { createExportClient } from "./client.js";
export type { AnyProvider, InputOf, ProviderCapabilities, RecordsOf } from "./contract/provider.js";
export type { RecordIssue, RecordPosition } from "./contract/records.js";
export type { OpenDownloadOptions } from "./download/open.js";
export type {
  Checkpoint,
  CsvColumn,
  CsvDialectOptions,
  CsvOptions,
  DownloadProgress,
  EncodeOptions,
  ExportDownload,
  OnInvalid,
  RecordsOptions,
  ResponseOptions,
} from "./download/types.js";
export type { ExportErrorCode, ExportErrorContext, Operation } from "./errors.js";
export { ExportError } from "./errors.js";
export type { ExportEvent } from "./events.js";
export type { IntegerMode } from "./exact/exact-number.js";
export type { ExportJob, JobFailure, JobProgress, JobStatus } from "./job.js";
export type { ExplainedExport } from "./jobs/explain.js";
export type { WaitOptions } from "./jobs/wait.js";
export type { Jsonified, JsonObject, JsonValue } from "./json.js";
export type { LogFields, Logger } from "./logger.js";
export type { ClientSettings, RetryOptions, TimeoutOptions } from "./settings.js";
export type { Clock } from "./transport/clock.js";
