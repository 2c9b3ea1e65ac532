import {
  type FaultOperation,
  type FaultScenario,
  type FaultVendor,
  faultCases,
  faultScenarios,
} from "exportkit/testing";
import { arrivalsTable, type RecordedArrivals } from "./arrivals-table.js";
import { arrivalsIntro, epilogue, killIntro, limits, prologue, type Samples } from "./document-text.js";
import type { Outcome } from "./outcome.js";
import { expectedAt, operations, setups, type VendorSetup } from "./setups.js";

type OutcomeAt = (
  setup: VendorSetup,
  scenario: FaultScenario,
  operation: FaultOperation,
) => Outcome | undefined;

/** What `npm run test:kills` showed. */
export interface SurvivedKills {
  readonly provider: FaultVendor;
  readonly format: string;
  readonly kills: number;
  /** The length of the file, which was compared byte by byte. */
  readonly bytes: number;
}

const headings: { readonly [O in FaultOperation]: string } = {
  token: "sign-in",
  start: "start",
  poll: "poll",
  page: "page",
  artifact: "file",
};

const vendorNames: { readonly [V in FaultVendor]: string } = {
  authgear: "Authgear",
  avepoint: "AvePoint",
  zephr: "Zephr",
};

/** FAULTS.md. */
export function faultDocument(
  outcomeAt: OutcomeAt,
  samples: Samples,
  kills: readonly SurvivedKills[],
  arrivals: RecordedArrivals,
): string {
  const rows = faultScenarios.map((scenario) => [
    `${scenario.title}<br>\`${scenario.name}\``,
    ...operations.map((operation) => cellOf(outcomeAt, scenario, operation)),
  ]);
  const killed = [
    "The process is killed<br>[see below](#killed-processes)",
    "",
    "",
    "",
    "resumes",
    "resumes",
  ];
  const faults = table(
    ["fault", ...operations.map((operation) => headings[operation])],
    [...rows, killed.map((cell) => cell || "–")],
  );
  const starts = [arrivalsIntro, arrivalsTable(arrivals)];
  return [
    prologue,
    faults,
    ...starts,
    epilogue(samples),
    `${needs()}\n${limits}`,
    killIntro(kills),
    killTable(kills),
  ]
    .join("\n\n")
    .concat("\n");
}

/** What expectations depend on, beside the scenario: a line for each need, with the cases that have it. */
function needs(): string {
  const found = new Map<string, { scenarios: Set<string>; vendors: Set<string>; columns: Set<string> }>();
  for (const vendor of Object.keys(vendorNames) as FaultVendor[]) {
    for (const { scenario, operation, expected } of faultCases(vendor)) {
      if (expected.outcome === "impossible" || expected.needs === undefined) continue;
      const cases = found.get(expected.needs) ?? {
        scenarios: new Set(),
        vendors: new Set(),
        columns: new Set(),
      };
      cases.scenarios.add(`\`${scenario.name}\``);
      cases.vendors.add(vendorNames[vendor]);
      cases.columns.add(headings[operation]);
      found.set(expected.needs, cases);
    }
  }
  const list = (names: ReadonlySet<string>) => [...names].join(", ");
  return [...found]
    .map(([need, { scenarios, vendors, columns }]) => {
      const verb = scenarios.size === 1 ? "needs" : "need";
      return `- ${list(scenarios)} (${list(vendors)}: ${list(columns)}) ${verb} ${need}.`;
    })
    .join("\n");
}

function cellOf(outcomeAt: OutcomeAt, scenario: FaultScenario, operation: FaultOperation): string {
  const said = new Map<string, VendorSetup[]>();
  for (const setup of setups) {
    const expected = expectedAt(setup, scenario, operation);
    const outcome =
      expected.outcome === "impossible" ? `– (${expected.reason})` : outcomeAt(setup, scenario, operation);
    if (outcome !== undefined) said.set(outcome, [...(said.get(outcome) ?? []), setup]);
  }
  const happened = [...said].filter(([outcome]) => !outcome.startsWith("–"));
  if (happened.length === 0) return "–";
  // A vendor without the operation at all is not worth a word in every line.
  const worthSaying = [...said].filter(([outcome]) => !outcome.startsWith("–") || isTelling(outcome));
  const [only, ...others] = worthSaying;
  if (only && others.length === 0) return only[0];
  return worthSaying.map(([outcome, among]) => `${namesOf(among)}: ${outcome}`).join("<br>");
}

const isTelling = (outcome: string) => /token of its own|takes no token|not signed/.test(outcome);

/** The vendors, or, where a vendor's connections differ, the connections. */
function namesOf(among: readonly VendorSetup[]): string {
  const names = among.map(({ name, vendor }) => {
    const siblings = setups.filter((setup) => setup.vendor === vendor);
    return siblings.every((setup) => among.includes(setup)) ? vendorNames[vendor] : name;
  });
  return [...new Set(names)].join(", ");
}

function killTable(kills: readonly SurvivedKills[]): string {
  const rows = kills.map(({ provider, format, kills: count, bytes }) => [
    vendorNames[provider],
    format === "raw" ? "the vendor's own file" : format,
    String(count),
    bytes.toLocaleString("en-US"),
  ]);
  return table(["vendor", "saved as", "kills", "bytes compared"], rows);
}

function table(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const line = (cells: readonly string[]) => `| ${cells.join(" | ")} |`;
  return [line(head), line(head.map(() => "---")), ...rows.map(line)].join("\n");
}
