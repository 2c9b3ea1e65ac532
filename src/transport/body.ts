import { untilAborted } from "./abort.js";

/** Reads a body whole, but no more than `limit` bytes: `undefined` when there are more. */
export async function readBounded(
  response: Response,
  limit: number,
  signal: AbortSignal,
): Promise<Uint8Array | undefined> {
  const body = response.body;
  if (!body) return new Uint8Array();
  const reader = body.getReader();
  const parts: Uint8Array[] = [];
  let length = 0;
  try {
    for (;;) {
      const { done, value } = await untilAborted(reader.read(), signal);
      if (done) return join(parts, length);
      length += value.byteLength;
      if (length > limit) return undefined;
      parts.push(value);
    }
  } finally {
    // After the end this does nothing; before it, it closes the connection.
    reader.cancel().catch(() => {});
  }
}

export function join(parts: readonly Uint8Array[], length: number): Uint8Array {
  const only = parts[0];
  if (parts.length === 1 && only) return only;
  const whole = new Uint8Array(length);
  let offset = 0;
  for (const part of parts) {
    whole.set(part, offset);
    offset += part.byteLength;
  }
  return whole;
}

/** Lets go of a body nobody will read. */
export function discard(response: Response): void {
  response.body?.cancel().catch(() => {});
}
