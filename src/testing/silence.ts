/** Watches over requests that get no answer any more, and lets time pass once nothing else is waited for. */
export interface SilenceWatch {
  /** One request gets none, until the signal says that its caller has given up. */
  begin(over: AbortSignal): void;
  /** Something happens: time must not move yet. */
  stir(): void;
}

/**
 * Behind sockets an answer, a request or the end of a connection takes some turns of the event loop to arrive; as many
 * of these pass in vain before it counts as silence.
 */
const turnsOfSilence = 20;

/** `goOn` moves time on to what falls due next; it says whether there was anything. */
export function createSilenceWatch(goOn: () => boolean): SilenceWatch {
  let silent = 0;
  let quietTurns = 0;
  let watching = false;

  function watch(): void {
    watching = silent > 0;
    if (watching) setTimeout(turn, 0);
  }

  function turn(): void {
    quietTurns += 1;
    let waitedFor = true;
    if (quietTurns >= turnsOfSilence) {
      quietTurns = 0;
      waitedFor = silent > 0 && goOn();
    }
    // Where nobody waits, whoever begins to will stir.
    if (waitedFor) watch();
    else watching = false;
  }

  function stir(): void {
    quietTurns = 0;
    if (!watching) watch();
  }

  return {
    stir,
    begin(over) {
      if (over.aborted) return;
      silent += 1;
      over.addEventListener("abort", () => (silent -= 1), { once: true });
      stir();
    },
  };
}
