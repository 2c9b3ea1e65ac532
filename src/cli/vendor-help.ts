import { type Vendor, type VendorName, vendors } from "./vendors.js";

/** A field of a request, as the command line sets it. */
interface Field {
  readonly name: string;
  /** How it is written. */
  readonly form: string;
  readonly meaning: string;
}

interface VendorGuide {
  /** Where the credentials come from. */
  readonly credentials: string;
  readonly fields: readonly Field[];
  /** What else there is to know: which fields belong together. */
  readonly notes: readonly string[];
}

const field = (form: string, meaning: string): Field => ({
  name: /^\w+/.exec(form)?.[0] ?? form,
  form,
  meaning,
});

/** What can be asked of each vendor. The adapters check it; a test compares the two. */
export const guides: { readonly [V in VendorName]: VendorGuide } = {
  authgear: {
    credentials: "in the portal under Advanced > Admin API; or a token of your own",
    fields: [
      field("format=ndjson|csv", "what Authgear makes; the file of ndjson has every field"),
      field(`fields:='["/sub","/email"]'`, "with format=csv: these columns, as JSON pointers"),
      field("includeSecrets:=true", "keep the users' TOTP secrets in what is made with --as"),
    ],
    notes: [],
  },
  avepoint: {
    credentials: "at the app that signs in, whose scope is insights.graph.readwrite.all",
    fields: [
      field("report=NAME", "one of those below"),
      field("email=ada@contoso.com", "the user"),
      field("groupId=ID", "the group, or its e-mail address"),
      field(
        `dataSources:='["OneDrive"]'`,
        `also "Microsoft Teams", "SharePoint Online", …; Google "My Drive", …`,
      ),
      field("exportOption=summary", "or summaryAndSites, summaryAndObjects"),
      field(`siteUrls:='["https://…"]'`, "at most 100 sites"),
      field(`driveIds:='["ID"]'`, "at most 100 drives of Google"),
      field("linkType=anyone", "or specific, organization; Google: targetAudience"),
      field("startTime=2026-01-31T00:00:00", "the beginning; without a zone, as AvePoint takes it"),
      field("finishTime=2026-02-01T00:00:00", "the end"),
      field(`eventTypes:='["ListViewed"]'`, "only these events"),
      field("path=URL", "the object of Microsoft 365"),
      field("id=ID", "the object of Google"),
    ],
    notes: [
      "userAccess               email, dataSources [exportOption, siteUrls]",
      "groupAccess              groupId, dataSources, exportOption [siteUrls]",
      "sitePermissions          siteUrls",
      "sharingLinks             linkType, startTime, finishTime",
      "userActivities           email [startTime, finishTime, eventTypes]",
      "objectActivities         path [startTime, finishTime, eventTypes]",
      "googleUserAccess         email, dataSources [exportOption, driveIds]",
      "googleGroupAccess        groupId, dataSources, exportOption [driveIds]",
      "googleDrivePermissions   driveIds",
      "googleSharingLinks       linkType, startTime, finishTime",
      "googleUserActivities     email [startTime, finishTime, eventTypes]",
      "googleObjectActivities   id [startTime, finishTime, eventTypes]",
    ],
  },
  zephr: {
    credentials: "in Zephr's admin console: a key pair",
    fields: [
      field("attributes:=false", "leave the core attributes out"),
      field("grants:=true", "with the users' grants"),
      field(`appIds:='["app"]'`, "with the extended profiles of these applications"),
      field("appIdsRestrictive:=true", "only users who have such a profile"),
      field("since=24h", "only users updated since: a time, a date, 24h, 7d or yesterday (UTC)"),
      field("registeredSince=2026-01-01", "only users registered from then on"),
      field("registeredBefore=2026-02-01", "only users registered before"),
      field("pageSize:=500", "users a page"),
      // Of the other version of the export.
      field(`attr:='["plan.equals.gold"]'`, "v4: only users whose attributes are so: key.operation.value"),
      field("foreignKeys:=true", "v4: with foreign keys"),
      field("eventsExport:=true", "v4: events in place of users"),
      field("from=2026-01-01", "v4: only events from then on"),
      field("to=2026-02-01", "v4: only events up to then"),
    ],
    notes: ["fields of v4, and appIds=all, are for ZEPHR_API_VERSION=v4"],
  },
};

/** The text of `exportkit VENDOR --help`. */
export function vendorHelpText(name: VendorName): string {
  const { needs, example }: Vendor = vendors[name];
  const { credentials, fields, notes } = guides[name];
  const width = Math.max(...fields.map(({ form }) => form.length)) + 2;
  const variables = needs.flatMap((sets) =>
    sets.map((set, index) => `  ${index === 0 ? "   " : "or "}${set.join(" + ")}`),
  );
  return `Usage: exportkit ${name} [name=text | name:=json …] --out FILE [options]

  ${example}

What can be asked for:
${fields.map(({ form, meaning }) => `  ${form.padEnd(width)}${meaning}`).join("\n")}
${notes.length === 0 ? "" : `\n${name === "avepoint" ? "Reports, what they need, and what they take besides:\n" : ""}${notes.map((note) => `  ${note}`).join("\n")}\n`}
Credentials come from the environment:
${variables.join("\n")}
A variable with _FILE behind its name, such as ${needs.at(-1)?.[0]?.at(-1)}_FILE, names a file that holds the value.
They are found ${credentials}.

exportkit --help lists the options. Without an account: exportkit emulate ${name}
`;
}
