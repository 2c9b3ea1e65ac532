import type { Environment } from "./vendors.js";

/** The proxy that the environment names; `undefined` where it names none. */
export function proxyOf(environment: Environment): string | undefined {
  const { HTTPS_PROXY, https_proxy, HTTP_PROXY, http_proxy } = environment;
  return https_proxy || HTTPS_PROXY || http_proxy || HTTP_PROXY || undefined;
}

/**
 * Has this process's `fetch` use the proxy that the environment names. Where Node can be told only at its start, resolves
 * with the exit code of a second one that was; `undefined` to continue in this one.
 */
export async function throughProxy(environment: Environment): Promise<number | undefined> {
  if (proxyOf(environment) === undefined || environment.NODE_USE_ENV_PROXY === "1") return undefined;
  const { setGlobalProxyFromEnv } = (await import("node:http")) as {
    readonly setGlobalProxyFromEnv?: () => unknown;
  };
  if (setGlobalProxyFromEnv) {
    setGlobalProxyFromEnv();
    return undefined;
  }
  if (!process.allowedNodeEnvironmentFlags.has("--use-env-proxy")) {
    process.stderr.write(
      `exportkit: Node ${process.versions.node} cannot use the proxy that HTTPS_PROXY names; 22.21 and 24.5 can, and newer\n`,
    );
    return 2;
  }
  const { spawn } = await import("node:child_process");
  const child = spawn(process.execPath, process.argv.slice(1), {
    stdio: "inherit",
    env: { ...process.env, NODE_USE_ENV_PROXY: "1" },
  });
  for (const signal of ["SIGINT", "SIGTERM"] as const) process.on(signal, () => child.kill(signal));
  return new Promise((resolve) => {
    child.once("close", (code, signal) => resolve(code ?? (signal === "SIGKILL" ? 137 : 1)));
  });
}
