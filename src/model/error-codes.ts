/**
 * What went wrong, as a stable literal. Branch on this, never on a message.
 *
 * | code | meaning |
 * |---|---|
 * | `CONFIG_INVALID` | an option of the client, of a call or of an adapter is wrong |
 * | `REQUEST_INVALID` | the export request is wrong, found here or by the provider |
 * | `UNAUTHORIZED`, `FORBIDDEN` | the provider refused the credentials, or what they may do |
 * | `NOT_FOUND` | the provider does not know the address or the object |
 * | `RATE_LIMITED` | too many requests; `retryAt` says when to come back, where it is known |
 * | `QUOTA_EXCEEDED` | the plan's number of exports is used up until `retryAt` |
 * | `CONCURRENCY_LIMIT` | as many exports as allowed are running already |
 * | `EXPORT_DISABLED` | the provider has exports switched off for this account |
 * | `PROVIDER_UNAVAILABLE` | the provider answered with a server error |
 * | `RESPONSE_INVALID` | the provider answered something that this package cannot read |
 * | `NETWORK` | no answer: connection refused, lost, or name not resolved |
 * | `START_OUTCOME_UNKNOWN` | the start was sent and no answer came: an export may be running |
 * | `EXPORT_FAILED`, `EXPORT_EXPIRED` | the job ended badly, or its record or file is gone |
 * | `JOB_INVALID`, `JOB_NOT_READY` | the job handle or checkpoint is not usable here, or the job has not ended |
 * | `ARTIFACT_MISSING`, `ARTIFACT_CHANGED` | the file is not in the store, or is not the one that the download began with |
 * | `INTEGRITY` | the bytes do not add up: wrong length, wrong range |
 * | `DOWNLOAD_STALLED` | connected, but no byte came for the stall timeout |
 * | `DECODE_FAILED` | the file is broken in a way that cannot be read past |
 * | `RECORD_INVALID` | one record is broken; see `onInvalid` for passing over it |
 * | `LIMIT_EXCEEDED` | one piece (a line, a cell, a page, an answer) is larger than `maxBufferedBytes` |
 * | `TIMEOUT` | a time budget ran out |
 * | `NOT_SUPPORTED` | this provider or runtime cannot do that |
 * | `ALREADY_CONSUMED` | a download is read once, and this one has been |
 */
export type ExportErrorCode =
  | "CONFIG_INVALID"
  | "REQUEST_INVALID"
  | "UNAUTHORIZED"
  | "FORBIDDEN"
  | "NOT_FOUND"
  | "RATE_LIMITED"
  | "QUOTA_EXCEEDED"
  | "CONCURRENCY_LIMIT"
  | "EXPORT_DISABLED"
  | "PROVIDER_UNAVAILABLE"
  | "RESPONSE_INVALID"
  | "NETWORK"
  | "START_OUTCOME_UNKNOWN"
  | "EXPORT_FAILED"
  | "EXPORT_EXPIRED"
  | "JOB_INVALID"
  | "JOB_NOT_READY"
  | "ARTIFACT_MISSING"
  | "ARTIFACT_CHANGED"
  | "INTEGRITY"
  | "DOWNLOAD_STALLED"
  | "DECODE_FAILED"
  | "RECORD_INVALID"
  | "LIMIT_EXCEEDED"
  | "TIMEOUT"
  | "NOT_SUPPORTED"
  | "ALREADY_CONSUMED";
