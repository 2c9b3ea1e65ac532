// Bun's `fetch` sends a GET again when a reused connection breaks, and its errors do not tell a failed handshake from a
// connection that broke later.
import { isBuiltIn, sendByFetch } from "./built-in.js";
import type { OnceModule } from "./contract.js";

export const sendOnce: OnceModule["sendOnce"] = async (url, init, trace, ownFetch) => {
  // A fetch of the caller's own may hand it on to the runtime's.
  if (ownFetch || !isBuiltIn(globalThis.fetch) || behindProxy())
    return sendByFetch(url, init, ownFetch, { keepalive: false });
  // A part that cannot be loaded has sent nothing.
  trace.left = false;
  trace.loading = true;
  const { sendOnOwnConnection } = await import("./own-connection.js");
  trace.loading = false;
  return sendOnOwnConnection(url, init, trace);
};
export const startsOnce: OnceModule["startsOnce"] = () => true;
export const hidesAttempts = true;
export const leavesPacked = false;

/** Whether the environment names a proxy, which a connection of one's own would pass by. */
function behindProxy(): boolean {
  const { env } = (globalThis as unknown as { readonly process: { readonly env: NodeJS.ProcessEnv } })
    .process;
  return Boolean(env.https_proxy || env.HTTPS_PROXY || env.all_proxy || env.ALL_PROXY);
}
