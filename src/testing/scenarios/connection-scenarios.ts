import { everyRequest } from "./every-request.js";
import { everywhere, recovers, unknownStart } from "./expectations.js";
import type { FaultScenario } from "./scenario.js";

/** The network, with no word from the vendor. */
export const connectionScenarios: readonly FaultScenario[] = [
  {
    name: "connection-refused",
    title: "Nobody listens at the port for a while",
    faults: [{ fault: { type: "refuse" }, times: 2 }],
    // Nothing was sent, so a start may be repeated.
    expected: everywhere(recovers),
  },
  {
    name: "reset-before-headers",
    title: "The connection is reset before any header of the answer, twice",
    faults: [{ fault: { type: "reset" }, times: 2 }],
    expected: everywhere(recovers, { start: unknownStart }),
  },
  {
    name: "reset-after-effect",
    title: "The vendor does what it is asked, and the connection is reset before it says so",
    faults: [{ fault: { type: "reset", effect: true } }],
    expected: everywhere(recovers, { start: unknownStart }),
  },
  {
    name: "reset-after-headers",
    title: "The connection is reset after the headers, twice",
    faults: [{ fault: { type: "drop", afterBytes: 0 }, times: 2 }],
    expected: everywhere(recovers, { start: unknownStart }),
  },
  {
    name: "cut-after-bytes",
    title: "The answer breaks off after 30 bytes, and the next one after 3,000",
    faults: [{ fault: { type: "drop", afterBytes: 30 } }, { fault: { type: "drop", afterBytes: 3_000 } }],
    expected: everywhere(recovers, { start: unknownStart }),
  },
  {
    name: "stall-before-headers",
    title: "No answer comes, and the connection stays open",
    faults: [{ fault: { type: "hang", effect: true } }],
    expected: everywhere(recovers, { start: unknownStart }),
  },
  {
    name: "stall-after-bytes",
    title: "The answer stops after 30 bytes, and the connection stays open, twice",
    faults: [{ fault: { type: "stall", afterBytes: 30 }, times: 2 }],
    expected: everywhere(recovers, { start: unknownStart }),
  },
  {
    name: "slow-drip",
    title: "Every answer trickles in pieces of 512 bytes",
    faults: [{ fault: { type: "drip", bytes: 512, everyMs: 1 }, times: everyRequest }],
    expected: everywhere(recovers),
  },
];
