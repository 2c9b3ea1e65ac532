import { isAction } from "./grammar.js";
import { isVendorName } from "./vendors.js";

/** Where to read on after a command line that was refused. */
export function usageHint(words: readonly string[]): string {
  const plain = words.filter((word) => !word.startsWith("-"));
  const action = plain[0] !== undefined && isAction(plain[0]) ? plain[0] : "run";
  const vendor = plain.slice(0, 2).find(isVendorName);
  if (vendor !== undefined && (action === "run" || action === "start"))
    return `exportkit ${vendor} --help lists what can be asked for, exportkit ${action} --help the options`;
  return action === plain[0] ? `exportkit ${action} --help tells more` : "exportkit --help tells more";
}
