import { createHash } from "node:crypto";
import {
  createTestClock,
  createZephrEmulator,
  type TestClock,
  type ZephrEmulator,
  type ZephrEmulatorOptions,
} from "exportkit/testing";

/** A tenant and raw requests to it, signed here by Node's own means and not by the package's. */
export interface Tenant {
  readonly emulator: ZephrEmulator;
  readonly clock: TestClock;
  /** Asks for a target such as `/v3/user-export?…`; `change` spoils one part of the signature. */
  get(target: string, change?: Change): Promise<Response>;
}

export interface Change {
  readonly scheme?: string;
  readonly accessKey?: string;
  readonly secretKey?: string;
  readonly timestamp?: number;
  readonly nonce?: string;
  /** What is signed in the place of the true query. */
  readonly query?: string;
  readonly method?: string;
  readonly authorization?: string;
}

let nonces = 0;

export function tenant(options: ZephrEmulatorOptions = {}): Tenant {
  const clock = createTestClock();
  const emulator = createZephrEmulator({ keys: { AK: "s3cr3t" }, clock, ...options });
  return {
    emulator,
    clock,
    get(target, change = {}) {
      const authorization = change.authorization ?? authorizationOf(target, clock.now(), change);
      return emulator.fetch(
        new Request(emulator.endpoint + target, {
          method: change.method ?? "GET",
          headers: { authorization },
        }),
      );
    },
  };
}

export function authorizationOf(target: string, now: number, change: Change = {}): string {
  const { scheme = "ZEPHR-HMAC-SHA256", accessKey = "AK", secretKey = "s3cr3t", timestamp = now } = change;
  const { nonce = `nonce-${++nonces}`, method = "GET" } = change;
  const [path = "", query = ""] = target.split("?");
  const text = `${secretKey}${path}${change.query ?? query}${method}${timestamp}${nonce}`;
  return `${scheme} ${accessKey}:${timestamp}:${nonce}:${createHash("sha256").update(text).digest("hex")}`;
}

export const firstPage = "/v3/user-export?attributes=true&rpp=10&page=1";
