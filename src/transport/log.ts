import type { ExportEvent } from "../events.js";
import type { Logger } from "../logger.js";

/** Writes one event as one log line. */
export function logEvent(logger: Logger, event: ExportEvent): void {
  const { type, time: _time, ...fields } = event;
  if (event.type === "retry") {
    logger.warn(`exportkit: ${event.operation} failed (${event.code}), trying again`, fields);
  } else if (event.type === "resume") {
    logger.warn(`exportkit: download broke off, going on at byte ${event.offset}`, fields);
  } else if (event.type === "done") {
    logger.info("exportkit: download complete", fields);
  } else {
    logger.debug(`exportkit: ${event.type}`, fields);
  }
}
