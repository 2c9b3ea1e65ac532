import { resolve } from "node:path";
import type { Clock, ExportJob } from "exportkit";
import { filesFor } from "../node/save-files.js";
import type { ExportCommand, JobCommand } from "./commands.js";
import { clientOf } from "./connection.js";
import { readJobFile, type StoredRun } from "./job-file.js";
import { isOpen, knownExports, listText, noteExport } from "./known-exports.js";
import { startOutcomeUnknown } from "./leftover.js";
import type { Progress } from "./progress.js";
import type { JobResult } from "./result.js";
import type { Saving } from "./saving.js";
import { UsageError } from "./usage-error.js";
import { type Environment, isVendorName, type VendorName } from "./vendors.js";

/** An export that an earlier command started. */
export interface FoundExport {
  readonly out: string;
  readonly vendor: VendorName;
  readonly stored: StoredRun;
}

/** Finds an export by its file, by the file beside it, or by its id; by nothing where it is the only one. */
export async function findExport(which: string | undefined, environment: Environment): Promise<FoundExport> {
  const out = which === undefined ? await onlyOne(environment) : await outOf(which, environment);
  const files = filesFor(out);
  const stored = await readJobFile(files);
  if (!stored) {
    throw new UsageError(
      `there is no export under way for ${files.target}: ${files.job} is not there`,
      "exportkit list shows those that are; exportkit start VENDOR --out FILE starts one",
    );
  }
  const { connection } = (stored.job ?? {}) as Partial<ExportJob>;
  const vendor = stored.vendor ?? connection ?? "";
  if (!isVendorName(vendor)) throw new UsageError(`${files.job} names a vendor that is not known here`);
  return { out, vendor, stored };
}

async function onlyOne(environment: Environment): Promise<string> {
  const open = (await knownExports(environment)).filter(isOpen);
  const [only, ...others] = open;
  if (only && others.length === 0) return only.out;
  throw only
    ? new UsageError(`name one of ${open.length} exports by its file or id:\n${listText(open)}`)
    : new UsageError(
        "no export is under way that was started on this machine; name the FILE of one",
        "exportkit list shows those that are known; exportkit start VENDOR --out FILE starts one",
      );
}

async function outOf(which: string, environment: Environment): Promise<string> {
  const named = which.replace(/\.job\.json$/, "");
  if (await readJobFile(filesFor(named)).catch(() => true)) return resolve(named);
  const known = (await knownExports(environment).catch(() => [])).find(({ id }) => id === which);
  return known?.out ?? resolve(named);
}

/** `exportkit status` and `exportkit wait`. Writes nothing beside the file, so that other commands may work there. */
export async function askForJob(
  command: JobCommand,
  { vendor, out, stored }: FoundExport,
  given: {
    readonly credentials: Environment;
    readonly environment: Environment;
    readonly progress: Progress;
    readonly signal: AbortSignal;
    readonly clock: Clock | undefined;
  },
): Promise<JobResult> {
  const { progress, signal, credentials, environment, clock } = given;
  const client = await clientOf(vendor, credentials, { progress, verbose: command.verbose, clock });
  if (stored.job === null) throw startOutcomeUnknown(vendor);
  const job = client.parseJob(stored.job, vendor);
  const { timeoutMs } = command;
  const latest =
    command.action === "status"
      ? await client.pollExport(job, { signal })
      : await client.waitForExport(job, { signal, timeoutMs, onProgress: (polled) => progress.job(polled) });
  await noteExport(environment, {
    out,
    vendor,
    id: latest.id,
    startedAt: latest.createdAt,
    status: latest.status,
  });
  return { path: out, job: latest };
}

/** `exportkit download` as the export that it resumes. */
export function downloadOf(command: JobCommand, { vendor, out, stored }: FoundExport): ExportCommand {
  const { kind: _, which: __, saving, ...asking } = command;
  const raw: Saving = { format: "raw", csv: {}, skipInvalid: false };
  return {
    ...asking,
    ...(saving ?? stored.saving ?? raw),
    kind: "export",
    action: "download",
    vendor,
    request: {},
    out,
    leftover: "resume",
    maxAgeMs: undefined,
    dryRun: false,
  };
}
