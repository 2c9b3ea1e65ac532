import { createEmulator, type Emulator, type EmulatorRequest } from "../emulator.js";
import type { ReplyOverrides } from "../faulty-reply.js";
import type { EmulatorReply } from "../reply.js";
import { createUserListing } from "./listing.js";
import { settingsOf, type ZephrEmulatorOptions } from "./options.js";
import { type ExportQuery, readQuery } from "./query.js";
import { createRateLimiter } from "./rate-limit.js";
import { csvPage, jsonPage, type ListingPage, refusal } from "./replies.js";
import { createSignatureCheck } from "./signature.js";
import { zephrItem } from "./users.js";

/** An emulated Zephr tenant. */
export interface ZephrEmulator extends Emulator {
  /** Which vendor it is. */
  readonly name: "zephr";
  /** How many users there are now. */
  readonly users: number;
  /** Lets so many users register; they are numbered on. */
  addUsers(count: number): void;
  /** Deletes a user by its number. */
  removeUser(index: number): void;
}

/**
 * Zephr's user export as the vendor documents it: verifies each signature over the request as it came in, takes no nonce
 * twice, and pages through a listing that can change while it is read. Every request is a `page` to faults and journal:
 * a start asks for one too.
 *
 * @throws `CONFIG_INVALID` for an option that makes no sense
 *
 * @example
 * ```ts
 * const emulator = createZephrEmulator({ keys: { AK: "s3cr3t" }, users: 10_000, addedPerPage: 3 });
 * const client = createExportClient({
 *   providers: { readers: zephr({ baseUrl: emulator.endpoint, accessKey: "AK", secretKey: "s3cr3t" }) },
 *   fetch: emulator.fetch,
 * });
 * ```
 */
export function createZephrEmulator(options: ZephrEmulatorOptions = {}): ZephrEmulator {
  const settings = settingsOf(options);
  const { clock, latencyMs } = settings;
  const listing = createUserListing(settings.users, settings.order);
  const signatures = createSignatureCheck(settings);
  const limiter = createRateLimiter(settings.rateLimit);
  let pagesRead = 0;
  /** The key pair is no longer valid. */
  let revoked = false;

  async function respond(
    request: EmulatorRequest,
    _role: string,
    overrides: ReplyOverrides,
  ): Promise<EmulatorReply> {
    const { method, url } = request;
    const version = versionOf(url);
    if (version === undefined) return refusal(settings, 404, "Not found");
    if (method !== "GET") return refusal(settings, 405, "Method not allowed", { allow: "GET" });
    const tooMany = limiter.refuse(clock.now());
    if (tooMany) return refusal(settings, 429, "Too many requests", tooMany);
    if (overrides.revoked) revoked = true;
    const problem = revoked ? "Unknown access key" : await signatures.refusal(request, clock.now());
    if (problem !== undefined || overrides.expired) {
      return refusal(settings, 401, problem ?? "Request has expired");
    }
    const query = readQuery(url, version);
    if ("problem" in query) return refusal(settings, 400, query.problem);
    const page = read({ ...query, page: Math.max(1, query.page + (overrides.pageOffset ?? 0)) });
    pagesRead += 1;
    const { addedPerPage } = settings;
    listing.add(typeof addedPerPage === "number" ? addedPerPage : addedPerPage(pagesRead));
    return version === "v4" && settings.v4Format === "csv"
      ? csvPage(page, query)
      : jsonPage(settings, page, url);
  }

  function read({ page, rpp: asked, include, condition }: ExportQuery): ListingPage {
    const { ignoresPage, ignoresPaging, maxPageSize } = settings;
    const rpp = ignoresPaging ? Number.MAX_SAFE_INTEGER : Math.min(asked, maxPageSize);
    const start = ignoresPage || ignoresPaging ? 0 : (page - 1) * rpp;
    const users = listing.slice(start, start + rpp, condition);
    return {
      items: users.map((user) => zephrItem(user, include)),
      count: listing.count(condition),
      rpp,
      page,
    };
  }

  const emulator = createEmulator({
    name: "zephr",
    origins: { api: settings.endpoint },
    clock,
    latencyMs: typeof latencyMs === "number" ? latencyMs : ({ url }) => latencyMs(pageOf(url)),
    faults: options.faults,
    identify: ({ url }) => (versionOf(url) === undefined ? "unknown" : "page"),
    respond,
    reset() {
      revoked = false;
      pagesRead = 0;
      listing.reset();
      signatures.reset();
      limiter.reset();
    },
  });
  const extension = {
    name: "zephr",
    get users() {
      return listing.count();
    },
    addUsers: listing.add,
    removeUser: listing.remove,
  } as const;
  return Object.defineProperties(emulator, Object.getOwnPropertyDescriptors(extension)) as ZephrEmulator;
}

function versionOf(url: URL): "v3" | "v4" | undefined {
  if (url.pathname === "/v3/user-export") return "v3";
  return url.pathname === "/v4/user-export" ? "v4" : undefined;
}

function pageOf(url: URL): number {
  return Number(url.searchParams.get("page") ?? "1");
}
