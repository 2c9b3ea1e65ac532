import { createHash } from "node:crypto";
import { createExportClient } from "exportkit";
import { type AuthgearOptions, authgear } from "exportkit/authgear";
import { type AvepointOptions, avepoint } from "exportkit/avepoint";
import type { Provider } from "exportkit/provider";
import {
  createAuthgearEmulator,
  createAvepointEmulator,
  createZephrEmulator,
  type Emulator,
} from "exportkit/testing";
import { zephr } from "exportkit/zephr";
import { describe, expect, it } from "vitest";
import { collect } from "../support/collect.js";

type Address = string | URL;
interface Vendor {
  readonly emulator: () => Emulator;
  readonly provider: (address: Address) => unknown;
  readonly request: object;
  readonly option: string;
  /** The API's own path, which is added to what is given. */
  readonly api: string;
}

const clientId = "11111111-2222-4333-8444-555555555555";
const tokenUrl = "https://identity.avepointonlineservices.com/connect/token";
const pair = { accessKey: "AK", secretKey: "s3cr3t" };

const vendors: { readonly [name: string]: Vendor } = {
  authgear: {
    emulator: () => createAuthgearEmulator({ tokens: ["a-token-1"], users: 30 }),
    provider: (endpoint) => authgear({ endpoint, token: "a-token-1" } as AuthgearOptions),
    request: { format: "csv" },
    option: "endpoint",
    api: "/_api/admin/users/export",
  },
  avepoint: {
    emulator: () => createAvepointEmulator({ clients: [{ clientId, clientSecret: "s3cr3t-1" }] }),
    provider: (baseUrl) =>
      avepoint({
        baseUrl,
        tokenUrl: new URL(tokenUrl),
        clientId,
        clientSecret: "s3cr3t-1",
      } as AvepointOptions),
    request: { report: "sitePermissions", siteUrls: ["https://a.example/s"] },
    option: "baseUrl",
    api: "/insights",
  },
  zephr: {
    emulator: () => createZephrEmulator({ keys: { AK: "s3cr3t" }, users: 30 }),
    provider: (baseUrl) => zephr({ ...pair, baseUrl }),
    request: { pageSize: 10 },
    option: "baseUrl",
    api: "/v3/user-export",
  },
};

/** Signs again what a gateway has shortened the path of; the emulator checks the path that it sees. */
function zephrSignature(url: URL, authorization: string): string {
  const [, timestamp = "", nonce = ""] = authorization.split(":");
  const text = `s3cr3t${url.pathname}${url.search.slice(1)}GET${timestamp}${nonce}`;
  return `ZEPHR-HMAC-SHA256 AK:${timestamp}:${nonce}:${createHash("sha256").update(text).digest("hex")}`;
}

/** An export through a gateway that has the vendor behind a path, with the paths it was asked for. */
async function through(name: string, address: Address) {
  const vendor = vendors[name] as Vendor;
  const emulator = vendor.emulator();
  const { origin, pathname } = new URL(address);
  const prefix = pathname.replace(/\/+$/, "");
  const asked: string[] = [];
  const signatures: boolean[] = [];
  const client = createExportClient({
    providers: { export: vendor.provider(address) as Provider },
    fetch: async (input, init) => {
      const url = new URL(input as string);
      if (url.origin !== origin) return emulator.fetch(url.href, init);
      asked.push(url.pathname);
      expect(url.pathname.startsWith(`${prefix}/`)).toBe(true);
      const inner = new URL(emulator.endpoint + url.pathname.slice(prefix.length) + url.search);
      const headers = new Headers(init?.headers);
      const authorization = headers.get("authorization") ?? "";
      if (name === "zephr") {
        signatures.push(authorization === zephrSignature(url, authorization));
        headers.set("authorization", zephrSignature(inner, authorization));
      }
      return emulator.fetch(inner.href, { ...init, headers });
    },
    clock: { now: () => Date.now(), sleep: async () => {}, setTimer: () => () => {} },
  });
  const job = await client.waitForExport(await client.startExport("export", vendor.request));
  const records = await collect(await client.download(job));
  return { asked, signatures, records };
}

/** As a ponyfill makes it. */
const foreignUrl = (href: string) => ({ href, toString: () => href }) as unknown as URL;

describe.each(Object.keys(vendors))("%s behind a gateway", (name) => {
  const vendor = vendors[name] as Vendor;

  it.each<[string, Address]>([
    ["a path", "https://gateway.example/behind"],
    ["a path with a slash at its end", "https://gateway.example/behind/"],
    ["a path of several steps", "https://gateway.example:8443/eu/tenants/7//"],
    ["a path with characters to escape", "https://gateway.example/b%C3%A4%20c/é"],
    ["a path on loopback", "http://127.0.0.1:8080/x"],
    ["a URL object", new URL("https://gateway.example")],
    ["a URL object with a path", new URL("https://gateway.example/behind/")],
    ["a URL object of a ponyfill", foreignUrl("https://gateway.example/behind")],
  ])("is asked there, by %s", async (_, address) => {
    const { asked, signatures, records } = await through(name, address);
    const prefix = new URL(address).pathname.replace(/\/+$/, "");
    expect(records.length).toBeGreaterThan(0);
    expect(asked.length).toBeGreaterThan(1);
    expect(asked.filter((path) => !path.startsWith(prefix + vendor.api))).toEqual([]);
    // The path as it is sent is what Zephr's signature covers.
    expect(signatures.filter((right) => !right)).toEqual([]);
  });

  it.each<[string, unknown, RegExp]>([
    ["with a query", "https://gateway.example/x?key=1", /no query/],
    ["with a fragment", "https://gateway.example/x#y", /no query and no fragment/],
    ["over http", "http://gateway.example/x", /loopback/],
    ["with a password", new URL("https://user:canary@gateway.example/x"), /user info/],
    ["with a line break at its end", "https://gateway.example/x\n", /white space/],
    ["of another scheme", new URL("ftp://gateway.example/x"), /scheme/],
    ["that is the API's own", `https://gateway.example/x${vendor.api}/`, /at its end/],
    ["that is no address", { href: 5 }, /must be a URL such as/],
  ])("is refused by an address %s", (_, address, words) => {
    expect(() => vendor.provider(address as Address)).toThrow(
      expect.objectContaining({
        code: "CONFIG_INVALID",
        details: expect.objectContaining({ field: vendor.option }),
        message: expect.stringMatching(words),
      }),
    );
    expect(() => vendor.provider(address as Address)).not.toThrow(/canary/);
  });
});
