import type { JsonObject } from "exportkit";
import type { HelpTopic } from "./help.js";
import type { Saving } from "./saving.js";
import type { VendorName } from "./vendors.js";

/** What every command that asks a vendor takes. */
export interface Asking {
  /** Where the credentials come from, if not from the environment. */
  readonly profile: string | undefined;
  readonly json: boolean;
  readonly quiet: boolean;
  readonly verbose: boolean;
  /** No line of progress, on a terminal either. */
  readonly noProgress?: true;
}

/** An export to be started, or resumed. */
export interface ExportCommand extends Saving, Asking {
  readonly kind: "export";
  readonly action: "run" | "start" | "download";
  readonly vendor: VendorName;
  readonly request: JsonObject;
  /** A path, or `-` for the standard output. */
  readonly out: string;
  readonly overwrite: boolean;
  /** What to do with an export that an earlier run left behind. */
  readonly leftover: "resume" | "restart" | "fail";
  /** An earlier export that is this old is of no use. */
  readonly maxAgeMs: number | undefined;
  readonly dryRun: boolean;
  readonly timeoutMs: number | undefined;
}

/** An export that was started before, named by its file or id; the only one there is where it is not named. */
export interface JobCommand extends Asking {
  readonly kind: "job";
  readonly action: "status" | "wait" | "download";
  readonly which: string | undefined;
  readonly timeoutMs: number | undefined;
  readonly overwrite: boolean;
  /** Absent: as it was started with. */
  readonly saving: Saving | undefined;
}

export interface DoctorCommand extends Asking {
  readonly kind: "doctor";
  readonly vendor: VendorName;
  readonly out: string | undefined;
}

/** An emulator that is to be served. */
export interface EmulateCommand {
  readonly kind: "emulate";
  readonly vendor: VendorName;
  /** 0 takes free ports. */
  readonly port: number;
  readonly host: string;
  /** How many users or rows it has. */
  readonly records: number;
}

export type Shell = "bash" | "zsh" | "fish";

export type Command =
  | ExportCommand
  | JobCommand
  | DoctorCommand
  | EmulateCommand
  | { readonly kind: "tap"; readonly words: readonly string[] }
  | { readonly kind: "list"; readonly json: boolean }
  | { readonly kind: "completion"; readonly shell: Shell }
  | { readonly kind: "man" }
  | { readonly kind: "help"; readonly topic: HelpTopic | undefined }
  | { readonly kind: "version"; readonly json: boolean };
