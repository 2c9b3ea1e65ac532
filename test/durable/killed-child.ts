import { appendFileSync, openSync, readFileSync, renameSync, writeFileSync, writeSync } from "node:fs";
import { createExportClient } from "exportkit";
import { authgear } from "exportkit/authgear";
import { advanceExport, beginExport, type Sink } from "exportkit/durable";

/** Where the vendor is, and the file that holds records and state as one. */
export interface ChildTask {
  readonly endpoint: string;
  readonly token: string;
  readonly file: string;
  /** The moment at which the process stands still, to be killed there: the n-th of all, or of those of one name. */
  readonly stopAt?: number;
  readonly moment?: string;
}

/** What the file holds. */
export interface Kept {
  readonly state: unknown;
  readonly records: readonly unknown[];
}

const { endpoint, token, file, stopAt, moment } = JSON.parse(process.argv[2] ?? "") as ChildTask;
const client = createExportClient({
  providers: { users: authgear({ endpoint, token }) },
  fetch: async (input, init) => {
    tell("request");
    const response = await fetch(input, init);
    tell("answer");
    return response;
  },
});

let told = 0;

/** Tells the parent where this process is, and stands still where it is to be killed. */
function tell(now: string): void {
  if (moment === undefined || now === moment) told += 1;
  writeSync(1, `${now}\n`);
  if (told === stopAt) Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 60_000);
}

function kept(): Kept | undefined {
  try {
    return JSON.parse(readFileSync(file, "utf8")) as Kept;
  } catch {
    return undefined;
  }
}

const sink: Sink<unknown> = {
  load: async () => (kept()?.state as never) ?? null,
  async write({ records }, { after }) {
    tell("write");
    const whole: Kept = { state: after, records: [...(kept()?.records ?? []), ...records] };
    writeFileSync(`${file}.new`, JSON.stringify(whole));
    renameSync(`${file}.new`, file);
    tell("written");
  },
};

const claimStart = async () => {
  try {
    openSync(`${file}.claim`, "wx");
    tell("claimed");
    return true;
  } catch {
    return false;
  }
};

try {
  let state = beginExport("users", { format: "ndjson" });
  while (state.phase !== "done") {
    state = await advanceExport(client, state, { sink, claimStart, batch: 25 });
    await new Promise((resolve) => setTimeout(resolve, Math.min(20, Math.max(0, state.wakeAt - Date.now()))));
  }
  tell("done");
} catch (error) {
  appendFileSync(`${file}.error`, JSON.stringify(error));
  tell("failed");
}
