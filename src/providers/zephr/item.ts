/** What a user is known by. */
export interface ZephrIdentifiers {
  readonly email_address?: string;
  readonly username?: string;
  readonly [name: string]: unknown;
}

/** A user as Zephr exports it, with the vendor's own names. What a user does not have is absent. */
export interface ZephrUser {
  readonly user_id: string;
  readonly identifiers: ZephrIdentifiers;
  /** The tenant's own attributes; absent with `attributes: false`. */
  readonly attributes?: { readonly [name: string]: unknown };
  readonly email_verified?: boolean;
  readonly tracking_id?: string;
  readonly registered?: string;
  readonly registration_tenant?: string;
  readonly foreign_keys?: { readonly [system: string]: unknown };
  readonly [key: string]: unknown;
}

/** An entitlement of a user. Times are `YYYY-MM-DD HH:mm:ss` without a zone. */
export interface ZephrGrant {
  readonly grantId: string;
  readonly user_id?: string;
  readonly account_id?: string;
  readonly expiry_state?: "pending" | "active" | "expired" | (string & {});
  readonly entitlement_type?: "bundle" | "entitlement" | "meter" | "credits" | (string & {});
  readonly entitlement_id?: string;
  readonly startTime?: string;
  /** Absent where the grant is open-ended. */
  readonly endTime?: string;
  readonly product_id?: string;
  readonly createdAt?: string;
  readonly [key: string]: unknown;
}

/**
 * One item of the user export. Keys that are not named here are kept: extended profiles come under one that Zephr does
 * not document.
 */
export interface ZephrItem {
  /** Zephr gives it no meaning; it is no place to resume from. */
  readonly "seq-no"?: number;
  readonly user: ZephrUser;
  /** With `grants: true`. */
  readonly grants?: { readonly results?: readonly ZephrGrant[]; readonly [key: string]: unknown };
  readonly [key: string]: unknown;
}

/**
 * A record of `/v4/user-export`: an item where Zephr answers in JSON, a row of strings keyed by the header where it
 * answers in CSV. Zephr describes the one and declares the other, so nothing is promised here.
 */
export interface ZephrV4Record {
  readonly user?: ZephrUser | undefined;
  readonly grants?: ZephrItem["grants"];
  readonly [key: string]: unknown;
}
