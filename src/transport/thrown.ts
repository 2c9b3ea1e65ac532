/** What is worth knowing of something that was thrown. */
export interface Thrown {
  readonly name: string;
  readonly message: string;
  readonly code: string | undefined;
  /** The lines of the stack that name places, without the message before them. */
  readonly frames: readonly string[];
  readonly cause: unknown;
}

/**
 * Reads anything that can be thrown. By its shape and not by `instanceof`: runtimes and test runners throw errors of
 * another realm, and a custom `fetch` may throw a string, nothing, or an object that cannot even be made a string.
 */
export function readThrown(error: unknown): Thrown {
  try {
    const { name, message, code, stack, cause, errors } = Object(error) as {
      readonly [key: string]: unknown;
    };
    const text = typeof message === "string" ? message || messagesOf(errors) : String(error);
    const lines = typeof stack === "string" ? stack.split("\n") : [];
    return {
      name: typeof name === "string" && name !== "" ? name : "Error",
      message: text,
      code: typeof code === "string" ? code : undefined,
      frames: lines.filter((line) => /^\s+at /.test(line)),
      cause,
    };
  } catch {
    return {
      name: "Error",
      message: "something was thrown that cannot be read",
      code: undefined,
      frames: [],
      cause: undefined,
    };
  }
}

/** Node reports the failures of all addresses of a name together, and gives the whole no message. */
function messagesOf(errors: unknown): string {
  if (!Array.isArray(errors)) return "";
  return errors.map((error: unknown) => readThrown(error).message).join("; ");
}
