import type { Provider } from "../../provider/contract.js";
import { pagedDelivery } from "../../provider/paged-delivery.js";
import { loadPart, ownProperties, unpolluted } from "../../provider/values.js";
import { createAuthorize } from "./auth.js";
import { describeFailure } from "./failures.js";
import type { ZephrItem, ZephrV4Record } from "./item.js";
import { fetchPage, predictCursor, start } from "./job.js";
import { readOptions, type ZephrOptions } from "./options.js";
import { records } from "./records.js";
import { requestSchema, type ZephrQuery, type ZephrRequest } from "./request.js";
import { requestV4Schema, type ZephrV4Query, type ZephrV4Request } from "./request-v4.js";

export type { ZephrGrant, ZephrIdentifiers, ZephrItem, ZephrUser, ZephrV4Record } from "./item.js";
export type { Moment } from "./moment.js";
export type { ZephrApiVersion, ZephrOptions, ZephrTenantOptions, ZephrUrlOptions } from "./options.js";
export type { ZephrQuery, ZephrRequest } from "./request.js";
export type { ZephrFilter, ZephrV4Query, ZephrV4Request } from "./request-v4.js";

/** What Zephr can do: a listing, ready at once. */
export interface ZephrCapabilities {
  /** Users come page by page. */
  readonly delivery: "pages";
  /** There is no job at the vendor: what is started can be read at once. */
  readonly jobs: "immediate";
  /** So there is nothing to tell of one. */
  readonly progress: false;
  /** What `bytes()` gives. */
  readonly formats: readonly ["ndjson"];
}

/** What `zephr` returns. */
export interface ZephrProvider extends Provider<ZephrQuery, ZephrItem, ZephrRequest> {
  /** What the connection can do. */
  readonly capabilities: ZephrCapabilities;
}

/** What `zephr` returns for `apiVersion: "v4"`. */
export interface ZephrV4Provider extends Provider<ZephrV4Query, ZephrV4Record, ZephrV4Request> {
  /** What the connection can do. */
  readonly capabilities: ZephrCapabilities;
}

/**
 * Zephr's user export: a listing in pages, each request signed. A started job has succeeded already; polling it costs
 * no request, and its download reads the pages.
 *
 * There is no file and no snapshot: the listing changes while it is read, and so does what is on which page. A user who
 * is there from the beginning to the end comes, and comes once, also across checkpoints, or the download ends with
 * `ARTIFACT_CHANGED`, as long as the listing keeps its order and
 * - Zephr tells totals, and users who are deleted in front of what was read are not hidden by others that are added
 *   between the same two answers; or
 * - it tells none, nobody is deleted while pages are read, and fewer than a page are added between two answers; with
 *   `prefetchPages` above 1, at one end of the listing.
 *
 * Users who are added or deleted meanwhile may come or not. None comes twice of the last thousand handed over, whatever
 * is added and deleted in one moment.
 *
 * @example
 * ```ts
 * zephr({
 *   tenantId: "news",
 *   accessKey,
 *   secretKey,
 * })
 * ```
 *
 * @throws `CONFIG_INVALID`, naming the option
 */
export function zephr(options: ZephrOptions & { readonly apiVersion?: "v3" | undefined }): ZephrProvider;
/** A connection that goes by version 4 of the API. */
export function zephr(options: ZephrOptions & { readonly apiVersion: "v4" }): ZephrV4Provider;
export function zephr(options: ZephrOptions): ZephrProvider | ZephrV4Provider {
  const settings = readOptions(options);
  const { baseUrl, accessKey, secretKey, apiVersion } = settings;
  // A request of v3 is one of v4 that uses less, so one set of functions serves both.
  const provider: Provider<ZephrV4Query, ZephrV4Record, ZephrV4Request> & {
    readonly capabilities: ZephrCapabilities;
  } = {
    spec: 1,
    name: "zephr",
    capabilities: { delivery: "pages", jobs: "immediate", progress: false, formats: ["ndjson"] },
    requestSchema: unpolluted(() => (apiVersion === "v3" ? requestSchema() : requestV4Schema())),
    origins: [new URL(baseUrl).origin],
    // Never used: there is nothing to wait for.
    pace: { floorMs: 1_000, ceilingMs: 1_000 },
    secrets: () => [secretKey, accessKey],
    // Every signature has a nonce.
    oneTimeAuthorization: true,
    authorize: createAuthorize(accessKey, secretKey),
    describeFailure,
    start: (context, request) => start(context, settings, request),
    poll: async () => ({ status: "succeeded" }),
    delivery: pagedDelivery({
      fetchPage: (context, job, cursor) => fetchPage(context, settings, ownProperties(job.request), cursor),
      predictCursor: (job, cursor, total) => predictCursor(ownProperties(job.request), cursor, total),
      records: (job) => records(apiVersion, ownProperties(job.request)),
    }),
    recordSchema: async (request) =>
      (await loadPart(import("./record-schema.js"))).recordSchema(apiVersion, request),
  };
  return provider as ZephrProvider | ZephrV4Provider;
}
