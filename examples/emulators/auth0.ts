// Auth0's users export, as far as an adapter sees it. It refuses what Auth0 refuses: wrong tokens, unknown jobs, old links.
import { createHash } from "node:crypto";
import { gzipSync } from "node:zlib";
import { createEmulator, createShiftableClock, type Emulator, type EmulatorClock } from "exportkit/testing";
import { serveFile, signedUrl } from "./signed-file.ts";
import { createTokens, json } from "./tokens.ts";

export const domain = "news.us.auth0.example";
export const client = { clientId: "exports", clientSecret: "canary-auth0-client-secret" };
const store = "https://user-exports.auth0.example";
const MINUTE_MS = 60_000;

export interface Auth0Emulator extends Emulator {
  /** Lets every export fail from now on. */
  fail(): void;
  /** Forgets all jobs, as Auth0 does after a day. */
  forget(): void;
  /** Gives every job this status. */
  say(status: string): void;
}

export function auth0Emulator(users: number, given?: EmulatorClock): Auth0Emulator {
  const clock = createShiftableClock(given);
  const tokens = createTokens(() => clock.now(), client, 24 * 60 * MINUTE_MS);
  const jobs = new Map<string, { readonly format: string; polls: number }>();
  let [failing, status, revision] = [false, "", 0];

  function file(format: string) {
    const rows = Array.from({ length: users }, (_, index) => {
      const user_id = `auth0|${createHash("sha256").update(`${index} ${revision}`).digest("hex")}`;
      return { user_id, email: `user${index}@example.com`, logins_count: index };
    });
    const text =
      format === "csv"
        ? `user_id,email\n${rows.map(({ user_id, email }) => `"${user_id}","${email}"\n`).join("")}`
        : rows.map((user) => `${JSON.stringify(user)}\n`).join("");
    return { bytes: new Uint8Array(gzipSync(text)), etag: `"${revision}"`, contentType: "application/gzip" };
  }

  const emulator = createEmulator({
    name: "auth0",
    origins: { api: `https://${domain}`, store },
    clock,
    identify({ method, url }, role) {
      if (role === "store") return "artifact";
      if (url.pathname === "/oauth/token") return "token";
      return method === "POST" ? "start" : "poll";
    },
    async respond(request, role, overrides) {
      const { method, url, body } = request;
      if (overrides.changed) revision += 1;
      const format = /\.(json|csv)\.gz$/.exec(url.pathname)?.[1] ?? "";
      if (role === "store") return serveFile(request, overrides, clock.now(), file(format));
      if (overrides.revoked) tokens.withdraw();
      if (url.pathname === "/oauth/token")
        return tokens.answer(request, { audience: `https://${domain}/api/v2/` });
      if (!tokens.isGood(request))
        return json(401, { statusCode: 401, error: "Unauthorized", message: "Invalid token" });
      if (method === "POST" && url.pathname === "/api/v2/jobs/users-exports") {
        const asked = JSON.parse(new TextDecoder().decode(body)) as { readonly format?: unknown };
        if (asked.format !== "json" && asked.format !== "csv")
          return json(400, { statusCode: 400, error: "Bad Request", message: "Payload validation error" });
        const id = `job_${String(jobs.size + 1).padStart(16, "0")}`;
        jobs.set(id, { format: asked.format, polls: 0 });
        return json(200, {
          id,
          type: "users_export",
          status: "pending",
          created_at: new Date(clock.now()).toISOString(),
        });
      }
      const id = /^\/api\/v2\/jobs\/(\w+)$/.exec(url.pathname)?.[1] ?? "";
      const job = jobs.get(id);
      if (!job) return json(404, { statusCode: 404, error: "Not Found", message: "The job does not exist" });
      const known = { id, type: "users_export" };
      if (status !== "") return json(200, { ...known, status });
      if (failing) return json(200, { ...known, status: "failed" });
      if (job.polls++ === 0) return json(200, { ...known, status: "processing", percentage_done: 40 });
      const location = signedUrl(store, `/${id}/news.${job.format}.gz`, clock.now() + MINUTE_MS);
      return json(200, { ...known, status: "completed", percentage_done: 100, location });
    },
  });
  return Object.assign(emulator, {
    fail: () => {
      failing = true;
    },
    forget: () => jobs.clear(),
    say: (word: string) => {
      status = word;
    },
  });
}
