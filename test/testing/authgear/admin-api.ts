import {
  type AuthgearEmulator,
  type AuthgearEmulatorOptions,
  createAuthgearEmulator,
  createTestClock,
  type TestClock,
} from "exportkit/testing";

/** The vendor's error object, as far as tests look at it. */
export interface VendorError {
  readonly name: string;
  readonly reason: string;
  readonly message: string;
  readonly code: number;
  readonly tracking_id?: string;
  readonly info?: { readonly [key: string]: unknown };
}

export interface VendorResult {
  readonly id: string;
  readonly status: string;
  readonly created_at: string;
  readonly completed_at?: string;
  readonly failed_at?: string;
  readonly download_url?: string;
  readonly request: unknown;
  readonly error?: VendorError;
}

/** A project with a ready-made token, and the few raw requests that its API knows. */
export interface AdminApi {
  readonly emulator: AuthgearEmulator;
  readonly clock: TestClock;
  post(body: unknown, headers?: { readonly [name: string]: string }): Promise<Response>;
  get(id: string): Promise<Response>;
  start(body?: unknown): Promise<VendorResult>;
  poll(id: string): Promise<VendorResult>;
  /** Starts an export and returns the link to its file. */
  link(body?: unknown): Promise<string>;
}

export const token = "ready-made-token";
export const exportPath = "/_api/admin/users/export";

export function adminApi(options: AuthgearEmulatorOptions = {}): AdminApi {
  const clock = createTestClock();
  const emulator = createAuthgearEmulator({ tokens: [token], clock, ...options });
  const authorization = `Bearer ${token}`;
  const api: AdminApi = {
    emulator,
    clock,
    post: (body, headers = {}) =>
      emulator.fetch(`${emulator.endpoint}${exportPath}`, {
        method: "POST",
        headers: { authorization, "content-type": "application/json", ...headers },
        body: typeof body === "string" ? body : JSON.stringify(body),
      }),
    get: (id) => emulator.fetch(`${emulator.endpoint}${exportPath}/${id}`, { headers: { authorization } }),
    start: async (body = { format: "ndjson" }) => resultOf(await api.post(body)),
    poll: async (id) => resultOf(await api.get(id)),
    async link(body) {
      const { id } = await api.start(body);
      const { download_url } = await api.poll(id);
      if (download_url === undefined) throw new Error("no link");
      return download_url;
    },
  };
  return api;
}

export async function resultOf(response: Response): Promise<VendorResult> {
  return ((await response.json()) as { readonly result: VendorResult }).result;
}

export async function errorOf(response: Response): Promise<VendorError> {
  return ((await response.json()) as { readonly error: VendorError }).error;
}
