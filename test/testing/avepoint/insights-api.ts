import {
  type AvepointEmulator,
  type AvepointEmulatorOptions,
  createAvepointEmulator,
  createTestClock,
  type TestClock,
} from "exportkit/testing";

export const clientId = "app-1";
export const clientSecret = "secret-1";

/** A tenant, and the few raw requests that its API knows. */
export interface InsightsApi {
  readonly emulator: AvepointEmulator;
  readonly clock: TestClock;
  /** A request at the API with a good token. */
  get(path: string, init?: RequestInit): Promise<Response>;
  /** A token request with these fields. */
  token(form: { readonly [field: string]: string } | string, init?: RequestInit): Promise<Response>;
  start(query?: string): Promise<string>;
}

export const startPath = "/insights/users/ada%2540contoso.com/access/export?dataSources=onedrive";

export function insightsApi(options: AvepointEmulatorOptions = {}): InsightsApi {
  const clock = createTestClock();
  const emulator = createAvepointEmulator({
    tokens: ["ready-made"],
    clients: [{ clientId, clientSecret }],
    clock,
    ...options,
  });
  const get: InsightsApi["get"] = (path, init = {}) =>
    emulator.fetch(`${emulator.endpoint}${path}`, {
      ...init,
      headers: { authorization: "Bearer ready-made", ...init.headers },
    });
  return {
    emulator,
    clock,
    get,
    token: (form, init = {}) =>
      emulator.fetch(emulator.tokenUrl, {
        method: "POST",
        headers: { "content-type": "application/x-www-form-urlencoded" },
        body: typeof form === "string" ? form : new URLSearchParams(form).toString(),
        ...init,
      }),
    start: async (path = startPath) => ((await (await get(path)).json()) as { readonly jobId: string }).jobId,
  };
}

export async function bytesOf(response: Response): Promise<Uint8Array> {
  return new Uint8Array(await response.arrayBuffer());
}
