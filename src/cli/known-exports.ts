import { createHash } from "node:crypto";
import { mkdir, readdir, readFile, rename, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import type { ExportJob, JsonObject } from "exportkit";
import { printable } from "../model/printable.js";
import { filesFor } from "../node/save-files.js";
import { stateFolder } from "./folders.js";
import { UsageError } from "./usage-error.js";
import type { Environment } from "./vendors.js";

/** An export that was started on this machine. */
export interface KnownExport {
  /** Where its file goes; absolute. */
  readonly out: string;
  readonly vendor: string;
  readonly id: string;
  /** ISO 8601. */
  readonly startedAt: string;
  /** The job as it was last seen; `saved`, `over` and `replaced` are the ends. */
  readonly status: string;
  /** When that was noted. ISO 8601. */
  readonly notedAt: string;
}

// Of exports that have ended, those of a month are remembered.
const KEPT_MS = 30 * 86_400_000;

/**
 * Notes which exports there are, for `list` and for finding them by their ids. Nothing depends on it: what carries an export
 * from run to run lies beside its file. So where it cannot be written, nothing is said.
 */
export async function noteExport(
  environment: Environment,
  known: Omit<KnownExport, "notedAt">,
): Promise<void> {
  const folder = folderOf(environment);
  if (folder === undefined) return;
  try {
    await mkdir(folder, { recursive: true, mode: 0o700 });
    const path = join(folder, `${createHash("sha256").update(known.out).digest("hex").slice(0, 32)}.json`);
    const text = JSON.stringify({ ...known, notedAt: new Date().toISOString() });
    const draft = `${path}.${process.pid}`;
    await writeFile(draft, `${text}\n`, { mode: 0o600 });
    await rename(draft, path);
  } catch {}
}

/** All of them, the latest first. */
export async function knownExports(environment: Environment): Promise<readonly KnownExport[]> {
  const folder = folderOf(environment);
  const names = folder === undefined ? [] : await readdir(folder).catch(noneIn(folder));
  const found = await Promise.all(names.map((name) => readKnown(join(folder ?? "", name))));
  return found
    .filter((known) => known !== undefined)
    .sort((one, other) => (one.startedAt < other.startedAt ? 1 : -1));
}

/** Without the folder nothing was noted; one that cannot be read may hold something. */
function noneIn(folder: string): (error: NodeJS.ErrnoException) => never[] {
  return ({ code }) => {
    if (code === "ENOENT" || code === "ENOTDIR") return [];
    throw new UsageError(
      `the folder in which exports are noted cannot be read (${code}): ${folder}`,
      "make it readable, or name another one in XDG_STATE_HOME; without it, name an export by its file",
    );
  };
}

async function readKnown(path: string): Promise<KnownExport | undefined> {
  try {
    const known = JSON.parse(await readFile(path, "utf8")) as KnownExport;
    const { out, vendor, id, startedAt, status, notedAt } = known;
    if ([out, vendor, id, startedAt, status, notedAt].some((text) => typeof text !== "string"))
      return undefined;
    const latest = await storedStatus(known);
    if (isOpen({ status: latest }) || Date.parse(notedAt) > Date.now() - KEPT_MS)
      return { ...known, status: latest };
    await rm(path, { force: true });
  } catch {}
  return undefined;
}

export function isOpen({ status }: Pick<KnownExport, "status">): boolean {
  return ["pending", "running", "succeeded"].includes(status);
}

/** What lies beside the file knows better: somebody may have removed it, or replaced the export. */
async function storedStatus({ out, id, status }: KnownExport): Promise<string> {
  if (!isOpen({ status })) return status;
  try {
    const { job } = JSON.parse(await readFile(filesFor(out).job, "utf8")) as JsonObject;
    const stored = job as unknown as ExportJob | null;
    return stored?.id === id ? stored.status : "replaced";
  } catch {
    return "forgotten";
  }
}

function folderOf(environment: Environment): string | undefined {
  const folder = stateFolder(environment);
  return folder && join(folder, "exports");
}

/** The text of `exportkit list`. */
export function listText(known: readonly KnownExport[]): string {
  if (known.length === 0)
    return "no exports are known here; exportkit start VENDOR --out FILE starts one that the next command finds";
  const rows = known.map(({ status, vendor, id, startedAt, out }) =>
    [status, vendor, id, startedAt, out].map(printable),
  );
  const table = [["STATUS", "VENDOR", "ID", "STARTED", "FILE"], ...rows];
  const widths =
    table[0]?.map((_, column) => Math.max(...table.map((row) => row[column]?.length ?? 0))) ?? [];
  return table
    .map((row) =>
      row
        .map((cell, column) => cell.padEnd(widths[column] ?? 0))
        .join("  ")
        .trimEnd(),
    )
    .join("\n");
}
