const UNSENT_CODES: ReadonlySet<string> = new Set([
  // Node, Bun: no listener, or no such name.
  "ECONNREFUSED",
  "ENOTFOUND",
  "EAI_AGAIN",
  "UND_ERR_CONNECT_TIMEOUT",
  // Bun before 1.4.
  "ConnectionRefused",
  "FailedToOpenSocket",
  // The server's certificate was refused, which ends the handshake before anything of the request is sent.
  "CERT_HAS_EXPIRED",
  "CERT_NOT_YET_VALID",
  "DEPTH_ZERO_SELF_SIGNED_CERT",
  "ERR_TLS_CERT_ALTNAME_INVALID",
  "SELF_SIGNED_CERT_IN_CHAIN",
  "UNABLE_TO_GET_ISSUER_CERT",
  "UNABLE_TO_GET_ISSUER_CERT_LOCALLY",
  "UNABLE_TO_VERIFY_LEAF_SIGNATURE",
]);
// Node names the system call that failed: these two come before the first byte of a request.
const UNSENT_CALLS: ReadonlySet<unknown> = new Set(["connect", "getaddrinfo"]);
// Deno gives no codes, only words; "(Connect)" is its client's word for everything up to the handshake's end.
const UNSENT_WORDS = /client error \(Connect\)|connection refused|dns error|could not resolve|getaddrinfo/i;

/**
 * Whether a failed request certainly never reached the provider: refused, or its name not resolved. workerd says
 * "Network connection lost." to everything, so there it is never certain.
 */
export function neverSent(error: unknown): boolean {
  try {
    return isUnsent(error, 0);
  } catch {
    // A property that throws is no proof of anything.
    return false;
  }
}

function isUnsent(error: unknown, depth: number): boolean {
  if (typeof error !== "object" || error === null || depth > 5) return false;
  const { code, syscall, message, cause, errors } = error as { readonly [key: string]: unknown };
  // Node tries every address of a name and reports all failures together; each must have been refused.
  if (Array.isArray(errors) && errors.length > 0) return errors.every((item) => isUnsent(item, depth + 1));
  if (UNSENT_CALLS.has(syscall)) return true;
  if (typeof code === "string" && UNSENT_CODES.has(code)) return true;
  if (typeof message === "string" && UNSENT_WORDS.test(message)) return true;
  return isUnsent(cause, depth + 1);
}
