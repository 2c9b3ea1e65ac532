import {
  type Attributes,
  context,
  createContextKey,
  type MeterProvider,
  metrics,
  type TracerProvider,
  trace,
} from "@opentelemetry/api";
import { isObject } from "../model/json.js";
import type { Telemetry } from "../model/telemetry.js";
import { checkFunctions, wrongOption } from "../model/wrong-option.js";
import { createMeasures } from "./measures.js";
import { createSpans } from "./spans.js";

/** Options of {@link openTelemetry}. */
export interface OpenTelemetryOptions {
  /** Default: the global one. */
  readonly tracerProvider?: TracerProvider;
  /** Default: the global one. */
  readonly meterProvider?: MeterProvider;
  /** Put on every span and measurement, such as the name of a tenant. */
  readonly attributes?: Attributes;
}

/**
 * Traces and measures a client's exports with whatever OpenTelemetry SDK the program has set up.
 *
 * Spans: `export` from a start to the job's end, `download` from its opening to its end, and one of kind client for every
 * HTTP attempt (`http.request.resend_count` counts), with no query of any address and of signed ones the origin only. A
 * client's span becomes a child of whatever span is active, else of its job's. Instrumentation of `fetch`, undici or
 * `node:http` is told to leave these requests alone: it would record whole signed URLs, record everything twice, and send
 * `traceparent` to vendors and object stores.
 *
 * Metrics: `exportkit.job.duration`, `exportkit.download.duration` and `exportkit.request.duration` (s),
 * `exportkit.records`, `exportkit.bytes`, `exportkit.retries`, and `exportkit.jobs.open`.
 *
 * @example
 * ```ts
 * import { createExportClient } from "exportkit";
 * import { openTelemetry } from "exportkit/otel";
 *
 * const client = createExportClient({ providers, telemetry: openTelemetry() });
 * ```
 *
 * @throws `CONFIG_INVALID` for an option that it does not know
 */
export function openTelemetry(options: OpenTelemetryOptions = {}): Telemetry {
  if (!isObject(options as unknown)) throw wrongOption("openTelemetry", "options", "must be an object");
  const { tracerProvider = trace, meterProvider = metrics, attributes = {}, ...others } = options;
  // Misspelt, it would leave the program's global provider in use.
  for (const field of Object.keys(others))
    throw wrongOption("openTelemetry", field, "is not a known field; check its spelling or remove it");
  checkFunctions("openTelemetry", "tracerProvider", tracerProvider, ["getTracer"], "a TracerProvider");
  checkFunctions("openTelemetry", "meterProvider", meterProvider, ["getMeter"], "a MeterProvider");
  const spans = createSpans(tracerProvider.getTracer("exportkit"), attributes);
  const measures = createMeasures(meterProvider.getMeter("exportkit"), attributes);
  // The key by which every SDK of OpenTelemetry for JavaScript knows what not to trace; its own setter is no part of the API.
  const suppressed = createContextKey("OpenTelemetry SDK Context Key SUPPRESS_TRACING");
  return {
    onEvent(event) {
      spans.take(event);
      measures.take(event);
    },
    around: (run) => context.with(context.active().setValue(suppressed, true), run),
  };
}
