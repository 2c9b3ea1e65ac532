// An export as a durable function of AWS Lambda: its steps are checkpointed, and while it waits no function runs.
import { type DurableContext, withDurableExecution } from "@aws/durable-execution-sdk-js";
import type { ExportClient, Providers } from "exportkit";
import { type ClaimStart, type Engine, type ExportState, runDurably, type Sink } from "exportkit/durable";

/** What the function is made of: the sink keeps the records, and its own copy of the state. */
export interface Parts {
  readonly client: ExportClient<Providers>;
  readonly sink: Sink<unknown>;
  readonly claimStart: ClaimStart;
  readonly sliceMs: number;
}

/** The handler; the event is the state to begin with: `beginExport("users", { format: "ndjson" })`. */
export const exporting = ({ client, ...options }: Parts) =>
  withDurableExecution(async (state: ExportState, context: DurableContext) => {
    const engine: Engine = {
      step: (name, run) => context.step(name, run),
      // Lambda counts in whole seconds.
      sleepUntil: (name, at) =>
        context.wait(name, { seconds: Math.max(1, Math.ceil((at - Date.now()) / 1_000)) }),
    };
    return (await runDurably(engine, client, state, options)).records;
  });
