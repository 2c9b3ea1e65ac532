// What the workers of this folder have in common: which export, by which connection, into which table. All of it comes from
// the environment, as JSON in `EXPORT`.
import { createExportClient } from "exportkit";
import { type AuthgearOptions, authgear } from "exportkit/authgear";
import { type AvepointOptions, avepoint } from "exportkit/avepoint";
import { beginExport, type ClaimStart, type Sink } from "exportkit/durable";
import { type ZephrOptions, zephr } from "exportkit/zephr";

export interface Setup {
  readonly vendor: keyof typeof vendors;
  /** The adapter's options. */
  readonly options: object;
  readonly request: object;
  /** Names the run, and its table. */
  readonly run: string;
  /** Where the sink is: PostgreSQL's connection string, or a file for SQLite. */
  readonly database: string;
  /** How long a step may take, in ms. Default 400, to be killed often. */
  readonly sliceMs?: number;
  /** For tests: the process ends itself after the vendor's answer, before the job is stored. */
  readonly diesBeforeCommit?: boolean;
  /** To see what happens: the sink neither gives its own copy of the state, nor goes by it. */
  readonly forgets?: boolean;
}

const vendors = {
  authgear: (options: unknown) => authgear(options as AuthgearOptions),
  avepoint: (options: unknown) => avepoint(options as AvepointOptions),
  zephr: (options: unknown) => zephr(options as ZephrOptions & { readonly apiVersion?: "v3" }),
};

export const setup: Setup = JSON.parse(process.env.EXPORT ?? "{}");

/** A client with one connection, the sink with its claim, and the state to begin with. */
export function connect(sink: Sink<unknown> & { readonly claimStart: ClaimStart }) {
  const { vendor, options, request, sliceMs = 400, diesBeforeCommit, forgets } = setup;
  console.log("working");
  const client = createExportClient({ providers: { any: vendors[vendor](options) } });
  const write: typeof sink.write = (batch, states) => {
    if (diesBeforeCommit && states.after.job && !states.before.job) process.kill(process.pid, "SIGKILL");
    return sink.write(batch, states);
  };
  return {
    client,
    state: beginExport("any", request),
    options: {
      sink: { ...(sink.load && !forgets && { load: sink.load }), write },
      claimStart: sink.claimStart,
      batch: 100,
      // What a step has delivered is forgotten by a kill, unless the sink knows.
      sliceMs: forgets ? 60_000 : sliceMs,
    },
  };
}

/** Tells the parent how it ended. */
export function finish(outcome: { readonly records: number } | { readonly error: unknown }): never {
  if ("records" in outcome) console.log(`done ${outcome.records}`);
  else console.log(`failed ${String((outcome.error as { readonly message?: unknown })?.message)}`);
  process.exit(0);
}
