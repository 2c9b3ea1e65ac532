// An export as a Restate workflow: the server calls this process, keeps the outcome of each step, and calls again where the
// process was killed.
import * as restate from "@restatedev/restate-sdk";
import { type Engine, runDurably } from "exportkit/durable";
import { inPostgres } from "./in-postgres.ts";
import { connect } from "./setup.ts";

const exporting = restate.workflow({
  name: "export",
  // A worker that was killed again and again would be called again after hours, and after a while no more.
  options: {
    retryPolicy: { maxInterval: Number(process.env.MAX_INTERVAL_MS ?? 60_000), maxAttempts: 1_000 },
  },
  handlers: {
    run: async (context: restate.WorkflowContext) => {
      const engine: Engine = {
        step: (name, run) => context.run(name, run),
        sleepUntil: (_, at) => context.sleep(Math.max(0, at - Date.now())),
      };
      const { client, state, options } = connect(inPostgres());
      try {
        return (await runDurably(engine, client, state, options)).records;
      } catch (error) {
        // What runDurably throws of its own has no use being repeated; anything else Restate repeats by itself.
        const { name, message } = error as Error;
        throw name === "ExportError" ? new restate.TerminalError(message) : error;
      }
    },
  },
});

const port = await restate.serve({ services: [exporting], port: Number(process.env.PORT ?? 0) });
console.log(`listening ${port}`);
