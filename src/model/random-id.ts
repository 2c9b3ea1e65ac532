/** A name that no other call in the world has. */
export function randomId(): string {
  // Not randomUUID, which browsers have on secure pages only.
  const bytes = crypto.getRandomValues(new Uint8Array(8));
  return Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join("");
}
