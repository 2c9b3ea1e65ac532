// For runtimes that nothing is known of, and for Cloudflare Workers: their `fetch` may send a GET again when a reused
// connection breaks, and has no option against it.
import { sendByFetch } from "./built-in.js";
import type { OnceModule } from "./contract.js";

export const sendOnce: OnceModule["sendOnce"] = (url, init, _, ownFetch) => sendByFetch(url, init, ownFetch);
export const startsOnce: OnceModule["startsOnce"] = () => false;
export const hidesAttempts = true;
export const leavesPacked = false;
