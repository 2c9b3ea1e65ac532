import type { Provider } from "../../provider/contract.js";
import { fileDelivery } from "../../provider/file-delivery.js";
import { loadPart, unpolluted } from "../../provider/values.js";
import { createAuthorize, secretsOf } from "./auth.js";
import { describeFailure } from "./failures.js";
import { locate, poll, start, whenMissing } from "./job.js";
import { type AuthgearOptions, readOptions } from "./options.js";
import { type AuthgearRecords, records } from "./records.js";
import { type AuthgearRequest, recordColumns, requestSchema } from "./request.js";

export type { AuthgearKeyOptions, AuthgearOptions, AuthgearTokenOptions, TokenSource } from "./options.js";
export type { AuthgearPointer } from "./pointers.js";
export type { AuthgearCsvRecord, AuthgearRecords } from "./records.js";
export type { AuthgearCsvRequest, AuthgearField, AuthgearNdjsonRequest, AuthgearRequest } from "./request.js";
export type { AuthgearIdentity, AuthgearTotp, AuthgearUser } from "./user.js";

/** What `authgear` returns. */
export interface AuthgearProvider extends Provider<AuthgearRequest, AuthgearRecords> {
  /** What the connection can do. */
  readonly capabilities: {
    readonly delivery: "file";
    readonly jobs: "asynchronous";
    readonly progress: false;
    readonly formats: readonly ["ndjson", "csv"];
  };
}

/**
 * Authgear's user export: an asynchronous task at the Admin API, then a file in an object store behind a URL that is
 * signed for a minute.
 *
 * @example
 * ```ts
 * authgear({
 *   endpoint: "https://myapp.authgearapps.com",
 *   projectId: "myapp",
 *   keyId,
 *   privateKey,
 * })
 * ```
 *
 * @throws `CONFIG_INVALID`, naming the option
 */
export function authgear(options: AuthgearOptions): AuthgearProvider {
  const checked = readOptions(options);
  const { endpoint } = checked;
  const authorize = createAuthorize(checked);
  return {
    spec: 1,
    name: "authgear",
    capabilities: { delivery: "file", jobs: "asynchronous", progress: false, formats: ["ndjson", "csv"] },
    requestSchema: unpolluted(requestSchema),
    origins: [new URL(endpoint).origin],
    // Small projects are exported within seconds, large ones take minutes.
    pace: { floorMs: 500, ceilingMs: 15_000, factor: 1.5 },
    secrets: () => secretsOf(checked),
    authorize,
    describeFailure: (response, now) => describeFailure(response, now, checked),
    start: (context, request) => start(context, endpoint, request),
    poll: (context, job) => poll(context, endpoint, job),
    delivery: fileDelivery({
      locate: (context, job) => locate(context, endpoint, job),
      records,
      whenMissing,
    }),
    async recordSchema(request) {
      const { recordSchema } = await loadPart(import("./record-schema.js"));
      const columns = request.format === "csv" ? recordColumns(request) : undefined;
      return recordSchema(columns, request.includeSecrets);
    },
  };
}
