import type { Budget } from "./model/budget.js";
import { withDocsLink } from "./model/docs-link.js";
import {
  ExportError,
  type ExportErrorCode,
  type ExportErrorContext,
  type Operation,
} from "./model/errors.js";
import type { EventDetail, ExportEvent } from "./model/events.js";
import type { ExportJob } from "./model/job.js";
import type { Logger } from "./model/logger.js";
import { createRedactor, type Redactor } from "./model/redact.js";
import type { Settings } from "./settings.js";
import type { AnyProvider } from "./spec/provider.js";

/**
 * One of the client's connections: a provider under the caller's name, with what is learned about it while it is used.
 * Holds values only; a promise shared between requests would be refused by Workers.
 */
export interface Connection {
  readonly name: string;
  readonly provider: AnyProvider;
  readonly settings: Settings;
  readonly redactor: Redactor;
  /** What the call at hand may spend; see `withBudget`. */
  readonly budget?: Budget | undefined;
  /** The provider's time, in ms since the epoch. */
  now(): number;
  /** Takes over the provider's time, in ms since the epoch. */
  setNow(now: number): void;
  /** An error that names this connection and shows no secret. */
  error(code: ExportErrorCode, message: string, context?: ExportErrorContext): ExportError;
  /**
   * The same error with this connection, the job and the operation named: decoders, adapters and parts that cannot be
   * loaded know none of them. Everything but an `ExportError` of theirs is returned as it is, and so is the signal's reason,
   * whatever it is. One that may not be written on is copied.
   */
  adopt(error: unknown, job?: ExportJob, operation?: Operation, signal?: AbortSignal): unknown;
  /** Tells `onEvent` and the logger; never throws. */
  observe(event: EventDetail): void;
}

export function createConnection(name: string, provider: AnyProvider, settings: Settings): Connection {
  const redactor = createRedactor(provider.secrets?.());
  let clockSkewMs = 0;
  // No member may use `this`: a call with a budget of its own works on a copy.
  const connection: Connection = {
    name,
    provider,
    settings,
    redactor,
    budget: undefined,
    now: () => settings.clock.now() + clockSkewMs,
    setNow(now) {
      clockSkewMs = now - settings.clock.now();
    },
    error(code, message, context = {}) {
      return new ExportError(code, withDocsLink(code, redactor.text(message)), {
        ...context,
        provider: provider.name,
        connection: name,
        requestId: context.requestId && redactor.text(context.requestId),
        details: redactor.json(context.details),
        cause: ExportError.isInstance(context.cause)
          ? connection.adopt(context.cause)
          : redactor.cause(context.cause),
      });
    },
    adopt(error, job, operation, signal) {
      if (!ExportError.isInstance(error) || error === signal?.reason) return error;
      if (error.connection !== undefined && error.connection !== name) return error;
      if (error.connection !== undefined && Object.isExtensible(error)) {
        if (error.job === undefined && job) Object.assign(error, { job });
        if (error.operation === undefined && operation) Object.assign(error, { operation });
        return error;
      }
      const { code, message, retryable, retryAt, status, requestId, details, cause } = error;
      const context = { retryable, retryAt, status, requestId, details, cause };
      const named = { operation: error.operation ?? operation, job: error.job ?? job };
      return connection.error(code, message, { ...context, ...named });
    },
    observe(detail) {
      const event = {
        ...detail,
        time: settings.clock.now(),
        connection: name,
        provider: provider.name,
      } as ExportEvent;
      if (settings.onEvent) quietly(() => settings.onEvent?.(event));
      if (settings.telemetry) quietly(() => settings.telemetry?.onEvent(event));
      const logger = settings.logger;
      if (logger) quietly(() => logEvent(logger, event));
    },
  };
  return connection;
}

/** What reading an export is called in errors. */
export function readingOf({ provider }: Connection): Operation {
  return provider.delivery.kind === "pages" ? "page" : "artifact";
}

/** The same connection; whatever it tells names the start or the download. */
export function observedAs(
  connection: Connection,
  id: { readonly startId: string } | { readonly downloadId: string },
): Connection {
  return { ...connection, observe: (event) => connection.observe({ ...event, ...id } as EventDetail) };
}

/** An observer that throws, now or later, is the observer's problem; the export continues. */
function quietly(tell: () => unknown): void {
  try {
    Promise.resolve(tell()).catch(() => {});
  } catch {}
}

/** Writes one event as one log line. Returns what the logger does, which may be a promise. */
function logEvent(logger: Logger, event: ExportEvent): unknown {
  const { type, time: _time, ...fields } = event;
  if (event.type === "retry") {
    return logger.warn(fields, `exportkit: ${event.operation} failed (${event.errorCode}), trying again`);
  }
  if (event.type === "resume") {
    return logger.warn(fields, `exportkit: download broke off, resuming at byte ${event.offset}`);
  }
  if (event.type === "warning") return logger.warn(fields, `exportkit: ${event.message}`);
  if (event.type === "emptyColumns") {
    const line = `exportkit: no record has a value in ${event.columns.join(", ")}`;
    // Of a provider's own columns some are always empty.
    return event.chosen ? logger.warn(fields, line) : logger.info(fields, line);
  }
  if (event.type === "repeated") {
    const line = `exportkit: ${event.repeated} records came more than once; about as many are missing`;
    return logger.warn(fields, line);
  }
  if (event.type === "start") {
    if (event.jobId !== undefined) return logger.info(fields, `exportkit: started job ${event.jobId}`);
    return logger.warn(fields, `exportkit: no job was started (${event.errorCode ?? "aborted"})`);
  }
  if (event.type === "end") {
    const line = `exportkit: download ${event.outcome}${event.errorCode ? ` (${event.errorCode})` : ""}`;
    return event.outcome === "failed" ? logger.error(fields, line) : logger.info(fields, line);
  }
  return logger.debug(fields, `exportkit: ${event.type}`);
}
