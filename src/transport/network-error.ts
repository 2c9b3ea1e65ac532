import { hidesAttempts } from "#once";
import type { Connection } from "../connection.js";
import type { ExportError, ExportErrorContext } from "../model/errors.js";
import { NOT_LOADED } from "../model/load-part.js";
import { ForeignFetch, foreignFetch } from "./foreign-fetch.js";
import { neverSent, systemCode, UNTRUSTED } from "./never-sent.js";
import type { SendTrace } from "./once/contract.js";

/** The error for a request that got no answer. */
export function networkError(
  connection: Connection,
  { operation, job, url }: Pick<ExportErrorContext, "operation" | "job"> & { readonly url: URL },
  { left, loading }: SendTrace,
  cause: unknown,
): ExportError {
  if (cause instanceof ForeignFetch)
    return foreignFetch(connection, cause, { operation, job, status: cause.status });
  const request = `the ${operation} request to ${url.host}`;
  const code = systemCode(cause);
  // Where attempts may be hidden, a fetch of the caller's own proves nothing at all.
  const told = !(hidesAttempts && connection.settings.ownFetch) && neverSent(cause, hidesAttempts);
  const unsent = left === undefined ? told : !left;
  const context = { operation, job, cause, details: { neverSent: unsent, host: url.host } };
  if (loading) return connection.error("CONFIG_INVALID", `${request} was not sent: ${NOT_LOADED}`, context);
  if (code !== undefined && UNTRUSTED.test(code) && !left) {
    return connection.error(
      "CONFIG_INVALID",
      `${request} was not sent: the server's certificate is not trusted (${code}). If a proxy of your network or an ` +
        "authority of your own has signed it, name that authority's file in NODE_EXTRA_CA_CERTS (Deno: DENO_CERT); " +
        "otherwise check the address, and this machine's clock",
      context,
    );
  }
  return connection.error(
    "NETWORK",
    `${request} failed${code ? ` (${code})` : ""}: no connection, or it was lost before an answer came`,
    { ...context, retryable: true },
  );
}
