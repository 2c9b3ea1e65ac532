import type { Attributes, Meter } from "@opentelemetry/api";
import type { ExportEvent } from "../model/events.js";
import { isTerminal } from "../model/job.js";
import { jobKey, requestAttributes } from "./attributes.js";

export interface Measures {
  take(event: ExportEvent): void;
}

// Of a job that is never asked for again nobody learns the end.
const MOST_OPEN = 10_000;
// Of a job's or a file's own are there as many values as jobs, which no backend of metrics likes.
const OF_REQUESTS = ["http.request.method", "http.response.status_code", "server.address", "error.type"];

/** Makes measurements of events: durations in seconds, and counts. */
export function createMeasures(meter: Meter, common: Attributes): Measures {
  const seconds = { unit: "s" };
  const ofJobs = meter.createHistogram("exportkit.job.duration", {
    ...seconds,
    description: "From a start to the end of its job, as far as one process saw both.",
  });
  const ofDownloads = meter.createHistogram("exportkit.download.duration", {
    ...seconds,
    description: "From the opening of a download to its end.",
  });
  const ofRequests = meter.createHistogram("exportkit.request.duration", {
    ...seconds,
    description: "From sending a request to the headers of its answer.",
  });
  const records = meter.createCounter("exportkit.records", { unit: "{record}" });
  const bytes = meter.createCounter("exportkit.bytes", { unit: "By" });
  const retries = meter.createCounter("exportkit.retries", { unit: "{retry}" });
  const openJobs = meter.createUpDownCounter("exportkit.jobs.open", { unit: "{job}" });
  /** When the jobs that were started here and are not over were started, in ms. */
  const running = new Map<string, number>();

  const over = (key: string, time: number, attributes: Attributes, status: string) => {
    const startedAt = running.get(key);
    if (startedAt === undefined) return;
    running.delete(key);
    openJobs.add(-1, attributes);
    ofJobs.record((time - startedAt) / 1000, { ...attributes, "exportkit.job.status": status });
  };

  return {
    take(event) {
      const { connection, provider, time } = event;
      const attributes = { ...common, "exportkit.connection": connection, "exportkit.provider": provider };
      const key = jobKey(event);
      if (event.type === "request") {
        const all = requestAttributes(event);
        const few = OF_REQUESTS.flatMap((name) => (all[name] === undefined ? [] : [[name, all[name]]]));
        const { operation, durationMs } = event;
        const told = { ...attributes, "exportkit.operation": operation, ...Object.fromEntries(few) };
        ofRequests.record(durationMs / 1000, told);
      } else if (event.type === "retry") {
        const { operation, errorCode } = event;
        retries.add(1, { ...attributes, "exportkit.operation": operation, "error.type": errorCode });
      } else if (event.type === "start" && event.status !== undefined) {
        if (running.size >= MOST_OPEN) return;
        openJobs.add(1, attributes);
        running.set(key, time - event.durationMs);
        if (isTerminal({ status: event.status })) over(key, time, attributes, event.status);
      } else if (event.type === "poll" && isTerminal(event)) {
        over(key, time, attributes, event.status);
      } else if (event.type === "end") {
        const ended = { ...attributes, "exportkit.outcome": event.outcome };
        records.add(event.records, ended);
        bytes.add(event.bytes, ended);
        ofDownloads.record(event.durationMs / 1000, ended);
      }
    },
  };
}
