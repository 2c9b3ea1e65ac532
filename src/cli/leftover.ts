import { isDeepStrictEqual } from "node:util";
import { type ExportClient, ExportError, type ExportJob, type Providers } from "exportkit";
import type { SaveFiles } from "../node/save-files.js";
import type { ExportRun } from "./export-run.js";
import type { JobFile, StoredRun } from "./job-file.js";
import { UsageError } from "./usage-error.js";
import { isVendorName } from "./vendors.js";

/** An export that runs or has run at the vendor. */
export interface CurrentExport {
  readonly stored: StoredRun;
  readonly job: ExportJob;
  /** Whether an earlier run started it. */
  readonly isLeftover: boolean;
}

/** Where an earlier run left something. */
export interface LeftPlace {
  readonly files: SaveFiles;
  readonly jobFile: Pick<JobFile, "ageMs">;
}

// So long after a start of which nobody knows what became of it, `--overwrite` starts another one.
const DOUBTFUL_MS = 60 * 60 * 1000;

/** Whether a command is about the export that is stored. */
export function matchesCommand({ command }: ExportRun, stored: StoredRun): boolean {
  return Object.keys(command.request).length === 0 || isDeepStrictEqual(stored.request, command.request);
}

/** Whether an earlier export is too old to be of use; as old as the vendor says, or as the start of it. */
export function isTooOld({ command: { maxAgeMs } }: ExportRun, stored: StoredRun): boolean {
  if (maxAgeMs === undefined) return false;
  const { createdAt } = (stored.job ?? {}) as Partial<ExportJob>;
  const startedAt = Date.parse(createdAt ?? stored.at ?? "");
  return !(Date.now() - startedAt < maxAgeMs);
}

/** Refuses whatever an earlier run left behind, where that was asked for. */
export function refuseLeftover({ command }: ExportRun, path: string, { job }: StoredRun): void {
  if (command.leftover !== "fail") return;
  const { id } = (job ?? {}) as Partial<ExportJob>;
  const which = id === undefined ? "an export" : `export ${id}`;
  throw new UsageError(
    `an earlier run left ${which} behind, see ${path}; --leftover resume continues it, --leftover restart starts a new one`,
  );
}

/** The stored export; `undefined`, and said, where it is of no use and in nobody's way. */
export async function leftoverExport(
  client: ExportClient<Providers>,
  run: ExportRun,
  { files, jobFile }: LeftPlace,
  stored: StoredRun,
): Promise<CurrentExport | undefined> {
  const { vendor, overwrite } = run.command;
  const { say } = run.progress;
  if (stored.job === null) return unknownStart(client, run, jobFile, stored);
  if (overwrite && !isUsable(client, run, stored)) {
    const { id } = stored.job as Partial<ExportJob>;
    say(`threw away export ${id} of an earlier run, which was another one; ${files.target} may be replaced`);
    return undefined;
  }
  const { connection } = stored.job as Partial<ExportJob>;
  if (connection !== vendor && isVendorName(`${connection}`)) {
    const message = `${files.job} belongs to an export of ${connection}: choose another path with --out`;
    throw new ExportError("JOB_INVALID", message, { details: { field: "connection" } });
  }
  const job = client.parseJob(stored.job, vendor);
  if (!matchesCommand(run, stored)) {
    throw new UsageError(
      `${files.job} belongs to an export with another request; run with the same fields, or without any, to resume ` +
        "it, with --overwrite to throw it away, or with --restart for a new export at any time",
      `exportkit status ${run.command.out} tells how that one stands`,
    );
  }
  const what = `export ${job.id}, started ${job.createdAt}`;
  if (isTooOld(run, stored)) {
    say(`${what} by an earlier run, is older than --max-age; starting a new one`);
    return undefined;
  }
  if (job.status === "failed" || job.status === "expired") {
    say(`${what} by an earlier run, has ${job.status}; starting a new one`);
    return undefined;
  }
  // A download takes no such flag.
  const instead = run.command.action === "download" ? "" : "; --restart starts a new one";
  say(`resuming ${what}${instead}`);
  return { stored, job, isLeftover: true };
}

/** Nobody knows whether an earlier run started its export. */
async function unknownStart(
  client: ExportClient<Providers>,
  run: ExportRun,
  jobFile: LeftPlace["jobFile"],
  stored: StoredRun,
): Promise<undefined> {
  const { vendor, overwrite } = run.command;
  const { say } = run.progress;
  // Absent of versions before 0.2.
  const { vendor: asked = vendor } = stored;
  // Where starting leaves nothing at the vendor, there is nothing to be found out.
  if (asked === vendor && client.capabilities(vendor).jobs === "immediate") return;
  const isSame = asked === vendor && matchesCommand(run, stored);
  // A job that runs every night must not need a person because of one night; one that is run again at once is not to
  // start a second export.
  if (overwrite && (!isSame || (await jobFile.ageMs()) > DOUBTFUL_MS)) {
    const what = isSame ? "this export" : "another export";
    say(`an earlier run ended while it started ${what}, which may be running; starting a new one`);
  } else if (isTooOld(run, stored)) {
    say("an earlier run ended while it started an export, longer ago than --max-age; starting a new one");
  } else {
    throw startOutcomeUnknown(
      asked,
      overwrite ? "; an hour after that start, --overwrite starts a new one" : "",
    );
  }
}

function isUsable(client: ExportClient<Providers>, run: ExportRun, stored: StoredRun): boolean {
  try {
    client.parseJob(stored.job, run.command.vendor);
    return matchesCommand(run, stored);
  } catch {
    return false;
  }
}

/**
 * A run stored that it starts an export, and not what became of it.
 *
 * @param then - what else can be done
 */
export function startOutcomeUnknown(vendor: string, then = ""): ExportError {
  return new ExportError(
    "START_OUTCOME_UNKNOWN",
    "another run is starting an export, or ended while it did, and the export may be running. Wait for that run, or look " +
      `in ${vendor}'s console${then}`,
  );
}
