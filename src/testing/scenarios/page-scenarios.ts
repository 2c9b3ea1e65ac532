import { everyRequest } from "./every-request.js";
import { atPages, failsForNow, recovers, where } from "./expectations.js";
import type { FaultScenario } from "./scenario.js";

const twoPages = "a listing of two pages or more";

/** A listing that answers with the wrong page. */
export const pageScenarios: readonly FaultScenario[] = [
  {
    name: "duplicate-page",
    title: "A page comes twice, the second time in place of the one after it",
    faults: [{ fault: { type: "other-page", offset: -1 }, after: 1 }],
    expected: atPages(where(twoPages, recovers)),
  },
  {
    name: "missing-page",
    title: "A page is left out, and the one after it comes in its place",
    faults: [{ fault: { type: "other-page", offset: 1 }, after: 1 }],
    expected: atPages(where(twoPages, recovers)),
  },
  {
    name: "missing-page-always",
    title: "Every page after the first is the one after",
    faults: [{ fault: { type: "other-page", offset: 1 }, after: 1, times: everyRequest }],
    expected: atPages(where(twoPages, failsForNow("RESPONSE_INVALID"))),
  },
];
