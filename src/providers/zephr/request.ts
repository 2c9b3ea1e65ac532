import * as z from "#zod";
import type { Jsonified, RequestSchema } from "../../provider/contract.js";
import { type Moment, momentSchema } from "./moment.js";

/** What `startExport` takes for a Zephr connection, in the names of `/v3/user-export`. */
export interface ZephrRequest {
  /** Include the core attributes. Default `true`; it is always sent, because Zephr wants it. */
  readonly attributes?: boolean | undefined;
  /**
   * Include the extended profiles of these applications. Without `attributes`, only users who have such a profile come.
   */
  readonly appIds?: readonly string[] | undefined;
  /** Only users who have a profile of one of `appIds`. */
  readonly appIdsRestrictive?: boolean | undefined;
  /** Include the users' grants (entitlements). */
  readonly grants?: boolean | undefined;
  /** Only users who were updated after this time. */
  readonly since?: Moment | undefined;
  /** Only users who registered from this time on. */
  readonly registeredSince?: Moment | undefined;
  /** Only users who registered before this time. */
  readonly registeredBefore?: Moment | undefined;
  /** How many users a page has. Default 500, which is Zephr's own; Zephr names no maximum. */
  readonly pageSize?: number | undefined;
}

/** The request as the job keeps it. */
export type ZephrQuery = Jsonified<ZephrRequest>;

/** The fields that both versions of the export have. */
export const commonFields = () => {
  const flag = z.optional(z.boolean("must be true or false"));
  const moment = z.optional(momentSchema());
  return {
    attributes: flag,
    appIds: z.optional(appIdsSchema()),
    appIdsRestrictive: flag,
    grants: flag,
    since: moment,
    registeredSince: moment,
    registeredBefore: moment,
    pageSize: z.optional(z.int("must be a whole number").check(z.gte(1, "must be 1 or more"))),
  };
};

export function appIdsSchema() {
  return z
    .array(listItem(), "must be a list of application ids")
    .check(z.minLength(1, "must name at least one"));
}

/** An item of a list that is sent with commas between. */
export function listItem() {
  return z
    .string("must be a string")
    .check(z.minLength(1, "must not be empty"))
    .check(z.refine((text) => !text.includes(","), "must not contain a comma"));
}

export function requestSchema(): RequestSchema<ZephrQuery> {
  const schema = z.strictObject(commonFields()).check(z.superRefine(checkCombinations));
  return schema as unknown as RequestSchema<ZephrQuery>;
}

/** What fields mean together. */
export function checkCombinations(
  request: {
    readonly appIds?: unknown;
    readonly appIdsRestrictive?: boolean | undefined;
    readonly registeredSince?: string | undefined;
    readonly registeredBefore?: string | undefined;
  },
  context: z.Refining,
): void {
  const { appIds, appIdsRestrictive, registeredSince, registeredBefore } = request;
  const refuse = (field: string, message: string) =>
    context.addIssue({ code: "custom", path: [field], message, input: request });
  if (appIdsRestrictive && appIds === undefined) refuse("appIdsRestrictive", "needs appIds");
  if (!isBefore(registeredSince, registeredBefore))
    refuse("registeredBefore", "must be later than registeredSince");
}

/** Whether a window has an extent; one that is open has. */
export function isBefore(from: string | undefined, to: string | undefined): boolean {
  return from === undefined || to === undefined || Date.parse(from) < Date.parse(to);
}
