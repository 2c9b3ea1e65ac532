import type { AuthgearRequest } from "exportkit/authgear";
import { type AuthgearEmulatorOptions, authgearUser } from "exportkit/testing";
import { harness } from "../../client/harness.js";
import { collect } from "../../support/collect.js";

export type Json = { readonly [key: string]: unknown };

export async function exported(request: AuthgearRequest, emulator: AuthgearEmulatorOptions = {}) {
  const set = harness({ emulator: { users: 200, ...emulator } });
  const download = await set.client.runExport("users", request);
  return { ...set, download };
}

export const recordsOf = async (request: AuthgearRequest, emulator?: AuthgearEmulatorOptions) =>
  (await collect((await exported(request, emulator)).download)) as unknown as Json[];

/** The vendor's user as records show it: without TOTP secrets. */
export function shown(index: number, options = {}): Json {
  const user = authgearUser(index, options);
  const { totps: _, ...mfa } = user.mfa as Json;
  return JSON.parse(JSON.stringify({ ...user, mfa }));
}

export function at(user: Json, pointer: string): unknown {
  let value: unknown = user;
  for (const step of pointer.slice(1).split("/")) value = (value as Json | undefined)?.[step];
  return value;
}
