import type { OpenResponse } from "./send.js";

/** Lets so many through at a time; whoever has to wait is let through in the order of coming. */
interface Gate {
  inside: number;
  readonly queue: (() => void)[];
}

const gates = new WeakMap<object, Gate>();

/**
 * Resolves, once there is room, with what makes it free again, to be called once or more often; rejects with the reason of a
 * signal that is aborted meanwhile.
 *
 * @param door - whose gate it is
 */
export async function enterGate(door: object, limit: number, signal: AbortSignal): Promise<() => void> {
  const gate = gates.get(door) ?? { inside: 0, queue: [] };
  gates.set(door, gate);
  const { queue } = gate;
  signal.throwIfAborted();
  if (gate.inside < limit) gate.inside += 1;
  else
    await new Promise<void>((resolve, reject) => {
      const goIn = () => {
        signal.removeEventListener("abort", giveUp);
        resolve();
      };
      const giveUp = () => {
        queue.splice(queue.indexOf(goIn), 1);
        reject(signal.reason);
      };
      queue.push(goIn);
      signal.addEventListener("abort", giveUp, { once: true });
    });
  let isInside = true;
  return () => {
    if (!isInside) return;
    isInside = false;
    const next = queue.shift();
    // The place goes from hand to hand, so that nobody who comes now can take it.
    if (next) next();
    else gate.inside -= 1;
  };
}

/**
 * An answer with whose end the place is free; a file's is free with its headers. Whoever reads a file may take its time, and
 * need other requests meanwhile.
 */
export function leaveWithAnswer(open: OpenResponse, leave: () => void): OpenResponse {
  return {
    ...open,
    release() {
      leave();
      open.release();
    },
    close() {
      leave();
      open.close();
    },
    stopTimers() {
      leave();
      open.stopTimers();
    },
  };
}
