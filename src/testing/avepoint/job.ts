/** An export as the vendor has it. */
export interface AvepointJob {
  /** The job's id. */
  readonly id: string;
  /** The request's own name of the report, such as `userAccess`. */
  readonly report: string;
  /** What the path names, decoded: an e-mail address, a group, an object; `""` for reports without. */
  readonly subject: string;
  /** The query, decoded. */
  readonly parameters: { readonly [name: string]: readonly string[] };
  /** When it was started, in ms since the epoch. */
  readonly createdAt: number;
  /** How often its status was asked for. */
  readonly polls: number;
}
