// Node's `fetch` never repeats what was lost, but it does repeat what is answered by 421, as the standard asks for. The
// connections behind it are asked here, once, and tell whether the request was written to one.
import { isBuiltIn, sendByFetch } from "./built-in.js";
import type { OnceModule } from "./contract.js";

interface Handler {
  readonly [callback: string]: unknown;
}
interface Dispatcher {
  dispatch(options: unknown, handler: Handler): boolean;
}

// What undici calls right before it writes a request; the second is the newer contract's.
const BEFORE_WRITING = ["onConnect", "onRequestStart"] as const;

export const sendOnce: OnceModule["sendOnce"] = async (url, init) => {
  if (!isBuiltIn(globalThis.fetch)) return sendByFetch(url, init);
  // Node loads undici, and with it the dispatcher, when one of its classes is first used.
  if (typeof globalThis.Response !== "function" || !dispatcherFor({})) return sendByFetch(url, init);
  let dispatched = 0;
  let written = false;
  const dispatcher: Dispatcher = {
    dispatch(options, handler) {
      dispatched += 1;
      const below = dispatched === 1 ? dispatcherFor(handler) : undefined;
      if (!below) throw new Error("a start is not sent twice");
      const watched = BEFORE_WRITING.filter((name) => typeof handler[name] === "function").map((name) => [
        name,
        {
          value(this: unknown, ...args: unknown[]) {
            written = true;
            return (handler[name] as (...args: unknown[]) => unknown).apply(this, args);
          },
        },
      ]);
      return below.dispatch(options, Object.create(handler, Object.fromEntries(watched)));
    },
  };
  const outcome = await sendByFetch(url, init, { dispatcher });
  if ("response" in outcome || dispatched === 0) return outcome;
  // With redirects left alone, only one answer makes it dispatch again.
  if (dispatched > 1) return { response: new Response(null, { status: 421 }) };
  return { ...outcome, neverSent: !written };
};
export const onceInit: OnceModule["onceInit"] = {};
export const startsOnce: OnceModule["startsOnce"] = () => true;
export const hidesAttempts = false;

/** What the global `fetch` sends by, a proxy's agent included; undici keeps one for each of its two contracts. */
function dispatcherFor(handler: Handler): Dispatcher | undefined {
  const versions = typeof handler.onConnect === "function" ? [1] : [2, 1];
  const known = globalThis as unknown as { readonly [key: symbol]: Dispatcher | undefined };
  return versions.map((version) => known[Symbol.for(`undici.globalDispatcher.${version}`)]).find(Boolean);
}
