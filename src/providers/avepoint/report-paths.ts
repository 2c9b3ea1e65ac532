import { codeOf, EXPORT_OPTIONS, GOOGLE_LINK_TYPES, LINK_TYPES } from "./codes.js";
import type { AvepointExportOption, AvepointRequest } from "./reports.js";

type Parameter = readonly [name: string, values: readonly (string | number)[] | undefined];

/** Path and query of the request that starts a report, from `/insights` on. */
export function startPath(request: AvepointRequest<string>): string {
  switch (request.report) {
    case "userAccess":
      return join(
        `/users/${encodeTwice(request.email)}/access/export`,
        exportOption(request.exportOption),
        ["siteUrls", request.siteUrls],
        dataSources(request.dataSources),
      );
    case "userActivities":
      return join(`/users/${encodeTwice(request.email)}/activities/export`, ...activities(request));
    case "groupAccess":
      return join(
        // Encoded once: whether groups are encoded twice, as users are, is not documented.
        `/groups/${encodeURIComponent(request.groupId)}/access/export`,
        exportOption(request.exportOption),
        ["siteUrls", request.siteUrls],
        dataSources(request.dataSources),
      );
    case "sitePermissions":
      return join("/sites/permission/export", ["siteUrls", request.siteUrls]);
    case "sharingLinks":
      return join(
        "/sharingLinks/export",
        ["exportLinkType", [codeOf(LINK_TYPES, request.linkType)]],
        ...span(request),
      );
    case "objectActivities":
      return join(`/activities/object/${encodeURIComponent(request.path)}/export`, ...activities(request));
    case "googleUserAccess":
      return join(
        `/google/users/${encodeRaw(request.email)}/access/export`,
        exportOption(request.exportOption),
        ["driveIds", request.driveIds],
        dataSources(request.dataSources),
      );
    case "googleUserActivities":
      return join(`/google/users/${encodeRaw(request.email)}/activities/export`, ...activities(request));
    case "googleGroupAccess":
      return join(
        `/google/groups/${encodeRaw(request.groupId)}/access/export`,
        exportOption(request.exportOption),
        ["driveIds", request.driveIds],
        dataSources(request.dataSources),
      );
    case "googleDrivePermissions":
      return join("/google/drives/permission/export", ["driveIds", request.driveIds]);
    case "googleSharingLinks":
      return join(
        "/google/sharingLinks/export",
        ["exportLinkType", [codeOf(GOOGLE_LINK_TYPES, request.linkType)]],
        ...span(request),
      );
    case "googleObjectActivities":
      return join(
        `/google/activities/object/${encodeURIComponent(request.id)}/export`,
        ...activities(request),
      );
  }
}

function exportOption(option: AvepointExportOption | undefined): Parameter {
  return ["exportOptionType", option === undefined ? undefined : [codeOf(EXPORT_OPTIONS, option)]];
}

const KNOWN_SOURCES: ReadonlySet<string> = new Set([
  "microsoft teams",
  "sharepoint online",
  "onedrive",
  "onedrive for business",
  "microsoft 365 group",
  "user drive",
  "shared drive",
  "my drive",
]);

/**
 * The reference names the data sources with capitals, and every sample sends them in lower case. Two have two names
 * each ("OneDrive" and "OneDrive for Business", "User Drive" and "My Drive"), and nobody outside knows which one counts.
 */
function dataSources(names: readonly string[]): Parameter {
  const sent = names.map((name) => (KNOWN_SOURCES.has(name.toLowerCase()) ? name.toLowerCase() : name));
  return ["dataSources", sent];
}

interface Span {
  readonly startTime?: string | undefined;
  readonly finishTime?: string | undefined;
}

function span({ startTime, finishTime }: Span): readonly Parameter[] {
  return [
    ["startTime", startTime === undefined ? undefined : [startTime]],
    ["finishTime", finishTime === undefined ? undefined : [finishTime]],
  ];
}

function activities(
  request: Span & { readonly eventTypes?: readonly string[] | undefined },
): readonly Parameter[] {
  return [...span(request), ["eventTypes", request.eventTypes]];
}

/** A list is its key repeated; a blank is `%20` and not the `+` that URLSearchParams would write. */
function join(path: string, ...parameters: readonly Parameter[]): string {
  const pairs = parameters.flatMap(([name, values = []]) =>
    values.map((value) => `${name}=${encodeURIComponent(value)}`),
  );
  return `/insights${path}${pairs.length === 0 ? "" : `?${pairs.join("&")}`}`;
}

/** Microsoft 365 users: the login names of guests hold `#`, and AvePoint wants the whole encoded twice. */
function encodeTwice(text: string): string {
  return encodeURIComponent(encodeURIComponent(text));
}

/** Google users and groups: AvePoint's samples have the address as it is, so only what a path cannot hold is encoded. */
function encodeRaw(text: string): string {
  return encodeURIComponent(text).replace(/%(?:40|24|26|2B|2C|3A|3B|3D)/g, decodeURIComponent);
}
