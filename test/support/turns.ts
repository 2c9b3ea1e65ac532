import type { TestClock } from "exportkit/testing";
// What the first start, wait or download loads. That takes more turns than are waited for here, so it is loaded before.
import "ky";
import "../../src/artifact/open-file.js";
import "../../src/jobs/request-hints.js";
import "../../src/jobs/running-jobs.js";
import "../../src/pages/open-pages.js";
import "../../src/provider/rs256.js";
import "../../src/transport/blocked-port.js";
import "../../src/transport/gate.js";
import "../../src/transport/once/watched.js";

/** Lets everything happen that happens without time passing and without sockets. */
export async function settle(): Promise<void> {
  for (let turn = 0; turn < 5; turn++) await new Promise((resolve) => setImmediate(resolve));
}

/** The same for work that sets timers of no time between its steps. */
export async function settleTimers(): Promise<void> {
  for (let turn = 0; turn < 20; turn++) await new Promise((resolve) => setTimeout(resolve, 0));
}

/** Moves a clock on once, as soon as nothing else can happen. */
export async function passing<T>(clock: TestClock, ms: number, promise: Promise<T>): Promise<T> {
  promise.catch(() => {});
  await settle();
  clock.advance(ms);
  return promise;
}

/** Moves a clock on whenever somebody waits for it and nothing else can happen, until the promise has settled. */
export async function passingInSteps<T>(clock: TestClock, ms: number, promise: Promise<T>): Promise<T> {
  let settled = false;
  const done = () => {
    settled = true;
  };
  promise.then(done, done);
  while (!settled) {
    await new Promise((resolve) => setTimeout(resolve, 1));
    await settle();
    if (!settled && clock.waiting > 0) clock.advance(ms);
  }
  return promise;
}
