/** Where log lines go. The order of arguments is pino's: `pino()` fits as it is, and so do bunyan and `console`. */
export interface Logger {
  /** Every request and answer. */
  debug(fields: LogFields, message: string): void;
  /** What took its course: starts, polls, ends. */
  info(fields: LogFields, message: string): void;
  /** What was mended, or what the caller should look at. */
  warn(fields: LogFields, message: string): void;
  /** What a call failed with. */
  error(fields: LogFields, message: string): void;
}

/** Plain data, free of secrets. */
export type LogFields = { readonly [key: string]: unknown };
