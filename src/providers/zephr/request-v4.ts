import * as z from "#zod";
import type { Jsonified, RequestSchema } from "../../provider/contract.js";
import { type Moment, momentSchema } from "./moment.js";
import {
  appIdsSchema,
  checkCombinations,
  commonFields,
  isBefore,
  listItem,
  type ZephrRequest,
} from "./request.js";

/** A condition on an attribute. Zephr joins the three with dots, so only `value` may contain one. */
export interface ZephrFilter {
  /** The attribute's key. */
  readonly key: string;
  /** Zephr's word for the comparison. */
  readonly operation: string;
  /** What it is compared with. */
  readonly value: string | number | boolean;
}

/** What `startExport` takes for a Zephr connection with `apiVersion: "v4"`. */
export interface ZephrV4Request extends Omit<ZephrRequest, "appIds"> {
  /** Include the extended profiles of these applications, or of all. */
  readonly appIds?: readonly string[] | "all" | undefined;
  /** Only users whose attributes meet these conditions, each also as Zephr writes it: `key.operation.value`. */
  readonly attr?: readonly (ZephrFilter | string)[] | undefined;
  /** Include foreign keys: all, or those of these systems. Zephr does not document the parameter's values. */
  readonly foreignKeys?: boolean | readonly string[] | undefined;
  /**
   * Export events. What an item is then Zephr does not document; records are taken as they come, so pages that shift
   * while users are added can bring some twice.
   */
  readonly eventsExport?: boolean | undefined;
  /** Only events from this time on. */
  readonly from?: Moment | undefined;
  /** Only events up to this time. */
  readonly to?: Moment | undefined;
}

/** The request as the job keeps it. */
export type ZephrV4Query = Jsonified<ZephrV4Request>;

export function requestV4Schema(): RequestSchema<ZephrV4Query> {
  const part = listItem().check(z.refine((text) => !text.includes("."), "must not contain a dot"));
  const filter = z.union(
    [
      listItem().check(z.regex(/^[^.]+\.[^.]+\../, "must be key.operation.value")),
      z.strictObject({
        key: part,
        operation: part,
        value: z.union(
          [listItem(), z.number(), z.boolean()],
          "must be a string without a comma, a number or a boolean",
        ),
      }),
    ],
    "must be { key, operation, value } or key.operation.value",
  );
  const schema = z
    .strictObject({
      ...commonFields(),
      appIds: z.optional(
        z.union([z.literal("all"), appIdsSchema()], 'must be a list of application ids, or "all"'),
      ),
      attr: z.optional(
        z
          .array(filter, "must be a list of conditions")
          .check(z.minLength(1, "must name at least one condition")),
      ),
      foreignKeys: z.optional(
        z.union(
          [z.boolean(), z.array(listItem()).check(z.minLength(1, "must name at least one"))],
          "must be true, false or a list of names",
        ),
      ),
      eventsExport: z.optional(z.boolean("must be true or false")),
      from: z.optional(momentSchema()),
      to: z.optional(momentSchema()),
    })
    .check(z.superRefine(checkCombinations))
    .check(
      z.superRefine((request, context) => {
        const { eventsExport, from, to } = request;
        const refuse = (field: string, message: string) =>
          context.addIssue({ code: "custom", path: [field], message, input: request });
        if (!eventsExport && from !== undefined) refuse("from", "needs eventsExport: true");
        if (!eventsExport && to !== undefined) refuse("to", "needs eventsExport: true");
        if (!isBefore(from, to)) refuse("to", "must be later than from");
      }),
    );
  return schema as unknown as RequestSchema<ZephrV4Query>;
}
