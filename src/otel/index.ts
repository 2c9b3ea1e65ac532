/**
 * OpenTelemetry for exports: spans of jobs, downloads and requests, and metrics, by `@opentelemetry/api` alone.
 *
 * @module
 */
export type { Telemetry } from "../model/telemetry.js";
export { type OpenTelemetryOptions, openTelemetry } from "./open-telemetry.js";
