import type { ExportJob } from "../model/job.js";
import type { ArtifactLocation } from "../spec/artifact.js";
import type { FileDelivery } from "../spec/delivery.js";
import type { Connection } from "../transport/connection.js";
import { createContext } from "../transport/context.js";
import { withinOwnTime } from "../transport/own-time.js";
import { hideUrl } from "../transport/secret-url.js";
import { urlProblem } from "../transport/trusted-url.js";

export interface Located extends Omit<ArtifactLocation, "url"> {
  readonly url: URL;
}

// A URL that ends while the request is under way is a wasted try.
const SAFETY_MARGIN_MS = 2_000;

/** Asks the provider where the artifact is. The URL is a secret from here on. */
export async function locateArtifact(
  connection: Connection,
  job: ExportJob,
  signal: AbortSignal,
): Promise<Located> {
  const { provider, redactor } = connection;
  const delivery = provider.delivery as FileDelivery;
  // The retries are those of the artifact request that the URL is for; two budgets would multiply.
  const scope = { operation: "locate", safety: "safe", signal, job, retries: 0 } as const;
  const context = createContext(connection, scope);
  const location = await withinOwnTime(connection, context, scope, "locate", (watched) =>
    delivery.locate(watched, job),
  );
  redactor.add(location.url);
  const url = parseUrl(location.url);
  if (url) hideUrl(connection, url, job.id);
  const problem = url ? urlProblem(url) : "cannot be read";
  if (!url || problem) {
    throw connection.error("RESPONSE_INVALID", `the artifact URL that ${provider.name} gave ${problem}`, {
      operation: "locate",
      job,
    });
  }
  return { ...location, url };
}

export function isUsable(connection: Connection, located: Located): boolean {
  if (!located.expiresAt) return false;
  return located.expiresAt.getTime() - SAFETY_MARGIN_MS > connection.now();
}

function parseUrl(text: string): URL | undefined {
  try {
    return new URL(text);
  } catch {
    return undefined;
  }
}
