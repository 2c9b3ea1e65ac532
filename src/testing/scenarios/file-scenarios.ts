import { everyRequest } from "./every-request.js";
import { atFiles, fails, impossible, recovers, where } from "./expectations.js";
import type { FaultExpectation, FaultScenario, ScenarioFault } from "./scenario.js";

// Without it there would be nothing to resume.
const cut: ScenarioFault = { fault: { type: "drop", afterBytes: 3_000 } };
const resumed = (expectation: FaultExpectation) => where("a file of more than 3,000 bytes", expectation);

/** The file, or the store that it is in. */
export const fileScenarios: readonly FaultScenario[] = [
  {
    name: "expired-url",
    title: "The download breaks off, and its URL has expired when it resumes",
    faults: [cut, { fault: { type: "expire" } }],
    expected: atFiles({
      authgear: resumed(recovers),
      avepoint: impossible("the address is not signed; see the expired token"),
    }),
  },
  {
    name: "object-changed",
    title: "The download breaks off, and the file is another one when it resumes",
    faults: [cut, { fault: { type: "change" } }],
    expected: atFiles(resumed(fails("ARTIFACT_CHANGED"))),
  },
  {
    name: "object-missing",
    title: "The export is finished, and its file is not there",
    faults: [{ fault: { type: "missing" }, times: everyRequest }],
    expected: atFiles(fails("ARTIFACT_MISSING")),
  },
  {
    name: "object-vanished",
    title: "The download breaks off, and the file is gone when it resumes",
    faults: [cut, { fault: { type: "missing" }, times: everyRequest }],
    expected: atFiles(resumed(fails("ARTIFACT_MISSING"))),
  },
  {
    name: "lying-range-start",
    title: "The download breaks off, and the 206 begins somewhere else than asked",
    faults: [cut, { fault: { type: "lying-range", start: 1 }, times: everyRequest }],
    expected: atFiles(resumed(recovers)),
  },
  {
    name: "lying-range-total",
    title: "The download breaks off, and the 206 names another length of the file",
    faults: [cut, { fault: { type: "lying-range", total: 999_999_999 }, times: everyRequest }],
    expected: atFiles(resumed(fails("ARTIFACT_CHANGED"))),
  },
  {
    name: "lying-range-etag",
    title: "The download breaks off, and the 206 names another `ETag`",
    faults: [cut, { fault: { type: "lying-range", etag: '"another"' }, times: everyRequest }],
    expected: atFiles(resumed(fails("ARTIFACT_CHANGED"))),
  },
  {
    name: "short-file",
    title: "The download breaks off, and the rest ends cleanly 100 bytes early",
    faults: [cut, { fault: { type: "short", bytes: 100 } }],
    expected: atFiles(resumed(recovers)),
  },
  {
    name: "short-unannounced",
    title: "The file ends cleanly 100 bytes early, and no length was announced",
    faults: [{ fault: { type: "short", bytes: 100, unannounced: true } }],
    expected: atFiles({
      authgear: fails("DECODE_FAILED"),
      avepoint: recovers,
    }),
  },
  {
    name: "long-file",
    title: "The download breaks off, and the rest is 10 bytes longer than it says",
    faults: [cut, { fault: { type: "long", bytes: 10 }, times: everyRequest }],
    expected: atFiles(resumed(fails("INTEGRITY"))),
  },
];
