import { checkEmulator, wrongOption } from "../check-options.js";
import type { Emulator, EmulatorRole } from "../emulator.js";
import type { EmulatorOperation } from "../journal.js";
import type { ServedEmulator } from "../server.js";
import type { FaultOperation, FaultScenario } from "./scenario.js";

/** Where a scenario is to happen. */
export interface ArmOptions {
  /** At whom it happens. */
  readonly emulator: Emulator;
  /** What goes wrong: the next requests of this kind. */
  readonly operation: FaultOperation;
  /** What the emulator calls a start, where that makes nothing at the vendor and asks for something instead. Default `start`. */
  readonly startsAs?: EmulatorOperation | undefined;
  /** The emulator behind sockets, where it is: only a closed port refuses a connection. */
  readonly server?: ServedEmulator | undefined;
}

/** A scenario that is under way. */
export interface ArmedScenario {
  /**
   * How many requests went wrong so far. 0 at the end says that the fault did not happen, and that the test showed
   * nothing: the scenario was armed too late, or for a listing of too few pages (see `expected.needs`). Only a closed
   * port sees nobody, and always counts 0.
   */
  readonly fired: number;
  /** Ends the scenario: removes its rules, opens its port. What it did to tokens, clocks and files stays. */
  lift(): Promise<void>;
}

/**
 * Lets a scenario happen to the next requests of an operation. Arm it right before the call that it is to hit: the
 * sign-in and the start before `startExport`, the poll before `waitForExport`, pages and files before `download`.
 *
 * `connection-refused` lasts for two requests on an emulator's own `fetch`. Behind sockets it closes the port, which
 * stays closed until `lift`: call it at the client's first `retry` event, or later. Behind MSW it looks like a connection
 * that was lost, as MSW knows no other network error: a start that begins something then ends with
 * `START_OUTCOME_UNKNOWN`.
 *
 * The stalls last until the client's own timeouts (30 s and more) run out. With one {@link createTestClock} for client
 * and emulator that takes no time.
 *
 * @throws `CONFIG_INVALID` where the vendor has no such operation
 *
 * @example
 * ```ts
 * const armed = await armScenario(faultScenario("cut-after-bytes"), { emulator, operation: "artifact" });
 * const users = [];
 * for await (const user of await client.download(job)) users.push(user);
 * expect(users).toHaveLength(5_000);
 * expect(armed.fired).toBe(2);
 * ```
 */
export async function armScenario(scenario: FaultScenario, options: ArmOptions): Promise<ArmedScenario> {
  if (!Array.isArray(scenario?.faults))
    throw wrongOption("armScenario", "scenario", "must be one of faultScenarios");
  checkEmulator("armScenario", options?.emulator);
  const { emulator, operation, server, startsAs } = options;
  const role = roleOf(emulator, operation);
  const on = operation === "start" ? (startsAs ?? startOf(emulator)) : operation;
  const lifts: (() => unknown)[] = [];
  const before = emulator.faults.fired.length;
  for (const { fault, times = 1, after = 0 } of scenario.faults) {
    if (fault.type === "refuse" && server) lifts.push(await server.refuse(role));
    else lifts.push(emulator.faults.add({ on, times, after, fault }));
  }
  return {
    get fired() {
      const faults = scenario.faults.map(({ fault }) => fault);
      return emulator.faults.fired.slice(before).filter(({ fault }) => faults.includes(fault)).length;
    },
    async lift() {
      for (const lift of lifts.splice(0)) await lift();
    },
  };
}

/** At Zephr a start reads a page, and the journal calls it one. */
function startOf({ name }: Emulator): EmulatorOperation {
  return name === "zephr" ? "page" : "start";
}

function roleOf({ name, origins }: Emulator, operation: FaultOperation): EmulatorRole {
  if (operation === "artifact") return origins.store === undefined ? "api" : "store";
  if (operation !== "token") return "api";
  if (origins.identity !== undefined) return "identity";
  throw wrongOption("armScenario", "operation", `${name} has no sign-in that a fault could hit`);
}
