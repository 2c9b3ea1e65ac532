import type { ExportEvent } from "../model/events.js";
import type { Logger } from "../model/logger.js";

/** Writes one event as one log line. Returns what the logger does, which may be a promise. */
export function logEvent(logger: Logger, event: ExportEvent): unknown {
  const { type, time: _time, ...fields } = event;
  if (event.type === "retry") {
    return logger.warn(fields, `exportkit: ${event.operation} failed (${event.errorCode}), trying again`);
  }
  if (event.type === "resume") {
    return logger.warn(fields, `exportkit: download broke off, resuming at byte ${event.offset}`);
  }
  if (event.type === "warning") return logger.warn(fields, `exportkit: ${event.message}`);
  if (event.type === "emptyColumns") {
    const line = `exportkit: no record has anything in ${event.columns.join(", ")}`;
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
