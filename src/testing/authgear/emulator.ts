import { createEmulator, type Emulator } from "../emulator.js";
import { createApi, identify } from "./api.js";
import { type AuthgearEmulatorOptions, settingsOf } from "./options.js";
import { createUsageCounter } from "./quota.js";
import { createUrlSigner } from "./signed-url.js";
import { createStore } from "./store.js";
import { storeDialects } from "./store-dialect.js";
import type { AuthgearTask } from "./task.js";
import { createTaskQueue } from "./task-queue.js";

/** An emulated Authgear project. */
export interface AuthgearEmulator extends Emulator {
  /** Which vendor it is. */
  readonly name: "authgear";
  /** The exports that were started, in order: their number says how often a start took effect. */
  readonly tasks: readonly AuthgearTask[];
  /** Lets every file be another one from now on: other content, other `ETag`. */
  changeObjects(): void;
}

/**
 * Authgear's user export as the server behaves: the Admin API, and the object store that its links lead to. Refuses
 * what the vendor refuses, and makes files of any size without holding them.
 *
 * @throws `CONFIG_INVALID` for an option that makes no sense
 *
 * @example
 * ```ts
 * const { keyId, privateKey, publicKey } = await generateAuthgearKeys();
 * const emulator = createAuthgearEmulator({ keys: { [keyId]: publicKey }, users: 10_000 });
 * emulator.faults.add({ on: "artifact", fault: { type: "drop", afterBytes: 100_000 } });
 *
 * const client = createExportClient({
 *   providers: { users: authgear({ endpoint: emulator.endpoint, projectId: "myapp", keyId, privateKey }) },
 *   fetch: emulator.fetch,
 * });
 * ```
 */
export function createAuthgearEmulator(options: AuthgearEmulatorOptions = {}): AuthgearEmulator {
  const settings = settingsOf(options);
  const { clock, projectId, urlLifetimeMs } = settings;
  const tasks = createTaskQueue(settings);
  const usage = createUsageCounter(settings.quota);
  const now = () => clock.now();
  const signer = createUrlSigner(storeDialects[settings.store], { projectId, urlLifetimeMs, now });
  const store = createStore(settings, tasks, signer);
  let origins = { api: settings.endpoint, store: settings.storeOrigin };
  const api = createApi(settings, tasks, usage, (task) => signer.sign(origins.store, store.pathOf(task)));

  const emulator = createEmulator({
    name: "authgear",
    origins,
    clock,
    latencyMs: settings.latencyMs,
    faults: options.faults,
    identify: (request, role) => (role === "store" ? "artifact" : identify(request)),
    async respond(request, role, overrides) {
      if (role === "store") return store.respond(request, overrides);
      if (overrides.changed) store.change();
      return api.respond(request, new URL(origins.api).hostname, overrides);
    },
    reaches: (url) => (isNeighbour(url, new URL(origins.api)) ? "api" : undefined),
    moved(moved) {
      origins = { api: moved.api, store: moved.store ?? moved.api };
    },
    reset() {
      api.reset();
      tasks.reset();
      usage.reset();
      store.reset();
    },
  });
  const extension = { name: "authgear", tasks: tasks.all, changeObjects: store.change } as const;
  return Object.defineProperties(emulator, Object.getOwnPropertyDescriptors(extension)) as AuthgearEmulator;
}

/** Another project's host at the same vendor answers too, and says that it knows no such app. */
function isNeighbour(url: URL, endpoint: URL): boolean {
  const domain = endpoint.hostname.slice(endpoint.hostname.indexOf("."));
  const shared = /^\.[a-z][a-z0-9-]*\.[a-z]+$/.test(domain);
  return (
    shared &&
    url.protocol === endpoint.protocol &&
    url.port === endpoint.port &&
    url.hostname.endsWith(domain)
  );
}
