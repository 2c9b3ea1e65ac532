import { cases, titles } from "../runtimes/arrivals.js";

type Seen = { readonly [name: string]: string };

/** What `npm run test:runtimes` has seen: by runtime, vendor and case. */
export type RecordedArrivals = { readonly [runtime: string]: { readonly [vendor: string]: Seen } };

const vendors = [
  ["authgear", "Authgear (POST)"],
  ["avepoint", "AvePoint (GET)"],
  ["zephr", "Zephr (GET, only asks)"],
] as const;

/** A line for every vendor and every group of runtimes on which all went the same. */
export function arrivalsTable(recorded: RecordedArrivals): string {
  const lines = vendors.flatMap(([vendor, title]) => {
    const groups = new Map<string, string[]>();
    for (const [runtime, byVendor] of Object.entries(recorded)) {
      const cells = cases.map((name) => cellOf(byVendor[vendor]?.[name])).join(" | ");
      groups.set(cells, [...(groups.get(cells) ?? []), runtime]);
    }
    return [...groups].map(
      ([cells, runtimes]) =>
        `| ${title} | ${runtimes.map((name) => name.replace(/, (\w+)/, " ($1)")).join(", ")} | ${cells} |`,
    );
  });
  const head = ["vendor", "runtimes", ...cases.map((name) => titles[name])];
  return [`| ${head.join(" | ")} |`, `|${" --- |".repeat(head.length)}`, ...lines].join("\n");
}

/** `1, job` as `1 arrival: the job`. */
function cellOf(seen = "not run"): string {
  const [, count, outcome = seen] = /^(\d+), (.*)$/.exec(seen) ?? [];
  if (count === undefined) return seen;
  const what = /^[A-Z_]+$/.test(outcome) ? `\`${outcome}\`` : outcome === "job" ? "the job" : outcome;
  return `**${count}**: ${what}`;
}
