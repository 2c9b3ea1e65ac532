import type { ExportErrorCode } from "../../model/errors.js";
import { wrongOption } from "../check-options.js";
import type {
  FaultExpectation,
  FaultExpectations,
  FaultOperation,
  FaultScenario,
  FaultVendor,
} from "./scenario.js";

export const recovers: FaultExpectation = { outcome: "recovers" };

/** An error after which the same call may succeed later. */
export function failsForNow(...codes: readonly ExportErrorCode[]): FaultExpectation {
  return { outcome: "fails", codes, retryable: true };
}

/** An error that stays until somebody does something about it. */
export function fails(...codes: readonly ExportErrorCode[]): FaultExpectation {
  return { outcome: "fails", codes, retryable: false };
}

/** An expectation that holds only where the connection or its data are of a kind. */
export function where(needs: string, expectation: FaultExpectation): FaultExpectation {
  return expectation.outcome === "impossible" ? expectation : { ...expectation, needs };
}

export function impossible(reason: string): FaultExpectation {
  return { outcome: "impossible", reason };
}

const unknown = fails("START_OUTCOME_UNKNOWN");

/** The start was sent, and may or may not have taken effect: nobody repeats it. At Zephr it only asks, and may be. */
export const unknownStart = { authgear: unknown, avepoint: unknown, zephr: recovers } as const;

type Expected = FaultScenario["expected"];

/** The same everywhere but where told otherwise. */
export function everywhere(expectation: FaultExpectations, others: Partial<Expected> = {}): Expected {
  const same = expectation;
  return { token: same, start: same, poll: same, page: same, artifact: same, ...others };
}

/** What happens at the file only. */
export function atFiles(artifact: FaultExpectations): Expected {
  return everywhere(impossible("it is about a file"), { artifact });
}

/** What happens in a listing only. */
export function atPages(page: FaultExpectations): Expected {
  return everywhere(impossible("it is about the pages of a listing"), { page });
}

const CALL = "expectedOf";

const isSame = (expected: FaultExpectations): expected is FaultExpectation => "outcome" in expected;

const lacking: { readonly [V in FaultVendor]: { readonly [O in FaultOperation]?: string } } = {
  authgear: {
    token: "the client makes its tokens itself, so there is no sign-in",
    page: "the result is a file",
  },
  avepoint: { page: "the result is a file" },
  zephr: {
    token: "every request is signed, so there is no sign-in",
    poll: "there is no job to ask for",
    artifact: "the result comes in pages",
  },
};

/** What a vendor is like, as far as expectations depend on it: a provider's `capabilities`. */
export interface VendorKind {
  readonly jobs: "asynchronous" | "immediate";
  readonly delivery: "file" | "pages";
}

/** What a caller must see of a scenario at any vendor of a kind; `undefined` where that depends on the vendor. */
export function expectedEverywhere(
  scenario: FaultScenario,
  operation: FaultOperation,
  { jobs, delivery }: VendorKind,
): FaultExpectation | undefined {
  if (operation === "poll" && jobs === "immediate") return impossible("there is no job to ask for");
  if (operation === "page" && delivery === "file") return impossible("the result is a file");
  if (operation === "artifact" && delivery === "pages") return impossible("the result comes in pages");
  const expected = scenario.expected[operation];
  if (isSame(expected)) return expected;
  const alike = jobs === "immediate" ? [expected.zephr] : [expected.authgear, expected.avepoint];
  const [first] = alike;
  return alike.every((other) => JSON.stringify(other) === JSON.stringify(first)) ? first : undefined;
}

/**
 * What a caller must see of a scenario at one operation of one vendor.
 *
 * @example
 * ```ts
 * const expected = expectedOf(scenario, "authgear", "start");
 * if (expected.outcome === "fails") expect(expected.codes).toContain(error.code);
 * ```
 */
export function expectedOf(
  scenario: FaultScenario,
  vendor: FaultVendor,
  operation: FaultOperation,
): FaultExpectation {
  const vendors: readonly unknown[] = Object.keys(lacking);
  if (!vendors.includes(vendor)) throw wrongOption(CALL, "vendor", `must be one of ${vendors.join(", ")}`);
  const expectations: readonly unknown[] = Object.keys(scenario?.expected ?? {});
  if (!expectations.includes(operation))
    throw wrongOption(CALL, "operation", "must be an operation that the scenario tells of");
  const reason = lacking[vendor][operation];
  if (reason !== undefined) return impossible(reason);
  const expected = scenario.expected[operation];
  if (isSame(expected)) return expected;
  return expected[vendor] ?? impossible("nothing is known of it");
}
