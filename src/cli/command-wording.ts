import type { Wording } from "../node/wording.js";
import { type Vendor, type VendorName, vendors } from "./vendors.js";

export interface WordedRun {
  /** What goes to the standard output is kept nowhere. */
  readonly piped: boolean;
  /** Whether `--restart` has started an export, so that the next run goes without it. */
  readonly startedOver: () => boolean;
  /** It is `status`, `wait` or `download`, which start nothing and take no `--out`. */
  readonly ofJob: boolean;
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
export function commandWording({ piped, startedOver, ofJob }: WordedRun): Wording {
  const without = () => (startedOver() ? " without --restart" : "");
  const another = ofJob ? "use exportkit run for a new export" : "run again for a new export";
  const anew = ofJob ? "use exportkit run with --restart" : "run with --restart";
  return {
    get again() {
      return piped ? another : `run the same command again${without()}`;
    },
    get restart() {
      return (
        `run it again${without()} and with --overwrite, which downloads this export from its beginning, or ` +
        `${ofJob ? anew : "with --restart"} for a new one`
      );
    },
    discard: `${anew}, for a new export`,
    overwrite: "run with --overwrite",
    newExport: another,
    anotherExport: piped ? another : `${anew} for another one`,
    otherPath: ofJob ? "use exportkit run with --out for another path" : "choose another path with --out",
    skip: "add --skip-invalid",
    moreRoom: `run again ${ofJob ? "with --as raw" : "without --as"}, and with --overwrite, which saves the vendor's own file`,
    stream: ofJob
      ? "use exportkit run with --out - for the standard output"
      : "write to the standard output with --out -",
  };
}
