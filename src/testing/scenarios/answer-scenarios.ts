import { everyRequest } from "./every-request.js";
import { everywhere, fails, failsForNow, impossible, recovers, unknownStart } from "./expectations.js";
import type { FaultScenario } from "./scenario.js";

const noJson = impossible("a file is not JSON; see the lengths");

function errorPage(status: number, words: string): FaultScenario {
  const body = `<html><head><title>${status} ${words}</title></head><body><h1>${words}</h1></body></html>`;
  return {
    name: `status-${status}`,
    title: `HTTP ${status} with an HTML page for a body, twice`,
    faults: [{ fault: { type: "status", status, body }, times: 2 }],
    expected: everywhere(recovers, { start: unknownStart }),
  };
}

/** The vendor, or something in its place, answers nonsense. */
export const answerScenarios: readonly FaultScenario[] = [
  errorPage(500, "Internal Server Error"),
  errorPage(502, "Bad Gateway"),
  errorPage(503, "Service Unavailable"),
  {
    name: "truncated-json",
    title: "The second half of a JSON answer is missing, and the length says nothing of it",
    faults: [{ fault: { type: "truncate-json" } }],
    expected: everywhere(recovers, { start: unknownStart, artifact: noJson }),
  },
  {
    name: "malformed-json",
    title: "The answer calls itself JSON, and is not",
    faults: [
      {
        fault: {
          type: "status",
          status: 200,
          headers: { "content-type": "application/json" },
          body: '{"status": oops, }',
          effect: true,
        },
      },
    ],
    expected: everywhere(recovers, { start: unknownStart, artifact: noJson }),
  },
  {
    name: "html-instead",
    title: "A page of HTML comes with HTTP 200, as from a proxy that wants somebody to sign in",
    faults: [
      {
        fault: {
          type: "status",
          status: 200,
          body: "<!doctype html>\n<html><body><p>Sign in to the network</p></body></html>\n",
        },
        times: everyRequest,
      },
    ],
    expected: everywhere(failsForNow("RESPONSE_INVALID"), {
      start: { ...unknownStart, zephr: failsForNow("RESPONSE_INVALID") },
      artifact: {
        authgear: fails("RECORD_INVALID", "DECODE_FAILED"),
        avepoint: fails("DECODE_FAILED"),
      },
    }),
  },
  {
    name: "wrong-content-type",
    title: "Every answer is right, and calls itself text/html",
    faults: [{ fault: { type: "wrong-content-type" }, times: everyRequest }],
    expected: everywhere(recovers),
  },
];
