/**
 * How much of a user's or group's access is listed: a summary with the site collections (1), a summary with all objects
 * (2), or the summary alone (3). The vendor's numbers are taken as well.
 */
export type AvepointExportOption = "summaryAndSites" | "summaryAndObjects" | "summary" | 1 | 2 | 3;

/** Which sharing links of Microsoft 365: for specific people (32), the organization (64), anyone (128). */
export type AvepointLinkType = "specific" | "organization" | "anyone" | 32 | 64 | 128;

/** Which sharing links of Google: for a target audience (301), or anyone (303). */
export type AvepointGoogleLinkType = "targetAudience" | "anyone" | 301 | 303;

/**
 * Where objects live in Microsoft 365. Letter case does not matter; other names are passed on as they are. The vendor's
 * pages say "OneDrive", its API file "OneDrive for Business": each is passed on as you write it, so try the other one
 * where a report comes without OneDrive.
 */
export type AvepointDataSource =
  | "Microsoft Teams"
  | "SharePoint Online"
  | "OneDrive"
  | "OneDrive for Business"
  | "Microsoft 365 Group"
  | (string & {});

/**
 * Where objects live in Google. Letter case does not matter; other names are passed on as they are. The vendor's pages
 * say "User Drive", its API file and a sample "My Drive": each is passed on as you write it.
 */
export type AvepointGoogleDataSource = "User Drive" | "My Drive" | "Shared Drive" | (string & {});

/**
 * The principals that stand for many users in SharePoint, as AvePoint takes them for a group: everyone, everyone but
 * external users, all Windows users, and the members of a forms provider. (The `%3a` is a part of the name.)
 */
export type AvepointPrincipal =
  | "c:0(.s|tru"
  | "c:0-.f|rolemanager|spo-grid-all-users"
  | "c:0!.s|windows"
  | "c:0!.s|forms%3amembership";

/**
 * A point in time without a zone, `2026-01-31T23:59:59`, as AvePoint takes it; or a `Date`, which is written in UTC to the
 * second (and stands so in `job.request`). AvePoint does not document which zone it reads times in.
 */
export type AvepointTime = string | Date;

interface Activities<Time> {
  /** From this time on. Default: no limit on this side. */
  readonly startTime?: Time | undefined;
  /** Up to this time. Default: no limit on this side. */
  readonly finishTime?: Time | undefined;
  /**
   * Kinds of events, as free text. Microsoft 365: the names of operations in Microsoft's audit log, such as `ListViewed`;
   * Google: such as `create` or `label_added`. Default: all.
   */
  readonly eventTypes?: readonly string[] | undefined;
}

interface SharingLinks<Type, Time> {
  /** Which kind of link is listed. */
  readonly linkType: Type;
  /** From this time on. */
  readonly startTime: Time;
  /** Up to this time. */
  readonly finishTime: Time;
}

/** What a user can access in Microsoft 365. */
export interface AvepointUserAccess {
  /** Which report: what a user can access in Microsoft 365. */
  readonly report: "userAccess";
  /** The user's e-mail address or login name, as it is: the encoding is done here. */
  readonly email: string;
  /** Where to look, by the vendor's names. */
  readonly dataSources: readonly AvepointDataSource[];
  /** How much of it is listed. */
  readonly exportOption?: AvepointExportOption | undefined;
  /** Only in these sites, by their URLs. Default: all. */
  readonly siteUrls?: readonly string[] | undefined;
}

/** What a user did in Microsoft 365. */
export interface AvepointUserActivities<Time = AvepointTime> extends Activities<Time> {
  /** Which report: what a user did in Microsoft 365. */
  readonly report: "userActivities";
  /** The user's e-mail address or login name, as it is: the encoding is done here. */
  readonly email: string;
}

/** What a Microsoft 365 group can access. The vendor's "all groups" is not offered: its address is not documented. */
export interface AvepointGroupAccess {
  /** Which report: what a Microsoft 365 group can access. */
  readonly report: "groupAccess";
  /** The group's id, its e-mail address or logon name, or one of four principals that stand for many users. */
  readonly groupId: AvepointPrincipal | (string & {});
  /** Where to look, by the vendor's names. */
  readonly dataSources: readonly AvepointDataSource[];
  /** How much of it is listed. */
  readonly exportOption: AvepointExportOption;
  /** Only in these sites, by their URLs. Default: all. */
  readonly siteUrls?: readonly string[] | undefined;
}

