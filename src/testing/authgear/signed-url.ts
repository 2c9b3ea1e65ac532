import type { StoreDialect } from "./store-dialect.js";

/** Makes and checks links that are secrets for as long as they live. */
export interface UrlSigner {
  sign(origin: string, path: string): Promise<string>;
  verify(method: string, url: URL): Promise<"valid" | "tampered" | "expired">;
}

// Carries what the stores' own parameters cannot: the exact end, and a number that makes every link a new one.
const linkParameter = "emulator-link";

/** Signs host, path and the whole query, in whatever order, with HMAC-SHA256. Nothing else may be rewritten. */
export function createUrlSigner(
  dialect: StoreDialect,
  settings: { readonly projectId: string; readonly urlLifetimeMs: number; now(): number },
): UrlSigner {
  let links = 0;

  async function signatureOf(method: string, url: URL): Promise<string> {
    const encoder = new TextEncoder();
    const query = url.search
      .slice(1)
      .split("&")
      .filter((part) => !part.startsWith(`${dialect.signatureParameter}=`))
      .sort();
    const signedMethod = dialect.signsMethod ? method : "GET";
    const text = [signedMethod, url.host, url.pathname, ...query].join("\n");
    const secret = encoder.encode(`emulator of ${settings.projectId}`);
    const algorithm = { name: "HMAC", hash: "SHA-256" };
    const key = await crypto.subtle.importKey("raw", secret, algorithm, false, ["sign"]);
    const bytes = new Uint8Array(await crypto.subtle.sign("HMAC", key, encoder.encode(text)));
    return Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join("");
  }

  return {
    async sign(origin, path) {
      const now = settings.now();
      const url = new URL(path, origin);
      for (const [name, value] of dialect.parameters(now, settings.urlLifetimeMs))
        url.searchParams.append(name, value);
      url.searchParams.append(linkParameter, `${++links}-${now + settings.urlLifetimeMs}`);
      url.searchParams.append(dialect.signatureParameter, await signatureOf("GET", url));
      return url.href;
    },
    async verify(method, url) {
      const end = Number(url.searchParams.get(linkParameter)?.split("-")[1]);
      if (dialect.expiryFirst && settings.now() >= end) return "expired";
      const given = url.searchParams.getAll(dialect.signatureParameter);
      if (given.length !== 1 || given[0] !== (await signatureOf(method, url))) return "tampered";
      return settings.now() < end ? "valid" : "expired";
    },
  };
}
