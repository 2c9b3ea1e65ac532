// An export as an OpenWorkflow workflow: no server, the engine keeps its steps in an SQLite file, and the sink keeps the
// records in another one. Killed at any moment and started again, the worker resumes.
import { type Engine, runDurably } from "exportkit/durable";
import { OpenWorkflow } from "openworkflow";
import { BackendSqlite } from "openworkflow/sqlite";
import { connect, finish, setup } from "./setup.ts";
import { sqliteSink } from "./sqlite-sink.ts";

const LEASE_MS = 500;

/** A killed worker's run is free for another one after the lease, which is 30 s: too long to look at. */
function withShortLease(backend: BackendSqlite): BackendSqlite {
  const claim = backend.claimWorkflowRun.bind(backend);
  backend.claimWorkflowRun = async (params) => {
    const run = await claim({ ...params, leaseDurationMs: LEASE_MS });
    if (!run) return run;
    const { workerId } = params;
    // As the engine does itself, every 15 s. It ends with the run, which then is nobody's.
    const beat = setInterval(() => {
      const lease = { workflowRunId: run.id, workerId, leaseDurationMs: LEASE_MS };
      backend.extendWorkflowRunLease(lease).catch(() => clearInterval(beat));
    }, LEASE_MS / 4);
    return run;
  };
  return backend;
}

const openWorkflow = new OpenWorkflow({
  backend: withShortLease(BackendSqlite.connect(`${setup.database}-engine`)),
});

const exporting = openWorkflow.defineWorkflow(
  // What runDurably throws of its own has no use being repeated.
  { name: "export", retryPolicy: { maximumAttempts: 1 } },
  async ({ step }) => {
    const engine: Engine = {
      step: (name, run) => step.run({ name }, run) as ReturnType<typeof run>,
      sleepUntil: (name, at) => step.sleep(name, `${Math.max(0, Math.ceil(at - Date.now()))}ms`),
    };
    const { client, state, options } = connect(sqliteSink(setup.database, setup.run, !setup.forgets));
    return (await runDurably(engine, client, state, options)).records;
  },
);

await openWorkflow.newWorker().start();
// The same key finds the run that another worker began.
const handle = await exporting.run(undefined, { idempotencyKey: setup.run });
const outcome = await handle.result().then(
  (records) => ({ records }),
  (error: unknown) => ({ error }),
);
finish(outcome);
