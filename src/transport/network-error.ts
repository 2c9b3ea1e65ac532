import { hidesAttempts } from "#once";
import type { Connection } from "../connection.js";
import type { ExportError, ExportErrorContext } from "../model/errors.js";
import { NOT_LOADED } from "../model/load-part.js";
import { ForeignFetch, foreignFetch } from "./foreign-fetch.js";
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

const UNSENT_CODES: ReadonlySet<string> = new Set([
  // No listener, or no such name.
  "ECONNREFUSED",
  "ENOTFOUND",
  "EAI_AGAIN",
  "UND_ERR_CONNECT_TIMEOUT",
  // Bun before 1.4.
  "ConnectionRefused",
  "FailedToOpenSocket",
]);
// Node names the system call that failed: these two come before the first byte of a request.
const UNSENT_CALLS: ReadonlySet<unknown> = new Set(["connect", "getaddrinfo"]);
// The server's certificate was refused, which ends the handshake before anything of the request is sent.
const UNTRUSTED =
  /^(CERT_\w+|\w*SELF_SIGNED_CERT\w*|ERR_TLS_CERT_ALTNAME_\w+|UNABLE_TO_\w+|INVALID_(CA|PURPOSE)|HOSTNAME_MISMATCH)$/;

/**
 * Whether the error of a `fetch` is a proof that the request never reached the provider: refused, or its name not
 * resolved. Only what a runtime says in codes is one. Words may quote anybody: a gateway, or the error of a request that
 * was made elsewhere. Nor is a bare code where the runtime repeats requests unseen.
 */
export function neverSent(error: unknown, hidesAttempts: boolean): boolean {
  try {
    return isUnsent(error, hidesAttempts, 0);
  } catch {
    // A property that throws is not proof of anything.
    return false;
  }
}

function isUnsent(error: unknown, hidesAttempts: boolean, depth: number): boolean {
  if (typeof error !== "object" || error === null || depth > 5) return false;
  const { code, syscall, cause, errors } = error as { readonly [key: string]: unknown };
  // Node tries every address of a name and reports all failures together; each must have been refused.
  if (Array.isArray(errors) && errors.length > 0)
    return errors.every((item) => isUnsent(item, hidesAttempts, depth + 1));
  if (UNSENT_CALLS.has(syscall)) return true;
  // Bun's own error is the outermost one, and has no cause.
  const proves = typeof code === "string" && (UNSENT_CODES.has(code) || UNTRUSTED.test(code));
  if (proves && !(hidesAttempts && depth === 0)) return true;
  return isUnsent(cause, hidesAttempts, depth + 1);
}

/** The system's word for a failure, such as `ECONNREFUSED`: that of the innermost cause that has one. */
export function systemCode(error: unknown): string | undefined {
  let found: string | undefined;
  let current = error;
  for (let depth = 0; depth < 6 && typeof current === "object" && current !== null; depth++) {
    const { code, cause, errors } = current as { readonly [key: string]: unknown };
    if (typeof code === "string" && /^[A-Z][A-Za-z0-9_]{2,63}$/.test(code)) found = code;
    current = Array.isArray(errors) ? errors[0] : cause;
  }
  return found;
}
