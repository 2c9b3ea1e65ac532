import { everywhere, fails, impossible, recovers } from "./expectations.js";
import type { FaultExpectations, FaultScenario } from "./scenario.js";

const tenMinutes = 600_000;

const refused: FaultExpectations = {
  authgear: fails("FORBIDDEN"),
  // The API refuses the token, and a new one is good.
  avepoint: recovers,
  zephr: fails("UNAUTHORIZED"),
};

const anew: FaultExpectations = {
  authgear: recovers,
  avepoint: recovers,
  zephr: impossible("every request is signed anew; see the clock"),
};

/** Tokens, keys and the clock that they depend on. */
export const credentialScenarios: readonly FaultScenario[] = [
  {
    name: "expired-token",
    title: "The token has expired",
    faults: [{ fault: { type: "expire" } }],
    expected: everywhere(anew, {
      token: impossible("it is where tokens come from"),
      artifact: {
        authgear: impossible("the store takes no token"),
        avepoint: recovers,
      },
    }),
  },
  {
    name: "revoked-token",
    title: "The token is revoked; where there is none, the key; at the sign-in, the app",
    faults: [{ fault: { type: "revoke" } }],
    expected: everywhere(refused, {
      token: fails("UNAUTHORIZED"),
      artifact: {
        authgear: impossible("the store takes no token"),
        avepoint: recovers,
      },
    }),
  },
  {
    name: "clock-ahead",
    title: "The vendor's clock is 10 minutes ahead of the caller's",
    faults: [{ fault: { type: "clock", offsetMs: tenMinutes } }],
    expected: everywhere(recovers),
  },
  {
    name: "clock-behind",
    title: "The vendor's clock is 10 minutes behind the caller's",
    faults: [{ fault: { type: "clock", offsetMs: -tenMinutes } }],
    expected: everywhere(recovers),
  },
];
