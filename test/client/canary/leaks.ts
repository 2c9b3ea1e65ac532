import { inspect } from "node:util";
import type { LogFields, Logger } from "exportkit";
import type { SentRequest } from "../harness.js";

/** Everything that can be seen of a value: what is listed, hidden, nested, caused and serialised. */
export function visible(value: unknown): string {
  const showHidden = value instanceof Error;
  const parts = [inspect(value, { depth: 20, showHidden, maxStringLength: null, maxArrayLength: null })];
  try {
    parts.push(JSON.stringify(value) ?? "");
  } catch {}
  for (let error = value, depth = 0; error instanceof Error && depth < 10; error = error.cause, depth++) {
    parts.push(
      String(error),
      error.message,
      error.stack ?? "",
      inspect(Object.getOwnPropertyDescriptors(error)),
    );
  }
  return parts.join("\n");
}

/** A logger that keeps all that it is told. */
export function recordingLogger(): { readonly logger: Logger; readonly lines: unknown[] } {
  const lines: unknown[] = [];
  const write = (fields: LogFields, message: string) => {
    lines.push([message, fields]);
  };
  return { lines, logger: { debug: write, info: write, warn: write, error: write } };
}

/** The secrets that went over the wire: bearer tokens, and what signs the store's addresses. */
export function secretsOf(sent: readonly SentRequest[]): string[] {
  const secrets = new Set<string>();
  for (const { url, headers } of sent) {
    const bearer = headers.get("authorization")?.replace("Bearer ", "");
    if (bearer) secrets.add(bearer).add(bearer.split(".").at(-1) ?? bearer);
    for (const [name, value] of url.searchParams) if (/signature/i.test(name)) secrets.add(value);
  }
  return [...secrets];
}

/** Parts of a private key, each long enough to be a leak by itself. */
export function partsOfKey(pem: string): string[] {
  const lines = pem.split("\n").filter((line) => line.length > 40 && !line.startsWith("-"));
  return lines.map((line) => line.slice(8, 48));
}
