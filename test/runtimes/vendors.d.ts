export interface RuntimeVendor {
  readonly vendor: "authgear" | "avepoint" | "zephr";
}

export function vendors(testing: object): Promise<readonly RuntimeVendor[]>;
