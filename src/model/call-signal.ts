/** By shape: a signal may come from another realm or from a ponyfill. */
export function isSignal(value: unknown): value is AbortSignal {
  if (typeof value !== "object" || value === null) return false;
  const { aborted, addEventListener, removeEventListener } = value as { readonly [key: string]: unknown };
  return (
    [typeof aborted, typeof addEventListener, typeof removeEventListener].join() ===
    "boolean,function,function"
  );
}

/**
 * A caller's signal as every call takes it up: one that is aborted ends the call before it does anything, and one of a
 * ponyfill gets what newer standards added to signals, its reason and `throwIfAborted`.
 */
export function takeSignal(signal: AbortSignal): AbortSignal {
  const taken = signal instanceof AbortSignal ? signal : completion(signal);
  taken.throwIfAborted();
  return taken;
}

const completions = new WeakMap<AbortSignal, AbortSignal>();

/** The same one for the same signal, so that what follows a signal finds those that follow it already. */
function completion(signal: AbortSignal): AbortSignal {
  const taken = completions.get(signal) ?? completed(signal);
  completions.set(signal, taken);
  return taken;
}

function completed(signal: AbortSignal): AbortSignal {
  let fallback: unknown;
  const reason = (): unknown => {
    if (!signal.aborted) return undefined;
    fallback ??= new DOMException("This operation was aborted", "AbortError");
    return signal.reason ?? fallback;
  };
  return {
    get aborted() {
      return signal.aborted;
    },
    get reason() {
      return reason();
    },
    addEventListener: (...listener: Parameters<AbortSignal["addEventListener"]>) =>
      signal.addEventListener(...listener),
    removeEventListener: (...listener: Parameters<AbortSignal["removeEventListener"]>) =>
      signal.removeEventListener(...listener),
    throwIfAborted() {
      if (signal.aborted) throw reason();
    },
  } as AbortSignal;
}
