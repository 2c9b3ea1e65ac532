import { keySecrets } from "../pem.js";
import type { AvepointOptions } from "./options.js";

/** The credentials in every form in which they are sent, so that an echo of a request shows none of them. */
export function secretsOf({ clientSecret, certificate, token }: AvepointOptions): readonly string[] {
  const key = certificate?.privateKey;
  const given = [clientSecret, token].filter((secret) => typeof secret === "string");
  return [...given, ...(typeof key === "string" ? keySecrets(key) : [])].flatMap((secret) => {
    const form = new URLSearchParams({ secret }).toString().slice("secret=".length);
    return [...new Set([secret, form, encodeURIComponent(secret)])];
  });
}
