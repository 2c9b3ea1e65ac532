// Microsoft Graph's export of Intune reports, as far as an adapter sees it: the sign-in service, the API, and the store.
import { createHash } from "node:crypto";
import { createEmulator, createShiftableClock, type Emulator, type EmulatorClock } from "exportkit/testing";
import { serveFile, signedUrl } from "./signed-file.ts";
import { createTokens, json } from "./tokens.ts";
import { zipFile } from "./zip-file.ts";

export const tenant = "contoso.onmicrosoft.com";
export const client = { clientId: "reports", clientSecret: "canary-graph-client-secret" };
const origins = {
  api: "https://graph.microsoft.com",
  identity: "https://login.microsoftonline.com",
  store: "https://amsua0402repexpstorage.blob.core.windows.net",
};
const MINUTE_MS = 60_000;
const JOBS = "/v1.0/deviceManagement/reports/exportJobs";

export interface GraphEmulator extends Emulator {
  fail(): void;
  forget(): void;
  say(status: string): void;
}

export function graphEmulator(devices: number, given?: EmulatorClock): GraphEmulator {
  const clock = createShiftableClock(given);
  const tokens = createTokens(() => clock.now(), client, 60 * MINUTE_MS);
  const jobs = new Map<
    string,
    { readonly reportName: string; readonly select: readonly string[]; polls: number }
  >();
  let [failing, status, revision] = [false, "", 0];

  function file(id: string) {
    const job = jobs.get(id);
    if (!job) return undefined;
    const rows = Array.from({ length: devices }, (_, index) => {
      const known: { readonly [column: string]: string } = {
        DeviceId: createHash("sha256").update(`${index} ${revision}`).digest("hex").slice(0, 32),
        DeviceName: `LAPTOP-${index}, "Köln"`,
        OSVersion: `10.0.${19_000 + (index % 3_000)}`,
      };
      return job.select.map((column) => `"${(known[column] ?? "").replaceAll('"', '""')}"`).join(",");
    });
    const text = `\uFEFF${[job.select.join(","), ...rows, ""].join("\r\n")}`;
    const bytes = zipFile([{ name: `${id}.csv`, text }]);
    return { bytes, etag: `"0x8D${revision}"`, contentType: "application/octet-stream" };
  }

  const emulator = createEmulator({
    name: "graph-reports",
    origins,
    clock,
    identify({ method }, role) {
      if (role === "store") return "artifact";
      if (role === "identity") return "token";
      return method === "POST" ? "start" : "poll";
    },
    async respond(request, role, overrides) {
      const { method, url, body } = request;
      if (overrides.changed) revision += 1;
      if (role === "store")
        return serveFile(request, overrides, clock.now(), file(/(\w+)\.zip$/.exec(url.pathname)?.[1] ?? ""));
      if (overrides.revoked) tokens.withdraw();
      if (role === "identity") {
        if (url.pathname !== `/${tenant}/oauth2/v2.0/token`) return json(404, {});
        return tokens.answer(request, { scope: `${origins.api}/.default` });
      }
      const refuse = (code: number, word: string) =>
        json(code, { error: { code: word, message: "refused" } });
      if (!tokens.isGood(request)) return refuse(401, "InvalidAuthenticationToken");
      if (method === "POST" && url.pathname === JOBS) {
        const { reportName, select } = JSON.parse(new TextDecoder().decode(body)) as {
          readonly reportName?: string;
          readonly select?: readonly string[];
        };
        if (!reportName || !select?.length) return refuse(400, "BadRequest");
        const id = `${reportName}_${String(jobs.size + 1).padStart(32, "0")}`;
        jobs.set(id, { reportName, select, polls: 0 });
        return json(201, { id, reportName, format: "csv", status: "notStarted", url: null });
      }
      const id = /^\/v1\.0\/deviceManagement\/reports\/exportJobs\/(\w+)$/.exec(url.pathname)?.[1] ?? "";
      const job = jobs.get(id);
      if (!job) return refuse(404, "ResourceNotFound");
      const known = { id, reportName: job.reportName, format: "csv", url: null };
      if (status !== "") return json(200, { ...known, status });
      if (failing) return json(200, { ...known, status: "failed" });
      if (job.polls++ === 0) return json(200, { ...known, status: "inProgress" });
      return json(200, {
        ...known,
        status: "completed",
        url: signedUrl(origins.store, `/reports/${id}.zip`, clock.now() + 5 * MINUTE_MS),
        expirationDateTime: new Date(clock.now() + 5 * MINUTE_MS).toISOString(),
      });
    },
  });
  return Object.assign(emulator, {
    fail: () => {
      failing = true;
    },
    forget: () => jobs.clear(),
    say: (word: string) => {
      status = word;
    },
  });
}
