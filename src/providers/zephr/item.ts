/** What a user is known by. */
export interface ZephrIdentifiers {
  /** The user's e-mail address. */
  readonly email_address?: string;
  /** The user's name to sign in with. */
  readonly username?: string;
  /** Whatever else the vendor sends. */
  readonly [name: string]: unknown;
}

/** A user as Zephr exports it, with the vendor's own names. What a user does not have is absent. */
export interface ZephrUser {
  /** The user's id. */
  readonly user_id: string;
  /** What the user signs in with. */
  readonly identifiers: ZephrIdentifiers;
  /** The tenant's own attributes; absent with `attributes: false`. */
  readonly attributes?: { readonly [name: string]: unknown };
  /** Whether the user has confirmed the address. */
  readonly email_verified?: boolean;
  /** The id under which the user is tracked. */
  readonly tracking_id?: string;
  /** When the user registered. */
  readonly registered?: string;
  /** The tenant where the user registered. */
  readonly registration_tenant?: string;
  /** Ids in other systems, by their names. */
  readonly foreign_keys?: { readonly [system: string]: unknown };
  /** Whatever else the vendor sends. */
  readonly [key: string]: unknown;
}

/** An entitlement of a user. Times are `YYYY-MM-DD HH:mm:ss` without a zone. */
export interface ZephrGrant {
  /** The grant's id. */
  readonly grantId: string;
  /** Whose grant it is. */
  readonly user_id?: string;
  /** The account that holds the grant, where no user does. */
  readonly account_id?: string;
  /** Whether it is in force. */
  readonly expiry_state?: "pending" | "active" | "expired" | (string & {});
  /** What is granted. */
  readonly entitlement_type?: "bundle" | "entitlement" | "meter" | "credits" | (string & {});
  /** The id of what is granted. */
  readonly entitlement_id?: string;
  /** From when on. */
  readonly startTime?: string;
  /** Absent where the grant is open-ended. */
  readonly endTime?: string;
  /** The product it came with. */
  readonly product_id?: string;
  /** When it was given. */
  readonly createdAt?: string;
  /** Whatever else the vendor sends. */
  readonly [key: string]: unknown;
}

/**
 * One item of the user export. Keys that are not named here are kept: extended profiles come under one that Zephr does
 * not document.
 */
export interface ZephrItem {
  /** Zephr gives it no meaning; it is no place to resume from. */
  readonly "seq-no"?: number;
  /** The user. */
  readonly user: ZephrUser;
  /** With `grants: true`. */
  readonly grants?: { readonly results?: readonly ZephrGrant[]; readonly [key: string]: unknown };
  /** Whatever else the vendor sends. */
  readonly [key: string]: unknown;
}

/**
 * A record of `/v4/user-export`: an item where Zephr answers in JSON, a row of strings keyed by the header where it
 * answers in CSV. Zephr describes the one and declares the other, so nothing is promised here.
 */
export interface ZephrV4Record {
  /** The user; absent in CSV. */
  readonly user?: ZephrUser | undefined;
  /** The user's grants, where they were asked for. */
  readonly grants?: ZephrItem["grants"];
  /** Whatever else the vendor sends. */
  readonly [key: string]: unknown;
}
