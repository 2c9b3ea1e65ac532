/** Where log lines go. The order of arguments is pino's: `pino()` fits as it is, and so do bunyan and `console`. */
export interface Logger {
  debug(fields: LogFields, message: string): void;
  info(fields: LogFields, message: string): void;
  warn(fields: LogFields, message: string): void;
  error(fields: LogFields, message: string): void;
}

/** Plain data, free of secrets. */
export type LogFields = { readonly [key: string]: unknown };
