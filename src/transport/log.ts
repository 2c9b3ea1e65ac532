import type { ExportEvent } from "../model/events.js";
import type { Logger } from "../model/logger.js";

/** Writes one event as one log line. Returns what the logger does, which may be a promise. */
export function logEvent(logger: Logger, event: ExportEvent): unknown {
  const { type, time: _time, ...fields } = event;
  if (event.type === "retry") {
    return logger.warn(`exportkit: ${event.operation} failed (${event.code}), trying again`, fields);
  }
  if (event.type === "resume") {
    return logger.warn(`exportkit: download broke off, going on at byte ${event.offset}`, fields);
  }
  if (event.type === "warning") return logger.warn(`exportkit: ${event.message}`, fields);
  if (event.type === "emptyColumns") {
    const line = `exportkit: no record has anything in ${event.columns.join(", ")}`;
    // Of a provider's own columns some are always empty.
    return event.chosen ? logger.warn(line, fields) : logger.info(line, fields);
  }
  if (event.type === "repeated") {
    const line = `exportkit: ${event.repeated} records came more than once; about as many are missing`;
    return logger.warn(line, fields);
  }
  if (event.type === "done") return logger.info("exportkit: download complete", fields);
  return logger.debug(`exportkit: ${event.type}`, fields);
}
