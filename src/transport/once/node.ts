// Node's `fetch` never repeats what was lost, but it does repeat what is answered by 421, as the standard asks for; an
// agent or a `fetch` of the caller's own may repeat anything. So what goes out below is watched, whoever sends it.
import type { OnceModule } from "./contract.js";

// Kept: to find it again among the loaded modules takes a tenth of a millisecond for each request.
let watched: typeof import("./watched.js") | undefined;

export const sendOnce: OnceModule["sendOnce"] = async (url, init, trace, ownFetch) => {
  // A part that cannot be loaded has sent nothing, and what is given up meanwhile is not sent any more.
  trace.left = false;
  trace.loading = true;
  watched ??= await import("./watched.js");
  trace.loading = false;
  init.signal.throwIfAborted();
  trace.left = undefined;
  return watched.sendWatched(url, init, trace, ownFetch ?? globalThis.fetch);
};
export const startsOnce: OnceModule["startsOnce"] = () => true;
export const hidesAttempts = false;
export const leavesPacked = false;
