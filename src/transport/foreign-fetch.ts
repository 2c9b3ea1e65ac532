import type { ExportError, ExportErrorContext } from "../model/errors.js";
import type { Connection } from "./connection.js";

/** A `fetch` of the caller's gave what only looks like an answer of the fetch standard. */
export class ForeignFetch extends TypeError {
  /** The status of the answer, where it has one. */
  readonly status: number | undefined;

  constructor(problem: string, status?: unknown) {
    super(problem);
    this.status = typeof status === "number" ? status : undefined;
  }
}

/** The answer, where it is one. By shape: it may come from another realm or library. */
export function checkedResponse(value: unknown): Response {
  const { status, headers, body, bodyUsed } = Object(value) as Partial<Response>;
  const problem =
    typeof status !== "number" || typeof headers?.get !== "function"
      ? "it returned no Response"
      : body !== null && typeof body?.getReader !== "function"
        ? "its Response has no body that is a web stream"
        : bodyUsed || body?.locked
          ? "the body of its Response was read already (whoever looks into it has to take a clone)"
          : undefined;
  if (problem === undefined) return value as Response;
  throw new ForeignFetch(problem, status);
}

/** What a body's stream gave, as bytes. They may be of another realm, or lie in another kind of view. */
export function chunkBytes(value: unknown): Uint8Array {
  if (value instanceof Uint8Array) return value;
  if (ArrayBuffer.isView(value)) return new Uint8Array(value.buffer, value.byteOffset, value.byteLength);
  const kind = Object.prototype.toString.call(value);
  if (kind === "[object ArrayBuffer]" || kind === "[object SharedArrayBuffer]")
    return new Uint8Array(value as ArrayBuffer);
  // Text is no way to carry bytes: what was no UTF-8 in them is lost by then.
  throw new ForeignFetch(
    `its Response has a body of ${typeof value === "string" ? "text" : kind}, not bytes`,
  );
}

/**
 * The error for it: nothing that waiting would mend.
 *
 * @param context - with the status, where there was one: the request did arrive then
 */
export function foreignFetch(
  connection: Connection,
  problem: ForeignFetch,
  context: ExportErrorContext,
): ExportError {
  return connection.error(
    "CONFIG_INVALID",
    `the fetch function that the client was given is not one of the fetch standard: ${problem.message}. Leave it out, ` +
      "or pass the runtime's own fetch or undici's; node-fetch and cross-fetch in Node are of another kind",
    { ...context, details: { field: "fetch" } },
  );
}
