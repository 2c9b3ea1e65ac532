import { everywhere, fails, impossible, recovers, where } from "./expectations.js";
import type { FaultExpectations, FaultScenario } from "./scenario.js";

const tenMinutes = 600_000;

const signedIn = where(
  "a client that has signed in before: a token that was fetched for this very request is not fetched again",
  recovers,
);

const refused: FaultExpectations = {
  authgear: fails("FORBIDDEN"),
  // The API refuses the token, and a new one is good.
  avepoint: signedIn,
  zephr: fails("UNAUTHORIZED"),
};

const renewed: FaultExpectations = {
  authgear: where(
    "a function as `token` that gives another one when asked again (with a key pair or a fixed token: `FORBIDDEN`)",
    recovers,
  ),
  avepoint: signedIn,
  zephr: impossible("each request has a signature of its own; see the clock"),
};

/** Tokens, keys and the clock that they depend on. */
export const credentialScenarios: readonly FaultScenario[] = [
  {
    name: "expired-token",
    title: "The token has expired",
    faults: [{ fault: { type: "expire" } }],
    expected: everywhere(renewed, {
      token: impossible("it is where tokens come from"),
      artifact: {
        authgear: impossible("the store takes no token"),
        avepoint: signedIn,
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
        avepoint: signedIn,
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
