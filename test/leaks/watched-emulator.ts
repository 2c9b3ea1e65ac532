import type { Emulator } from "exportkit/testing";

/** An emulator that counts answers the client has neither read to the end nor given up. */
export interface WatchedEmulator {
  readonly emulator: Emulator;
  /** How many such answers there are now. */
  readonly open: number;
}

export function watchedEmulator(emulator: Emulator): WatchedEmulator {
  let open = 0;
  const handle: Emulator["handle"] = (request, role) => {
    open += 1;
    // The server aborts it when an answer is over, however that came about.
    request.signal.addEventListener("abort", () => {
      open -= 1;
    });
    return emulator.handle(request, role);
  };
  return {
    // Everything else stays the emulator's own.
    emulator: Object.create(emulator, { handle: { value: handle } }) as Emulator,
    get open() {
      return open;
    },
  };
}
