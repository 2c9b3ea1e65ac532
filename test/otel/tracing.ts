import { context, propagation, type TracerProvider } from "@opentelemetry/api";
import { AsyncLocalStorageContextManager } from "@opentelemetry/context-async-hooks";
import { W3CTraceContextPropagator } from "@opentelemetry/core";
import { UndiciInstrumentation } from "@opentelemetry/instrumentation-undici";
import {
  AggregationTemporality,
  InMemoryMetricExporter,
  MeterProvider,
  PeriodicExportingMetricReader,
} from "@opentelemetry/sdk-metrics";
import {
  BasicTracerProvider,
  InMemorySpanExporter,
  type ReadableSpan,
  SimpleSpanProcessor,
} from "@opentelemetry/sdk-trace-base";

/** What one program has set up: a tracer, meters, and the instrumentation of `fetch` that most of them have. */
export function setUpTelemetry() {
  const exporter = new InMemorySpanExporter();
  const tracerProvider = new BasicTracerProvider({ spanProcessors: [new SimpleSpanProcessor(exporter)] });
  const metricExporter = new InMemoryMetricExporter(AggregationTemporality.CUMULATIVE);
  const reader = new PeriodicExportingMetricReader({
    exporter: metricExporter,
    exportIntervalMillis: 3_600_000,
  });
  const meterProvider = new MeterProvider({ readers: [reader] });
  context.setGlobalContextManager(new AsyncLocalStorageContextManager().enable());
  propagation.setGlobalPropagator(new W3CTraceContextPropagator());
  const instrumentation = new UndiciInstrumentation();
  instrumentation.setTracerProvider(tracerProvider as TracerProvider);
  instrumentation.enable();
  return {
    tracerProvider,
    meterProvider,
    spans: (): readonly ReadableSpan[] => exporter.getFinishedSpans(),
    /** Every measurement by its name: values of counters, counts of histograms. */
    async measured(): Promise<Map<string, { value: number; attributes: object }[]>> {
      await reader.forceFlush();
      const found = new Map<string, { value: number; attributes: object }[]>();
      const scopes = metricExporter.getMetrics().at(-1)?.scopeMetrics ?? [];
      for (const { descriptor, dataPoints } of scopes.flatMap(({ metrics }) => metrics)) {
        const points = dataPoints.map(({ value, attributes }) => ({
          value: typeof value === "number" ? value : value.count,
          attributes,
        }));
        found.set(descriptor.name, points as { value: number; attributes: object }[]);
      }
      return found;
    },
    async tearDown(): Promise<void> {
      instrumentation.disable();
      context.disable();
      propagation.disable();
      await meterProvider.shutdown();
    },
  };
}
