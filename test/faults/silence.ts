import { setImmediate } from "node:timers/promises";
import type { Emulator, TestClock } from "exportkit/testing";

export interface Watched {
  readonly emulator: Emulator;
  readonly clock: TestClock;
  /** How many requests the client has sent. */
  sent(): number;
  /** How many answers it has begun to read. */
  heard(): number;
}

/**
 * Lets the timeouts of requests that are never answered run out, and no others: time moves on once every request has
 * arrived, the client has heard every answer, and it waits for nothing but those that fell silent.
 */
export async function endSilences(
  { emulator, clock, sent, heard }: Watched,
  over: AbortSignal,
): Promise<void> {
  for (let ended = 0; !over.aborted; ) {
    await setImmediate();
    const { faults, requests } = emulator;
    const fired = (types: RegExp) => faults.fired.filter(({ fault }) => types.test(fault.type)).length;
    const silent = fired(/^(hang|stall)$/);
    const answered = requests.length - fired(/^(hang|reset|refuse)$/);
    // The client may have hung up on a silent one without waiting.
    const waitsForSilentOnes = clock.waiting > 0 && clock.waiting <= silent - ended;
    if (!waitsForSilentOnes || requests.length < sent() || heard() < answered) continue;
    ended = silent;
    clock.advance(30_000);
  }
}
