import * as z from "#zod";
import type { RequestSchema } from "../../provider/contract.js";
import { checkedBy } from "../../provider/options.js";
import { isDate } from "../../provider/values.js";
import { choiceProblem, codeOf, EXPORT_OPTIONS, GOOGLE_LINK_TYPES, LINK_TYPES } from "./codes.js";
import type { AvepointReport, AvepointRequest } from "./reports.js";

// Documented for the two permission reports, and only there.
const MOST_SITES_OR_DRIVES = 100;

/** Checks a request, and makes plain JSON of it: a `Date` becomes the text that is sent. */
export function requestSchema(): RequestSchema<AvepointRequest<string>> {
  const choice = (codes: { readonly [name: string]: number }) =>
    checkedBy<string | number>((value) => choiceProblem(codes, value));
  const segment = (what: string) => checkedBy<string>((value) => segmentProblem(value, what));
  const word = z.string("must be a string").check(
    z.refine((text) => text.trim() !== "", "must not be empty"),
    z.refine(isEncodable, "holds a lone surrogate"),
  );
  const list = <Item extends z.ZodMiniType>(item: Item, what: string) =>
    z.array(item, `must be a list of ${what}`).check(z.minLength(1, `must name at least one of the ${what}`));
  const sites = list(checkedBy<string>(siteUrlProblem), "site URLs");
  const drives = list(word, "drive ids");
  const limited = (what: string) =>
    z.maxLength(
      MOST_SITES_OR_DRIVES,
      `names more than ${MOST_SITES_OR_DRIVES} ${what}, which is AvePoint's limit; start several exports`,
    );
  const time = z.pipe(checkedBy<string | Date>(localTimeProblem), z.transform(toLocalTime));

  const email = { email: segment("the user's e-mail address") };
  const dataSources = { dataSources: list(word, "data sources") };
  const exportOption = choice(EXPORT_OPTIONS);
  const span = { startTime: time, finishTime: time };
  const activities = {
    startTime: z.optional(time),
    finishTime: z.optional(time),
    eventTypes: z.optional(list(word, "event types")),
  };
  const report = <Shape extends { readonly [field: string]: z.ZodMiniType }>(
    name: AvepointReport,
    shape: Shape,
  ) => z.strictObject({ report: z.literal(name), ...shape });

  const reports = [
    report("userAccess", {
      ...email,
      ...dataSources,
      exportOption: z.optional(exportOption),
      siteUrls: z.optional(sites),
    }),
    report("userActivities", { ...email, ...activities }),
    report("groupAccess", {
      groupId: segment(
        'the group\'s id, e-mail address or logon name ("all groups" is not offered, its address is not documented)',
      ),
      ...dataSources,
      exportOption,
      siteUrls: z.optional(sites),
    }),
    report("sitePermissions", { siteUrls: sites.check(limited("sites")) }),
    report("sharingLinks", { linkType: choice(LINK_TYPES), ...span }),
    report("objectActivities", { path: segment("the object's path or URL"), ...activities }),
    report("googleUserAccess", {
      ...email,
      ...dataSources,
      exportOption: z.optional(exportOption),
      driveIds: z.optional(drives),
    }),
    report("googleUserActivities", { ...email, ...activities }),
    report("googleGroupAccess", {
      groupId: segment("the group's e-mail address"),
      ...dataSources,
      exportOption: exportOption.check(
        z.refine(
          (option) => codeOf(EXPORT_OPTIONS, option) !== EXPORT_OPTIONS.summaryAndSites,
          'is not supported by AvePoint for Google groups yet; use "summaryAndObjects" or "summary"',
        ),
      ),
      driveIds: z.optional(drives),
    }),
    report("googleDrivePermissions", { driveIds: drives.check(limited("drives")) }),
    report("googleSharingLinks", { linkType: choice(GOOGLE_LINK_TYPES), ...span }),
    report("googleObjectActivities", { id: segment("the object's id"), ...activities }),
  ] as const;
  const names = reports.map(({ def }) => `"${[...def.shape.report.def.values][0]}"`).join(", ");
  const schema = z
    .discriminatedUnion("report", reports, `must be one of ${names}`)
    .check(z.superRefine(refuseReversedSpan));
  return schema as unknown as RequestSchema<AvepointRequest<string>>;
}

function refuseReversedSpan(request: object, context: z.Refining): void {
  const { startTime, finishTime } = request as { readonly startTime?: string; readonly finishTime?: string };
  if (startTime === undefined || finishTime === undefined || startTime <= finishTime) return;
  context.addIssue({
    code: "custom",
    path: ["finishTime"],
    message: `is before startTime (${finishTime} < ${startTime})`,
  });
}

/** What becomes a segment of the path must not change the path. */
function segmentProblem(value: unknown, what: string): string | undefined {
  if (typeof value !== "string" || value.trim() === "") return `must be ${what}`;
  if (value === "." || value === "..") return `must be ${what}, not a relative path`;
  return isEncodable(value) ? undefined : "holds a lone surrogate";
}

function siteUrlProblem(value: unknown): string | undefined {
  const problem = "must be the URL of a site, such as https://contoso.sharepoint.com/sites/team";
  if (typeof value !== "string") return problem;
  try {
    const { protocol } = new URL(value);
    if (!isEncodable(value)) return problem;
    return protocol === "https:" || protocol === "http:" ? undefined : problem;
  } catch {
    return problem;
  }
}

/** A string cut in the middle of a character has no UTF-8, and so no place in a URL. */
function isEncodable(text: string): boolean {
  try {
    encodeURIComponent(text);
    return true;
  } catch {
    return false;
  }
}

const FORM = /^(\d{4})-(\d{2})-(\d{2})T(\d{2}):(\d{2}):(\d{2})$/;

/** AvePoint's way to write a time: `yyyy-MM-ddTHH:mm:ss`, without a zone and without milliseconds. A `Date` in UTC. */
function toLocalTime(time: string | Date): string {
  return typeof time === "string" ? time : time.toISOString().slice(0, 19);
}

/** Why a value cannot be sent as a time; `undefined` where it can. */
function localTimeProblem(value: unknown): string | undefined {
  if (isDate(value)) {
    if (Number.isNaN(value.getTime())) return "is an invalid Date";
    // Years of more than four digits are written with a sign.
    return value.toISOString().length === 24 ? undefined : "is outside the years 0 to 9999";
  }
  if (typeof value !== "string") return "must be a Date, or a string such as 2026-01-31T23:59:59";
  if (/^\d{4}-\d{2}-\d{2}T[\d:.]+(Z|[+-]\d{2}:?\d{2})$/i.test(value)) {
    return "must be without a zone, such as 2026-01-31T23:59:59; or pass a Date, which is sent in UTC";
  }
  if (!FORM.test(value)) return "must be a Date, or a string such as 2026-01-31T23:59:59";
  // Date.parse rolls 31 February over to March, and then it reads back as another text.
  const time = Date.parse(`${value}Z`);
  return Number.isNaN(time) || new Date(time).toISOString().slice(0, 19) !== value
    ? "is not a valid date and time"
    : undefined;
}
