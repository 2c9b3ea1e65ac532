/**
 * Why it was not checked whether records come again: only the `bytes` were read, reading `resumed` behind records that are
 * not known any more, there were `many` (above 2.9 million), or some are `unnamed`, with nothing to know them by.
 */
export type UncheckedRepeats = "bytes" | "resumed" | "many" | "unnamed";
