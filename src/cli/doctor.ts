import { constants } from "node:fs";
import { access, statfs } from "node:fs/promises";
import type { ExportClient, ExportJob, Providers } from "exportkit";
import { exists, onDisk } from "../node/file-error.js";
import { filesFor } from "../node/save-files.js";
import { targetKind } from "../node/target-kind.js";
import type { DoctorCommand } from "./commands.js";
import { connect } from "./connect-vendor.js";
import { proxyOf } from "./proxy.js";
import type { UsageError } from "./usage-error.js";
import type { Environment, VendorName } from "./vendors.js";

/** One thing that was looked at. */
export interface Finding {
  readonly check: "runtime" | "proxy" | "credentials" | "sign-in" | "clock" | "place";
  readonly ok: boolean;
  readonly told: string;
}

// A vendor's tokens and signatures are good for minutes; a smaller difference is corrected by the client.
const TOLERABLE_MS = 60_000;

/** Signs in and looks around. Starts no export and writes nothing. */
export async function doctor(
  { vendor, out }: DoctorCommand,
  {
    environment,
    credentials,
    signal,
  }: { environment: Environment; credentials: Environment; signal: AbortSignal },
): Promise<readonly Finding[]> {
  const findings: Finding[] = [
    { check: "runtime", ok: true, told: `Node ${process.versions.node} on ${process.platform}` },
  ];
  const proxy = proxyOf(environment);
  findings.push({ check: "proxy", ok: true, told: proxy ? `by ${new URL(proxy).host}` : "none" });
  findings.push(...(await signIn(vendor, credentials, signal)));
  if (out !== undefined && out !== "-") findings.push(await placeFor(out));
  return findings;
}

async function signIn(
  vendor: VendorName,
  credentials: Environment,
  signal: AbortSignal,
): Promise<readonly Finding[]> {
  let client: ExportClient<Providers>;
  const dates: { readonly sentAt: number; readonly date: number }[] = [];
  const watched: typeof fetch = async (input, init) => {
    const sentAt = Date.now();
    const response = await fetch(input, init);
    const date = Date.parse(response.headers.get("date") ?? "");
    if (!Number.isNaN(date)) dates.push({ sentAt, date });
    return response;
  };
  try {
    const provider = await connect(vendor, credentials);
    const { createExportClient } = await import("exportkit");
    client = createExportClient({ providers: { [vendor]: provider }, fetch: watched, retry: { retries: 1 } });
  } catch (error) {
    const { message, hint } = error as UsageError;
    return [{ check: "credentials", ok: false, told: hint === undefined ? message : `${message}; ${hint}` }];
  }
  const found: Finding[] = [{ check: "credentials", ok: true, told: "everything needed is set" }];
  const startedAt = performance.now();
  try {
    await ask(client, vendor, signal);
    const ms = Math.round(performance.now() - startedAt);
    found.push({ check: "sign-in", ok: true, told: `${vendor} let us in, in ${ms} ms` });
  } catch (error) {
    if (signal.aborted) throw signal.reason;
    // Loaded where it is needed, as it is for every command that fails.
    const { shortFailure } = await import("./failure.js");
    found.push({ check: "sign-in", ok: false, told: shortFailure(error, vendor) });
  }
  const [first] = dates;
  if (first) found.push(clockFinding(first.date - first.sentAt));
  return found;
}

/** The smallest question that needs the credentials and changes nothing. */
async function ask(client: ExportClient<Providers>, vendor: VendorName, signal: AbortSignal): Promise<void> {
  if (vendor === "zephr") {
    const job = await client.startExport(vendor, { pageSize: 1 } as never, { signal });
    for await (const _ of await client.download(job, { signal })) return;
    return;
  }
  // The status of an export that never existed: a caller without access is refused before that matters.
  const time = new Date().toISOString();
  const request =
    vendor === "authgear"
      ? { format: "ndjson" }
      : { report: "sitePermissions", siteUrls: ["https://exportkit.invalid"] };
  const job = { version: 1, connection: vendor, provider: vendor, id: "1", request, status: "running" };
  const never = {
    ...job,
    createdAt: time,
    updatedAt: time,
    polls: 0,
    retryAfterMs: 0,
  } as unknown as ExportJob;
  await client.pollExport(never, { signal });
}

function clockFinding(differenceMs: number): Finding {
  const seconds = Math.round(Math.abs(differenceMs) / 1_000);
  const ok = Math.abs(differenceMs) < TOLERABLE_MS;
  const way = differenceMs > 0 ? "behind" : "ahead of";
  return { check: "clock", ok, told: seconds <= 1 ? "as the vendor's" : `${seconds} s ${way} the vendor's` };
}

async function placeFor(out: string): Promise<Finding> {
  const files = filesFor(out);
  try {
    const kind = await onDisk(files, () => targetKind(files.target));
    await onDisk(files, () => access(files.folder, constants.W_OK | constants.X_OK));
    const { bavail, bsize } = await onDisk(files, () => statfs(files.folder));
    if (kind === "folder" || kind === "special")
      throw new Error(`${files.target} is ${kind === "folder" ? "a folder" : "not a regular file"}`);
    const facts = [
      `${files.folder} can be written to`,
      `${Math.floor((bavail * bsize) / 2 ** 30)} GiB are free`,
      kind !== "nothing" && `${files.target} is there: --overwrite replaces it`,
      (await exists(files.job)) && "an earlier run left an export behind",
    ];
    return { check: "place", ok: true, told: facts.filter(Boolean).join("; ") };
  } catch (error) {
    return { check: "place", ok: false, told: (error as Error).message };
  }
}
