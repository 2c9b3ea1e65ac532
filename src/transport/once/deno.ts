// Deno's `fetch` sends a request again when the connection breaks, in some versions on a fresh one too, and its errors
// name no codes.
import { isBuiltIn, sendByFetch } from "./built-in.js";
import type { OnceModule } from "./contract.js";

interface Deno {
  readonly env: { get(name: string): string | undefined };
  readonly permissions: {
    querySync(descriptor: { readonly name: "env"; readonly variable: string }): { readonly state: string };
  };
}

export const sendOnce: OnceModule["sendOnce"] = async (url, init, trace, ownFetch) => {
  if (ownFetch || !isBuiltIn(globalThis.fetch)) return sendByFetch(url, init, ownFetch);
  if (!behindProxy()) {
    // A part that cannot be loaded has sent nothing.
    trace.left = false;
    trace.loading = true;
    const { sendOnOwnConnection } = await import("./own-connection.js");
    trace.loading = false;
    return sendOnOwnConnection(url, init, trace);
  }
  // What has been read from a stream cannot be sent again. A GET has none, and no other way through the proxy.
  if (init.body === undefined) return sendByFetch(url, init, undefined);
  return sendByFetch(url, init, undefined, { body: new Blob([init.body]).stream(), duplex: "half" });
};
export const startsOnce: OnceModule["startsOnce"] = (ownFetch) =>
  !ownFetch && isBuiltIn(globalThis.fetch) && !behindProxy();
export const hidesAttempts = true;
export const leavesPacked = true;

/** Whether the environment names a proxy, which a connection of one's own would pass by. Asks for no permission. */
function behindProxy(): boolean {
  const { env, permissions } = (globalThis as unknown as { readonly Deno: Deno }).Deno;
  return ["https_proxy", "HTTPS_PROXY", "all_proxy", "ALL_PROXY"].some(
    (variable) =>
      permissions.querySync({ name: "env", variable }).state === "granted" && Boolean(env.get(variable)),
  );
}
