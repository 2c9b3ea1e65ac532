import {
  type Attributes,
  context,
  type Link,
  type Span,
  type SpanContext,
  SpanKind,
  SpanStatusCode,
  type Tracer,
  trace,
} from "@opentelemetry/api";
import type { EndEvent, ExportEvent, RequestEvent, StartEvent } from "../model/events.js";
import { isTerminal, type JobStatus } from "../model/job.js";
import { attributesOf, jobKey, requestAttributes } from "./attributes.js";

export interface Spans {
  take(event: ExportEvent): void;
}

// A job may never be asked for again: its span ends then as it stands, and memory stays bounded.
const MOST_OPEN = 1_000;
// Downloads come after their job's span has ended.
const MOST_ENDED = 1_000;

/** Makes spans of events. */
export function createSpans(tracer: Tracer, common: Attributes): Spans {
  /** Open spans: a start by its `startId`, a job by connection and id, a download by its `downloadId`. */
  const open = new Map<string, Span>();
  const ended = new Map<string, SpanContext>();
  const begin = (key: string, name: string, event: ExportEvent, startTime: number): Span => {
    const parent = context.active();
    const job = open.get(jobKey(event))?.spanContext() ?? ended.get(jobKey(event));
    // The span in which the program reads says more than the one in which the job was started, and names it by a link.
    const inherited = !trace.getSpan(parent) && job ? trace.setSpanContext(parent, job) : parent;
    const links: Link[] = job && inherited === parent ? [{ context: job }] : [];
    const attributes = { ...common, ...attributesOf(event) };
    const span = tracer.startSpan(name, { startTime, attributes, links }, inherited);
    open.set(key, span);
    const [oldest] = open.keys();
    if (open.size > MOST_OPEN && oldest !== undefined) finish(oldest, event.time);
    return span;
  };
  const finish = (key: string, time: number, errorType?: string) => {
    const span = open.get(key);
    open.delete(key);
    if (errorType !== undefined) {
      span?.setAttribute("error.type", errorType);
      span?.setStatus({ code: SpanStatusCode.ERROR, message: errorType });
    }
    span?.end(time);
  };
  const finishJob = (event: ExportEvent, status: JobStatus) => {
    const key = jobKey(event);
    const job = open.get(key);
    job?.setAttribute("exportkit.job.status", status);
    if (!isTerminal({ status })) return;
    if (job) ended.set(key, job.spanContext());
    const [oldest] = ended.keys();
    if (ended.size > MOST_ENDED && oldest !== undefined) ended.delete(oldest);
    finish(key, event.time, status === "succeeded" ? undefined : status);
  };

  const starting = (event: ExportEvent & { readonly startId: string }, beganAt: number): Span =>
    open.get(event.startId) ?? begin(event.startId, "export", event, beganAt);

  const request = (event: RequestEvent) => {
    const startTime = event.time - event.durationMs;
    const owner = hasStart(event) ? starting(event, startTime) : ownerOf(open, event);
    const parent = owner ? trace.setSpan(context.active(), owner) : context.active();
    const attributes = { ...common, ...requestAttributes(event) };
    const span = tracer.startSpan(event.method, { kind: SpanKind.CLIENT, startTime, attributes }, parent);
    const errorType = attributes["error.type"];
    if (errorType !== undefined) span.setStatus({ code: SpanStatusCode.ERROR });
    span.end(event.time);
  };

  const started = (event: StartEvent) => {
    const span = starting(event, event.time - event.durationMs);
    if (event.jobId === undefined) return finish(event.startId, event.time, event.errorCode ?? "aborted");
    span.setAttributes(attributesOf(event));
    open.delete(event.startId);
    open.set(jobKey(event), span);
    finishJob(event, event.status ?? "running");
  };

  const over = (event: EndEvent) => {
    const { outcome, records, bytes, errorCode } = event;
    open.get(event.downloadId)?.setAttributes({
      "exportkit.outcome": outcome,
      "exportkit.records": records,
      "exportkit.bytes": bytes,
    });
    finish(event.downloadId, event.time, outcome === "failed" ? (errorCode ?? "_OTHER") : undefined);
  };

  return {
    take(event) {
      switch (event.type) {
        case "request":
          return request(event);
        case "start":
          return started(event);
        case "open":
          begin(event.downloadId, "download", event, event.time);
          return;
        case "end":
          return over(event);
        case "poll":
          return finishJob(event, event.status);
        case "page":
          return;
        default: {
          const { type, time, ...fields } = event;
          ownerOf(open, event)?.addEvent(`exportkit.${type}`, plain(fields), time);
        }
      }
    },
  };
}

function hasStart<E extends ExportEvent>(event: E): event is E & { readonly startId: string } {
  return event.startId !== undefined;
}

/** The open span that an event belongs to. */
function ownerOf(open: ReadonlyMap<string, Span>, event: ExportEvent): Span | undefined {
  return open.get(event.downloadId ?? event.startId ?? jobKey(event)) ?? open.get(jobKey(event));
}

/** An event's fields as OpenTelemetry takes them: lists joined. */
function plain(fields: object): Attributes {
  const entries = Object.entries(fields).map(([name, value]) => [
    name,
    Array.isArray(value) ? value.join(", ") : value,
  ]);
  return Object.fromEntries(entries);
}
