import type { ExportError } from "../model/errors.js";
import type { Emulator } from "../testing/emulator.js";
import { armScenario } from "../testing/scenarios/arm-scenario.js";
import { expectedEverywhere } from "../testing/scenarios/expectations.js";
import { faultScenarios } from "../testing/scenarios/fault-scenarios.js";
import type { FaultExpectation, FaultOperation, FaultScenario } from "../testing/scenarios/scenario.js";
import { type ConformanceCase, type ConformanceOptions, check, fail } from "./conformance-case.js";
import { startOperation } from "./records-cases.js";
import { LONGEST_WAIT_MS, type Subject, subjectOf } from "./subject.js";

const operations: readonly FaultOperation[] = ["start", "poll", "page", "artifact"];

/** Every fault at every operation: the export recovers whole, or ends with the error that says what is the matter. */
export function faultCases<E extends Emulator>(options: ConformanceOptions<E>): readonly ConformanceCase[] {
  return faultScenarios.flatMap((scenario) =>
    operations.map(
      (operation): ConformanceCase => ({
        kind: operation === "start" ? "start" : "faults",
        name: `${operation === "start" ? "start" : `faults at ${operation}`}: ${scenario.name}`,
        run: () => runFault(options, scenario, operation),
      }),
    ),
  );
}

async function runFault<E extends Emulator>(
  options: ConformanceOptions<E>,
  scenario: FaultScenario,
  operation: FaultOperation,
): Promise<void> {
  const subject = await subjectOf(options);
  const { capabilities, delivery } = subject.provider;
  const kind = { jobs: capabilities.jobs, delivery: delivery.kind };
  const expected = options.expected?.(scenario, operation) ?? expectedEverywhere(scenario, operation, kind);
  if (!expected || expected.outcome === "impossible") return;
  const run = await runExport(subject, options, scenario, operation);
  judge(expected, run, options, overridesOf(scenario));
  const unknown = run.error?.code === "START_OUTCOME_UNKNOWN";
  if (operation === "start" && capabilities.jobs === "asynchronous" && (unknown || !run.error)) {
    // A closed port and a 429 took no effect; every other request may have.
    const effects = run.starts - (unknown ? 0 : run.refused);
    check(effects === 1, `the start was sent ${effects} times after it may have taken effect`);
  }
  check(run.fired > 0, `the fault did not happen: no request of the kind "${operation}" was made`);
}

interface FaultRun {
  readonly records: readonly string[];
  readonly error: ExportError | undefined;
  readonly fired: number;
  readonly starts: number;
  /** Starts that certainly took no effect. */
  readonly refused: number;
}

async function runExport<E extends Emulator>(
  subject: Subject<E>,
  options: ConformanceOptions<E>,
  scenario: FaultScenario,
  operation: FaultOperation,
): Promise<FaultRun> {
  const { client, emulator, provider } = subject;
  const immediate = startOperation(provider) === "page";
  const arm = () => armScenario(scenario, { emulator, operation, ...(immediate && { startsAs: "page" }) });
  const records: string[] = [];
  let error: ExportError | undefined;
  let armed: Awaited<ReturnType<typeof armScenario>> | undefined;
  try {
    if (operation === "start") armed = await arm();
    let job = await client.startExport("it", options.request as never);
    if (operation === "poll") armed = await arm();
    job = await client.waitForExport(job, { timeoutMs: LONGEST_WAIT_MS });
    if (operation === "page" || operation === "artifact") armed = await arm();
    for await (const record of await client.download(job)) records.push(options.identityOf(record));
  } catch (thrown) {
    error = thrown as ExportError;
    if (error.code === undefined) fail(`${String(thrown)} is not an ExportError`);
  }
  const starts = emulator.requests.filter((request) => request.operation === "start");
  const refusals = emulator.faults.fired.filter(({ fault }) => fault.type === "refuse").length;
  const limited = starts.filter(({ status }) => status === 429 || status === 401 || status === 403).length;
  return { records, error, fired: armed?.fired ?? 0, starts: starts.length, refused: refusals + limited };
}

function judge<E extends Emulator>(
  expected: FaultExpectation,
  { records, error }: FaultRun,
  options: ConformanceOptions<E>,
  asked: string,
): void {
  check(new Set(records).size === records.length, "some record came twice");
  if (expected.outcome === "recovers") {
    if (error) fail(`it must recover, and ended with ${error.code}: ${error.message}`);
    check(records.length === options.records, `${records.length} records came instead of ${options.records}`);
  } else if (expected.outcome === "fails") {
    const codes = expected.codes.join(" or ");
    if (!error) fail(`it must end with ${codes}, and succeeded with ${records.length} records${asked}`);
    check(
      expected.codes.includes(error.code),
      `it must end with ${codes}, and ended with ${error.code}: ${error.message}`,
    );
    check(
      error.retryable === expected.retryable,
      `${error.code} must ${expected.retryable ? "" : "not "}be retryable here`,
    );
  }
}

// What the emulator itself has to do, by the override that tells it to.
const OVERRIDES: { readonly [fault: string]: string } = {
  expire: "expired",
  change: "changed",
  missing: "missing",
  revoke: "revoked",
  "other-page": "pageOffset",
};

/** What else may be the matter where nothing went wrong: an emulator that does as always, or an adapter that does not look. */
function overridesOf({ faults }: FaultScenario): string {
  const names = new Set(faults.flatMap(({ fault }) => OVERRIDES[fault.type] ?? []));
  if (names.size === 0) return "";
  const look = names.has("pageOffset")
    ? ", and fetchPage compare the page that came with the one it asked for"
    : "";
  return `; let the emulator's respond do what overrides.${[...names].join(" and overrides.")} asks for, too${look}`;
}
