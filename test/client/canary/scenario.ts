import { inspect } from "node:util";
import type { ExportJob } from "exportkit";
import { type AuthgearProvider, type AuthgearRequest, authgear } from "exportkit/authgear";
import { type FaultRule, generateAuthgearKeys } from "exportkit/testing";
import { expect } from "vitest";
import { type HarnessOptions, harness } from "../harness.js";
import { partsOfKey, recordingLogger, secretsOf, visible } from "./leaks.js";

export const endpoint = "https://myapp.authgearapps.com";
export const canaryToken = "canary-token-7f3a9c51e0";
export const functionToken = "canary-function-token-b2d84";

export const keys = await generateAuthgearKeys();

export const credentials: { readonly [kind: string]: () => AuthgearProvider } = {
  "private key": () =>
    authgear({ endpoint, projectId: "myapp", keyId: keys.keyId, privateKey: keys.privateKey }),
  "ready-made token": () => authgear({ endpoint, token: canaryToken }),
  "token function": () => authgear({ endpoint, token: async () => functionToken }),
};

export interface Scenario extends Pick<HarnessOptions, "emulator" | "settings"> {
  readonly intercept?: HarnessOptions["intercept"] | undefined;
  readonly request?: AuthgearRequest;
  readonly faults?: readonly FaultRule[];
  readonly check?: (text: string) => void;
}

/**
 * Runs a scenario to its end, good or bad, with everything that can be seen of it collected, and expects no secret of
 * the credentials, the requests or the users in it.
 */
export async function expectNoLeak(kind: string, options: Scenario = {}): Promise<void> {
  const seen: unknown[] = [];
  const { logger, lines } = recordingLogger();
  const provider = (credentials[kind] ?? credentials["private key"])?.();
  const set = harness({
    provider: provider as AuthgearProvider,
    emulator: {
      users: 60,
      pendingPolls: 1,
      keys: { [keys.keyId]: keys.publicKey },
      tokens: [canaryToken, functionToken],
      ...options.emulator,
    },
    settings: { logger, onEvent: (event) => seen.push(event), retry: { retries: 1 }, ...options.settings },
    ...(options.intercept && { intercept: options.intercept }),
  });
  for (const rule of options.faults ?? []) set.emulator.faults.add(rule);
  const request: AuthgearRequest = options.request ?? { format: "ndjson" };
  const note = (error: unknown) => void seen.push(error);
  let latest: ExportJob | undefined;
  try {
    let job = await set.client.startExport("users", request);
    seen.push(job);
    job = await set.client.pollExport(job).catch((error: unknown) => {
      note(error);
      return job;
    });
    job = await set.client.waitForExport(job, {
      timeoutMs: 120_000,
      onProgress: (current) => {
        latest = current;
        seen.push(current);
      },
    });
    const download = await set.client.download(job, { onProgress: (progress) => seen.push(progress) });
    seen.push(download.checkpoint(), download.job, download.fileName, inspect(download, { depth: 9 }));
    for await (const record of download) {
      seen.push(download.checkpoint());
      expect(visible(record)).not.toContain("TOTP-SECRET-");
    }
    seen.push(download.checkpoint());
    const again = await set.client.download(job);
    const response = again.toResponse();
    seen.push([...response.headers]);
    await response.body?.cancel();
  } catch (error) {
    note(error);
  }
  seen.push(latest, lines);
  const text = seen.map(visible).join("\n");
  const secrets = [
    ...secretsOf(set.sent),
    ...partsOfKey(keys.privateKey),
    canaryToken,
    functionToken,
    "TOTP-SECRET-",
  ];
  expect(set.sent.length).toBeGreaterThan(0);
  expect(secrets.filter((secret) => text.includes(secret))).toEqual([]);
  options.check?.(text);
}
