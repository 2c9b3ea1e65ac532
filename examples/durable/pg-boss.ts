// An export by a queue: pg-boss keeps its messages in PostgreSQL, and the sink keeps the records there. A message takes steps for
// as long as its budget lasts, then sends the next one. The state needs no place in it: the sink has it.
import { advanceExport, verdictOf } from "exportkit/durable";
import { PgBoss } from "pg-boss";
import { inPostgres } from "./in-postgres.ts";
import { connect, finish, setup } from "./setup.ts";

const queue = `export-${setup.run}`;
const { client, state: begun, options } = connect(inPostgres());
const { sliceMs, ...step } = options;

const boss = new PgBoss({
  connectionString: setup.database,
  superviseIntervalSeconds: 1,
  monitorIntervalSeconds: 1,
});
boss.on("error", () => {});
await boss.start();
// A message of a killed worker is delivered again once it has expired.
await boss.createQueue(queue, { expireInSeconds: 5, retryLimit: 1_000, retryDelay: 0, policy: "singleton" });
await boss.work(queue, { pollingIntervalSeconds: 0.5 }, async () => {
  const deadline = Date.now() + Math.min(sliceMs, 3_000);
  let state = begun;
  try {
    do state = await advanceExport(client, state, { ...step, budget: { deadline } });
    while (state.phase !== "done" && state.wakeAt <= Date.now() && Date.now() < deadline);
  } catch (error) {
    // What passes is delivered again by the queue.
    if (verdictOf(error).retry) throw error;
    finish({ error });
  }
  if (state.phase === "done") finish({ records: state.records });
  await boss.send(queue, {}, { startAfter: new Date(Math.max(state.wakeAt, Date.now())) });
});
// Sent once more by every worker that begins: two that run at the same time are told apart by the sink.
await boss.send(queue, {});
