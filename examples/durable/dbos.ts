// An export as a DBOS workflow: DBOS keeps its steps in PostgreSQL, and the sink keeps the records there. Killed at any
// moment and started again, the worker resumes.
import { DBOS } from "@dbos-inc/dbos-sdk";
import { type Engine, runDurably } from "exportkit/durable";
import { inPostgres } from "./in-postgres.ts";
import { connect, finish, setup } from "./setup.ts";

const engine: Engine = {
  step: (name, run) => DBOS.runStep(run, { name, retriesAllowed: true, maxAttempts: 10 }),
  sleepUntil: (_, at) => DBOS.sleep(Math.max(0, at - Date.now())),
};

const exporting = DBOS.registerWorkflow(
  async () => {
    const { client, state, options } = connect(inPostgres());
    const { records } = await runDurably(engine, client, state, options);
    return records;
  },
  { name: "export" },
);

DBOS.setConfig({ name: "exports", systemDatabaseUrl: setup.database, logLevel: "error" });
await DBOS.launch();
// Workflows that were under way resume by themselves; the same identifier finds this one again.
const handle = await DBOS.startWorkflow(exporting, { workflowID: setup.run })();
const outcome = await handle.getResult().then(
  (records) => ({ records }),
  (error: unknown) => ({ error }),
);
finish(outcome);
