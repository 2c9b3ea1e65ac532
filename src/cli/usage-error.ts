/** The command line itself is wrong: nothing was done. */
export class UsageError extends Error {
  override readonly name = "UsageError";

  /** @param hint - what to do, where `--help` would not be the answer */
  constructor(
    message: string,
    readonly hint?: string,
  ) {
    super(message);
  }
}