/** Who can access sites. */
export interface AvepointSitePermissions {
  /** Which report: who can access sites. */
  readonly report: "sitePermissions";
  /** At most 100. */
  readonly siteUrls: readonly string[];
}

/** The sharing links made in Microsoft 365 in a span of time. */
export interface AvepointSharingLinks<Time = AvepointTime> extends SharingLinks<AvepointLinkType, Time> {
  /** Which report: the sharing links made in Microsoft 365 in a span of time. */
  readonly report: "sharingLinks";
}

/** What was done with an object in Microsoft 365. */
export interface AvepointObjectActivities<Time = AvepointTime> extends Activities<Time> {
  /** Which report: what was done with an object in Microsoft 365. */
  readonly report: "objectActivities";
  /** The object's path or URL, as it is. */
  readonly path: string;
}

/** What a user can access in Google. */
export interface AvepointGoogleUserAccess {
  /** Which report: what a user can access in Google. */
  readonly report: "googleUserAccess";
  /** The user's e-mail address, as it is: the encoding is done here. */
  readonly email: string;
  /** Where to look, by the vendor's names. */
  readonly dataSources: readonly AvepointGoogleDataSource[];
  /** How much of it is listed. */
  readonly exportOption?: AvepointExportOption | undefined;
  /** Drives by their ids; a user's e-mail address stands for that user's My Drive. */
  readonly driveIds?: readonly string[] | undefined;
}

/** What a user did in Google. */
export interface AvepointGoogleUserActivities<Time = AvepointTime> extends Activities<Time> {
  /** Which report: what a user did in Google. */
  readonly report: "googleUserActivities";
  /** The user's e-mail address, as it is: the encoding is done here. */
  readonly email: string;
}

/** What a Google group can access. */
export interface AvepointGoogleGroupAccess {
  /** Which report: what a Google group can access. */
  readonly report: "googleGroupAccess";
  /** The group's e-mail address. */
  readonly groupId: string;
  /** Where to look, by the vendor's names. */
  readonly dataSources: readonly AvepointGoogleDataSource[];
  /** AvePoint does not support the summary with site collections for Google groups yet. */
  readonly exportOption: Exclude<AvepointExportOption, "summaryAndSites" | 1>;
  /** Drives by their ids; a user's e-mail address stands for that user's My Drive. */
  readonly driveIds?: readonly string[] | undefined;
}

/** Who can access shared drives. */
export interface AvepointGoogleDrivePermissions {
  /** Which report: who can access shared drives. */
  readonly report: "googleDrivePermissions";
  /** At most 100 drives by their ids; a user's e-mail address stands for that user's My Drive. */
  readonly driveIds: readonly string[];
}

/** The sharing links made in Google in a span of time. */
export interface AvepointGoogleSharingLinks<Time = AvepointTime>
  extends SharingLinks<AvepointGoogleLinkType, Time> {
  /** Which report: the sharing links made in Google in a span of time. */
  readonly report: "googleSharingLinks";
}

/** What was done with an object in Google. */
export interface AvepointGoogleObjectActivities<Time = AvepointTime> extends Activities<Time> {
  /** Which report: what was done with an object in Google. */
  readonly report: "googleObjectActivities";
  /** The object's id, as Google has it. */
  readonly id: string;
}

/**
 * What `startExport` takes for an AvePoint connection: one of the twelve Insights reports.
 *
 * @typeParam Time - `string` where the request has become plain JSON
 */
export type AvepointRequest<Time = AvepointTime> =
  | AvepointUserAccess
  | AvepointUserActivities<Time>
  | AvepointGroupAccess
  | AvepointSitePermissions
  | AvepointSharingLinks<Time>
  | AvepointObjectActivities<Time>
  | AvepointGoogleUserAccess
  | AvepointGoogleUserActivities<Time>
  | AvepointGoogleGroupAccess
  | AvepointGoogleDrivePermissions
  | AvepointGoogleSharingLinks<Time>
  | AvepointGoogleObjectActivities<Time>;

/** The name of a report. */
export type AvepointReport = AvepointRequest["report"];
