let open = 0;

/** How many downloads of records are being read in this process. */
export function openReadings(): number {
  return open;
}

/**
 * Counts a reading, until the signal that ends with it aborts. One that is dropped in the middle without a word counts on:
 * nobody learns of that.
 */
export function countReading(signal: AbortSignal): void {
  if (signal.aborted) return;
  open++;
  signal.addEventListener("abort", () => open--, { once: true });
}
