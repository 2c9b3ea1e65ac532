import type { ExportJob } from "./model/job.js";
import type { Jsonified } from "./model/json.js";
import type { AnyProvider, InputOf, RecordsOf } from "./spec/provider.js";
import type { RecordFor } from "./spec/records.js";

/** Providers by the caller's own names for the connections. */
export type Providers = { readonly [connection: string]: AnyProvider };

/** The name of a connection. */
export type ConnectionOf<P extends Providers> = keyof P & string;

/** Any job of these providers; what `parseJob` returns. */
export type JobOf<P extends Providers> = {
  [C in ConnectionOf<P>]: ExportJob<C, Jsonified<InputOf<P[C]>>>;
}[ConnectionOf<P>];

/** The record type of a job's download. Of a job of type `any`, as `JSON.parse` gives it, those of every job. */
export type RecordOf<P extends Providers, J> = 0 extends 1 & J ? RecordOfJob<P, JobOf<P>> : RecordOfJob<P, J>;

type RecordOfJob<P extends Providers, J> =
  J extends ExportJob<infer C, infer Request>
    ? C extends ConnectionOf<P>
      ? RecordFor<RecordsOf<P[C]>, Request>
      : never
    : never;

// A generic request is inferred to the letter, which gives exact record types but switches the check for unknown
// properties off; this brings it back, at every depth. `Input`, and each item of a list, is there once more for its
// documentation: an editor shows nothing of a type that is inferred from what is being written.
export type Exactly<Request, Input> = Request & Known<Request, Input> & Input;
type Known<T, Input> = unknown extends Input
  ? unknown
  : T extends readonly unknown[]
    ? { readonly [K in keyof T]: Known<T[K], ItemOf<Input>> & Documented<T[K], ItemOf<Input>> }
    : T extends Date
      ? unknown
      : T extends object
        ? { readonly [K in keyof T]: K extends KeyOf<Input> ? Known<T[K], ValueOf<Input, K>> : never }
        : unknown;
type Documented<T, Item> = T extends object ? Extract<Item, object> : unknown;
type KeyOf<Input> = Input extends unknown ? keyof Input : never;
type ValueOf<Input, K> = Input extends unknown ? (K extends keyof Input ? Input[K] : never) : never;
type ItemOf<Input> = Input extends readonly (infer Item)[] ? Item : never;
