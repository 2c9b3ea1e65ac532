import type { FieldError } from "./errors.js";

/** A start that the vendor accepts. */
export interface StartRequest {
  readonly report: string;
  readonly subject: string;
  readonly parameters: { readonly [name: string]: readonly string[] };
}

/** What is wrong with a value of a parameter; `undefined` where nothing is. */
type Check = (value: string) => string | undefined;

interface ParameterRule {
  readonly check: Check;
  readonly required?: boolean;
  /** How often it may stand in the query. Default 1. */
  readonly most?: number;
}

interface Route {
  readonly report: string;
  /** The path behind `/insights`; the group is the subject's segment as it was sent. */
  readonly path: RegExp;
  /** How often the subject is percent-encoded. */
  readonly encoded?: 1 | 2;
  readonly parameters: { readonly [name: string]: ParameterRule };
}

const oneOf =
  (...values: readonly string[]): Check =>
  (value) =>
    values.includes(value.toLowerCase()) ? undefined : `must be one of ${values.join(", ")}`;
const anything: Check = (value) => (value.trim() === "" ? "must not be empty" : undefined);
const url: Check = (value) => (/^https?:\/\/[^/\s]+/.test(value) ? undefined : "must be a URL");
/** `yyyy-MM-ddTHH:mm:ss`: no zone, no fraction, a date of the calendar. */
const time: Check = (value) => {
  const read = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d$/.test(value) ? new Date(`${value}Z`) : undefined;
  const same = read !== undefined && !Number.isNaN(read.getTime()) && read.toISOString().startsWith(value);
  return same ? undefined : "must be a time as yyyy-MM-ddTHH:mm:ss";
};

const many = Number.POSITIVE_INFINITY;
// The API file declares 0 to 9, of which three are explained.
const optionTypes = oneOf(..."0123456789");
const sources: ParameterRule = {
  check: oneOf(
    "microsoft teams",
    "sharepoint online",
    "onedrive",
    "onedrive for business",
    "microsoft 365 group",
  ),
  required: true,
  most: many,
};
const googleSources: ParameterRule = {
  check: oneOf("user drive", "shared drive", "my drive"),
  required: true,
  most: many,
};
const activities = {
  startTime: { check: time },
  finishTime: { check: time },
  eventTypes: { check: anything, most: many },
};
const links = (...types: readonly string[]) => ({
  exportLinkType: { check: oneOf(...types), required: true },
  startTime: { check: time, required: true },
  finishTime: { check: time, required: true },
});
const siteUrls = { check: url, most: many };
const driveIds = { check: anything, most: many };

const routes: readonly Route[] = [
  {
    report: "userAccess",
    path: /^\/users\/([^/]+)\/access\/export$/,
    encoded: 2,
    parameters: { exportOptionType: { check: optionTypes }, dataSources: sources, siteUrls },
  },
  {
    report: "userActivities",
    path: /^\/users\/([^/]+)\/activities\/export$/,
    encoded: 2,
    parameters: activities,
  },
  {
    report: "groupAccess",
    path: /^\/groups\/([^/]+)\/access\/export$/,
    encoded: 1,
    parameters: { exportOptionType: { check: optionTypes, required: true }, dataSources: sources, siteUrls },
  },
  {
    report: "sitePermissions",
    path: /^\/sites\/permission\/export$/,
    parameters: { siteUrls: { check: url, required: true, most: 100 } },
  },
  { report: "sharingLinks", path: /^\/sharingLinks\/export$/, parameters: links("32", "64", "128") },
  {
    report: "objectActivities",
    path: /^\/activities\/object\/([^/]+)\/export$/,
    encoded: 1,
    parameters: activities,
  },
  {
    report: "googleUserAccess",
    path: /^\/google\/users\/([^/]+)\/access\/export$/,
    encoded: 1,
    parameters: { exportOptionType: { check: optionTypes }, dataSources: googleSources, driveIds },
  },
  {
    report: "googleUserActivities",
    path: /^\/google\/users\/([^/]+)\/activities\/export$/,
    encoded: 1,
    parameters: activities,
  },
  {
    report: "googleGroupAccess",
    path: /^\/google\/groups\/([^/]+)\/access\/export$/,
    encoded: 1,
    parameters: {
      // Type 1 is "not supported yet" here.
      exportOptionType: { check: oneOf(..."023456789"), required: true },
      dataSources: googleSources,
      driveIds,
    },
  },
  {
    report: "googleDrivePermissions",
    path: /^\/google\/drives\/permission\/export$/,
    parameters: { driveIds: { check: anything, required: true, most: 100 } },
  },
  { report: "googleSharingLinks", path: /^\/google\/sharingLinks\/export$/, parameters: links("301", "303") },
  {
    report: "googleObjectActivities",
    path: /^\/google\/activities\/object\/([^/]+)\/export$/,
    encoded: 1,
    parameters: activities,
  },
];

const base = "/insights";

/** The route of a start by its path; `undefined` where there is none. */
export function routeOf(pathname: string): Route | undefined {
  if (!pathname.startsWith(base)) return undefined;
  return routes.find(({ path }) => path.test(pathname.slice(base.length)));
}

/** Reads a start as the vendor would, or says what is wrong with it. */
export function readStart(
  route: Route,
  { pathname, search }: URL,
): { readonly request: StartRequest } | { readonly errors: readonly FieldError[] } {
  const errors: FieldError[] = [];
  const complain = (field: string, message: string) =>
    errors.push({ code: "InvalidParameter", field, message });
  const segment = route.path.exec(pathname.slice(base.length))?.[1] ?? "";
  const subject = route.encoded === undefined ? "" : decodeSubject(segment, route.encoded);
  if (subject === undefined) complain("path", `must be percent-encoded ${route.encoded} times`);

  const parameters: { [name: string]: string[] } = {};
  for (const pair of search.slice(1).split("&")) {
    if (pair === "") continue;
    const [name = "", value = ""] = pair.split("=").map(decodeQuery);
    if (!Object.hasOwn(route.parameters, name)) complain(name, "is not known here");
    else parameters[name] = [...(parameters[name] ?? []), value];
  }
  for (const [name, { check, required, most = 1 }] of Object.entries(route.parameters)) {
    const values = parameters[name] ?? [];
    if (required && values.length === 0) complain(name, "is required");
    if (values.length > most) complain(name, `may be given ${most} times at most`);
    for (const problem of new Set(values.map(check))) if (problem !== undefined) complain(name, problem);
  }
  if (errors.length > 0) return { errors };
  return { request: { report: route.report, subject: subject ?? "", parameters } };
}

/** What a segment means. The address of a Microsoft 365 user must be encoded twice, anything else not more than once. */
function decodeSubject(segment: string, times: 1 | 2): string | undefined {
  try {
    const once = decodeURIComponent(segment);
    // An address has at least its @ to encode; a login name may need nothing.
    if (times === 2) return /[^\w.!~*'()%-]/.test(once) ? undefined : decodeURIComponent(once);
    return /%(25)*(40|23|2F)/i.test(once) ? undefined : once;
  } catch {
    return undefined;
  }
}

function decodeQuery(text: string): string {
  try {
    return decodeURIComponent(text.replaceAll("+", " "));
  } catch {
    return text;
  }
}
