/** Where log lines go: `console` fits, and so do pino, winston and their like behind a thin wrapper. */
export interface Logger {
  debug(message: string, fields: LogFields): void;
  info(message: string, fields: LogFields): void;
  warn(message: string, fields: LogFields): void;
  error(message: string, fields: LogFields): void;
}

/** Plain data, free of secrets. */
export type LogFields = { readonly [key: string]: unknown };
