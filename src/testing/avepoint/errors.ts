import { type EmulatorReply, textReply } from "../reply.js";

/** One finding about a request. */
export interface FieldError {
  readonly code: string;
  readonly field: string;
  readonly message: string;
}

export function jsonReply(
  status: number,
  body: unknown,
  headers: { readonly [name: string]: string } = {},
): EmulatorReply {
  return textReply(status, "application/json; charset=utf-8", JSON.stringify(body), headers);
}

/** A refusal before it takes one of the API's two forms. */
export interface Refusal {
  readonly status: number;
  readonly message: string;
  readonly errors?: readonly FieldError[];
  readonly headers?: { readonly [name: string]: string };
}

/** The form in which the API refuses: by HTTP status, or by a status inside of a 200. */
export type RefusalStyle = "http" | "body";

/** `{ statusCode, message, requestId, timestamp, traceId, errors? }`, or the report service's `{ status, message }`. */
export function refusalReply(
  refusal: Refusal,
  style: RefusalStyle,
  number: number,
  now: number,
): EmulatorReply {
  const { status, message, errors, headers } = refusal;
  if (style === "body") return jsonReply(200, { status, message });
  const id = String(number).padStart(12, "0");
  const body = {
    statusCode: status,
    message,
    requestId: `00000000-0000-4000-8000-${id}`,
    timestamp: new Date(now).toISOString(),
    traceId: `trace-${id}`,
    ...(errors && { errors }),
  };
  return jsonReply(status, body, headers);
}
