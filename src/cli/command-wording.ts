import type { Wording } from "../node/wording.js";
import { type Vendor, type VendorName, vendors } from "./vendors.js";

export interface WordedRun {
  /** What goes to the standard output is kept nowhere. */
  readonly piped: boolean;
  /** Whether `--restart` has started an export, so that the next run goes without it. */
  readonly startedOver: () => boolean;
}

/** What an adapter says of its options and requests in code, in the words of the command line. */
export function inCommandWords(message: string, name: VendorName): string {
  const vendor: Vendor = vendors[name];
  const words = message
    .replace(/a Date, or (an?) /g, "$1 ")
    .replace(/; or pass a Date, which is sent in UTC/g, "")
    .replace(/an ISO 8601 time with its zone/g, "24h, 7d, yesterday, or an ISO 8601 time with its zone");
  // Names of two words are no other words of a sentence.
  const options = Object.entries(vendor.variables).filter(([, option]) => /^[a-z]+[A-Z]\w+$/.test(option));
  return options.reduce(
    (said, [variable, option]) => said.replace(new RegExp(`(?<![\\w.])${option}(?![\\w:])`, "g"), variable),
    words,
  );
}

/** What to do next, in the words of the command line. */
export function commandWording({ piped, startedOver }: WordedRun): Wording {
  const without = () => (startedOver() ? " without --restart" : "");
  const another = "run again for a new export";
  return {
    get again() {
      return piped ? another : `run the same command again${without()}`;
    },
    get restart() {
      return (
        `run it again${without()} and with --overwrite, which downloads this export from its beginning, or with ` +
        "--restart for a new one"
      );
    },
    discard: "run with --restart, for a new export",
    overwrite: "run with --overwrite",
    newExport: another,
    anotherExport: piped ? another : "run with --restart for another one",
    otherPath: "choose another path with --out",
    skip: "add --skip-invalid",
    moreRoom: "run again without --as, and with --overwrite, which saves the vendor's own file",
    stream: "write to the standard output with --out -",
  };
}
