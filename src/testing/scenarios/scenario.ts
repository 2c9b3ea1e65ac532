import type { ExportErrorCode } from "../../model/errors.js";
import type { Fault } from "../faults.js";

/** What a fault can hit: the sign-in, the start of an export, a question for its status, a page, or the file. */
export type FaultOperation = "token" | "start" | "poll" | "page" | "artifact";

/** The emulated vendors, by `emulator.name`. */
export type FaultVendor = "authgear" | "avepoint" | "zephr";

/**
 * What a caller of the client must see:
 * - `recovers`: the whole result, nothing twice and nothing missing, as if there had been no fault
 * - `fails`: an `ExportError` of this code (of one of them, where that depends on the format), and no record that is
 *   wrong before it
 * - `impossible`: the fault cannot hit this operation at this vendor
 *
 * `needs` names, in words for people, what the connection or its data must be like for that.
 */
export type FaultExpectation =
  | { readonly outcome: "recovers"; readonly needs?: string }
  | {
      readonly outcome: "fails";
      readonly codes: readonly ExportErrorCode[];
      readonly retryable: boolean;
      readonly needs?: string;
    }
  | { readonly outcome: "impossible"; readonly reason: string };

/** One for every vendor, or one for each that has the operation. */
export type FaultExpectations = FaultExpectation | { readonly [V in FaultVendor]?: FaultExpectation };

/** A fault and how many requests it hits, as in a `FaultRule`; which ones, `armScenario` is told. */
export interface ScenarioFault {
  /** What becomes of the request. */
  readonly fault: Fault;
  /** How many requests go wrong. Default 1; `Number.MAX_SAFE_INTEGER` for every one. */
  readonly times?: number;
  /** How many requests pass first. Default 0. */
  readonly after?: number;
}

/** Something that goes wrong in the world, and what a caller must see of it. Plain data, also as JSON. */
export interface FaultScenario {
  /** Stable, such as `reset-before-headers`. */
  readonly name: string;
  /** One sentence for people. */
  readonly title: string;
  /** The faults, one after the other. */
  readonly faults: readonly ScenarioFault[];
  /** What is to be seen of it, for each operation. */
  readonly expected: { readonly [O in FaultOperation]: FaultExpectations };
}

/** One scenario at one operation of one vendor. */
export interface FaultCase {
  /** What goes wrong. */
  readonly scenario: FaultScenario;
  /** At which operation. */
  readonly operation: FaultOperation;
  /** What is to be seen of it. */
  readonly expected: FaultExpectation;
}
