/** Bytes that do not compress, the same ones every time. */
export function noise(length: number): Uint8Array {
  let state = 1;
  return new Uint8Array(length).map(() => {
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    return state;
  });
}
