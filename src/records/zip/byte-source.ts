/** Bytes that can be read at any place, more than once. */
export interface ByteSource {
  readonly size: number;
  /**
   * The same place, asked for at the store and not from memory. Absent where nothing can have changed there: the bytes
   * are in memory, or the store proves them to be of one file.
   */
  readonly fresh?: ByteSource | undefined;
  /** Whether these bytes are at hand, so that reading them asks nobody. */
  holds(start: number, end: number): boolean;
  /** The bytes from `start` up to and without `end`, all of them. */
  read(start: number, end: number): Promise<Uint8Array>;
  /**
   * The same bytes in pieces.
   *
   * @param once - the caller will not ask for these bytes again, so a source in memory may let go of them
   */
  stream(start: number, end: number, once?: boolean): AsyncIterable<Uint8Array>;
}
