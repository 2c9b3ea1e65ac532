import type { Attributes } from "@opentelemetry/api";
import type { ExportEvent, RequestEvent } from "../model/events.js";

/** What every span of an export tells. */
export function attributesOf({ connection, provider, jobId, downloadId }: ExportEvent): Attributes {
  return {
    "exportkit.connection": connection,
    "exportkit.provider": provider,
    ...(jobId !== undefined && { "exportkit.job.id": jobId }),
    ...(downloadId !== undefined && { "exportkit.download.id": downloadId }),
  };
}

/** Tells the jobs of a process apart. */
export function jobKey({ connection, jobId }: ExportEvent): string {
  return `${connection} ${jobId}`;
}

/** A request in the words of OpenTelemetry's conventions for HTTP clients (stable since 1.23). */
export function requestAttributes(event: RequestEvent): Attributes {
  const { method, url, status, errorCode, attempt, operation } = event;
  const { hostname, port, protocol } = new URL(url);
  const errorType = status === undefined ? (errorCode ?? "aborted") : status >= 400 ? `${status}` : undefined;
  return {
    ...attributesOf(event),
    "exportkit.operation": operation,
    "http.request.method": method,
    "url.full": url,
    "server.address": hostname,
    "server.port": Number(port || (protocol === "https:" ? 443 : 80)),
    ...(status !== undefined && { "http.response.status_code": status }),
    ...(attempt > 1 && { "http.request.resend_count": attempt - 1 }),
    ...(errorType !== undefined && { "error.type": errorType }),
  };
}
