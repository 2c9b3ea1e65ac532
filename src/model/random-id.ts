import { toHex } from "./hex.js";

/** A name that no other call in the world has. */
export function randomId(): string {
  // Not randomUUID, which browsers have on secure pages only.
  return toHex(crypto.getRandomValues(new Uint8Array(8)));
}
