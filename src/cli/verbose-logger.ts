import type { LogFields, Logger } from "exportkit";
import type { Progress } from "./progress.js";

/** Every message of the client on a line of its own, with its fields as `name=value`. */
export function verboseLogger(progress: Progress): Logger {
  const line = ({ connection: _, provider: __, ...fields }: LogFields, message: string) => {
    const pairs = Object.entries(fields).map(([name, value]) => ` ${name}=${value}`);
    progress.say(message + pairs.join(""));
  };
  return { debug: line, info: line, warn: line, error: line };
}
