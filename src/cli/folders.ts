import nodePath from "node:path";
import type { Environment } from "./vendors.js";

/** The system that the folders are of. */
export interface System {
  readonly platform: NodeJS.Platform;
  readonly path: Pick<typeof nodePath, "join" | "isAbsolute">;
}

const OWN: System = { platform: process.platform, path: nodePath };

/** Where profiles are: `%APPDATA%\exportkit`, or `$XDG_CONFIG_HOME/exportkit`, by default below `~/.config`. */
export function profileFolder(environment: Environment, system: System = OWN): string | undefined {
  return ownFolder(environment, system, ["APPDATA", "XDG_CONFIG_HOME", ".config"]);
}

/** Where it is noted which exports there are: `%LOCALAPPDATA%\exportkit`, or below `$XDG_STATE_HOME` or `~/.local/state`. */
export function stateFolder(environment: Environment, system: System = OWN): string | undefined {
  return ownFolder(environment, system, ["LOCALAPPDATA", "XDG_STATE_HOME", ".local/state"]);
}

function ownFolder(
  environment: Environment,
  { platform, path }: System,
  [windows, xdg, below]: readonly [string, string, string],
): string | undefined {
  const base = platform === "win32" ? environment[windows] : environment[xdg];
  // The standard says that what is not absolute is to be ignored.
  if (base && path.isAbsolute(base)) return path.join(base, "exportkit");
  const home = environment[platform === "win32" ? "USERPROFILE" : "HOME"];
  return home && path.isAbsolute(home) ? path.join(home, ...below.split("/"), "exportkit") : undefined;
}
