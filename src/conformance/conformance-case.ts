import type { AnyProvider } from "../spec/provider.js";
import type { Emulator } from "../testing/emulator.js";
import type { FaultExpectation, FaultOperation, FaultScenario } from "../testing/scenarios/scenario.js";

/** What an adapter must do, as one test: `run` resolves where it does, and rejects with an `Error` that says where it fails. */
export interface ConformanceCase {
  /** Unique and stable, such as `start: reset-after-effect`. */
  readonly name: string;
  /** What is tested. */
  readonly kind: "records" | "contract" | "start" | "faults" | "resume" | "secrets" | "failures" | "paging";
  /** Resolves where the adapter does as it must; rejects with an `Error` otherwise. */
  run(): Promise<void>;
}

/** The time that the cases go by; the same one for the client and the emulator. */
export interface ConformanceClock {
  /** The wall clock, in ms since the epoch. */
  now(): number;
  /** Ms since some moment; only ever moves on. */
  monotonic(): number;
  /** Resolves after `ms`; rejects with the signal's reason when it is aborted. */
  sleep(ms: number, signal?: AbortSignal): Promise<void>;
  /** Calls back once after `ms`; returns what cancels it. */
  setTimer(ms: number, callback: () => void): () => void;
  /** A request gets no answer until `over` is aborted, and time may move on. */
  silence(over: AbortSignal): void;
}

/** What {@link testProvider} is told of an adapter and of the vendor's emulator. */
export interface ConformanceOptions<E extends Emulator = Emulator> {
  /** A fresh emulated vendor, for each case one; by this clock, so that waiting takes no time. */
  readonly emulator: (clock: ConformanceClock) => E | Promise<E>;
  /** A fresh adapter, pointed at that vendor. */
  readonly provider: (emulator: E) => AnyProvider | Promise<AnyProvider>;
  /** A request that the vendor accepts. */
  readonly request: unknown;
  /** How many records its export holds: for paged exports of three pages at least, for files of 3,000 bytes or more. */
  readonly records: number;
  /** What tells a record from the others. */
  readonly identityOf: (record: unknown) => string;
  /**
   * Credentials that must never be shown. The headers that the provider names in `authorizationHeaders` (`Authorization` unless
   * told otherwise) are looked for without being given here; a credential in another header is not.
   */
  readonly secrets?: readonly string[];
  /** Requests that must be refused with `REQUEST_INVALID`, before anything is sent. */
  readonly invalidRequests?: readonly unknown[];
  /**
   * Lets the vendor behave in a way from now on. Each one that is given adds its case: an export that fails, one that the
   * vendor has forgotten, one whose status is a word that nobody knows (it must continue), a user who is added at the
   * beginning of a listing while it is read.
   */
  readonly arrange?: {
    /** From now on exports fail. */
    readonly failed?: (emulator: E) => void;
    /** The vendor no longer knows any export. */
    readonly forgotten?: (emulator: E) => void;
    /** The status of exports is a word that nobody knows. */
    readonly unknownStatus?: (emulator: E) => void;
    /** A user is added at the beginning of the listing. */
    readonly grown?: (emulator: E) => void;
  };
  /** What must be seen of a fault where this vendor differs from others; `undefined` for what holds everywhere. */
  readonly expected?:
    | ((scenario: FaultScenario, operation: FaultOperation) => FaultExpectation | undefined)
    | undefined;
}

/** Fails a case. */
export function fail(message: string): never {
  throw new Error(message);
}

/** Fails a case unless the condition holds. */
export function check(condition: boolean, message: string): asserts condition {
  if (!condition) fail(message);
}
