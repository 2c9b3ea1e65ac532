/**
 * Exports as objects in a store: a resumable upload in parts to S3-compatible stores and to R2, on every runtime.
 *
 * @module
 */
export { type R2BucketLike, type R2UploadLike, r2Target } from "./r2-target.js";
export type { S3FetchClient } from "./s3-fetch-target.js";
export type { S3SdkClient } from "./s3-sdk-target.js";
export { type S3TargetOptions, s3Target } from "./s3-target.js";
export { abortUpload, type UploadResult, uploadExport } from "./upload-export.js";
export type { UploadOptions, UploadProgress } from "./upload-options.js";
export type { UploadFormat, UploadLayout, UploadRest, UploadState } from "./upload-state.js";
export type { ObjectAbout, RestSlot, StoredObject, TargetCall, UploadTarget } from "./upload-target.js";
