import { createServer, type IncomingMessage } from "node:http";
import { createExportClient, type ExportError } from "exportkit";
import { authgear } from "exportkit/authgear";
import { describe, expect, it } from "vitest";
import { harness, token } from "../client/harness.js";
import { rejection } from "../support/outcome.js";

async function started(options: Parameters<typeof harness>[0] = {}) {
  const set = harness(options);
  const job = await set.client.startExport("users", { format: "ndjson" });
  set.sent.length = 0;
  return { ...set, job };
}

describe("a status request that is redirected", () => {
  it.each([301, 302, 303, 307, 308] as const)(
    "is followed on the provider's own origin: %d",
    async (status) => {
      const { client, emulator, job, sent } = await started();
      const to = `/_api/admin/users/export/${job.id}?again`;
      emulator.faults.add({ on: "poll", fault: { type: "redirect", status, to } });
      expect(await client.pollExport(job)).toMatchObject({ status: "succeeded" });
      expect(sent.map(({ url }) => url.pathname + url.search)).toEqual([to.replace("?again", ""), to]);
    },
  );

  it("is authorized again at every step", async () => {
    let made = 0;
    const tokens = ["token-number-0", "token-number-1", "token-number-2"];
    const { client, emulator, job, sent } = await started({
      emulator: { tokens },
      provider: authgear({
        endpoint: "https://myapp.authgearapps.com",
        token: () => `token-number-${made++}`,
      }),
    });
    const to = `/_api/admin/users/export/${job.id}`;
    emulator.faults.add({ on: "poll", fault: { type: "redirect", to } });
    await client.pollExport(job);
    expect(sent.map(({ headers }) => headers.get("authorization"))).toEqual([
      "Bearer token-number-1",
      "Bearer token-number-2",
    ]);
  });

  it.each([
    ["another host", "https://evil.example.org/collect"],
    ["another port", "https://myapp.authgearapps.com:8443/collect"],
    ["another subdomain", "https://other.authgearapps.com/collect"],
    ["a host that begins alike", "https://myapp.authgearapps.com.evil.example/collect"],
    ["another scheme", "http://myapp.authgearapps.com/collect"],
    ["user info", "https://user:pass@myapp.authgearapps.com/collect"],
    ["no web address", "ftp://myapp.authgearapps.com/collect"],
    ["script", "javascript:alert(1)"],
  ])("is refused where it leads to %s, and nothing goes there", async (_, to) => {
    const { client, emulator, job, sent } = await started();
    emulator.faults.add({ on: "poll", fault: { type: "redirect", status: 307, to } });
    const error = await rejection<ExportError>(client.pollExport(job));
    expect(error).toMatchObject({ code: "RESPONSE_INVALID", retryable: false, operation: "poll", job });
    expect(sent).toHaveLength(1);
    expect(emulator.requests.some(({ operation }) => operation === "foreign")).toBe(false);
  });

  it("is refused where no target is named", async () => {
    const { client, emulator, job } = await started();
    emulator.faults.add({ on: "poll", fault: { type: "status", status: 302 } });
    expect(await rejection(client.pollExport(job))).toMatchObject({ code: "RESPONSE_INVALID" });
  });

  it("is no answer where it says that nothing was modified", async () => {
    const { client, emulator, job } = await started();
    emulator.faults.add({ on: "poll", fault: { type: "status", status: 304 } });
    expect(await rejection(client.pollExport(job))).toMatchObject({ code: "RESPONSE_INVALID" });
  });

  it("is refused where it goes round for ever", async () => {
    const { client, emulator, job, sent } = await started();
    const to = `/_api/admin/users/export/${job.id}`;
    emulator.faults.add({ on: "poll", times: 99, fault: { type: "redirect", to } });
    const error = await rejection<ExportError>(client.pollExport(job));
    expect(error).toMatchObject({ code: "RESPONSE_INVALID" });
    expect(error.message).toContain("set the connection's address to where the provider really answers");
    expect(sent).toHaveLength(6);
  });
});

describe("over real sockets", () => {
  it("credentials do not follow a redirect to another port", async () => {
    const seen: { readonly port: string; readonly authorization: string | undefined }[] = [];
    const listen = async (answer: (request: IncomingMessage) => { status: number; location?: string }) => {
      const server = createServer((request, response) => {
        seen.push({ port: String(request.headers.host), authorization: request.headers.authorization });
        const { status, location } = answer(request);
        response.writeHead(status, { ...(location !== undefined && { location }) }).end();
      });
      await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
      const { port } = server.address() as { port: number };
      return {
        origin: `http://127.0.0.1:${port}`,
        close: () => new Promise((resolve) => server.close(resolve)),
      };
    };
    const thief = await listen(() => ({ status: 200 }));
    const home = await listen(() => ({ status: 307, location: `${thief.origin}/collect` }));
    try {
      const client = createExportClient({ providers: { users: authgear({ endpoint: home.origin, token }) } });
      const error = await rejection<ExportError>(client.startExport("users", { format: "ndjson" }));
      expect(error).toMatchObject({ code: "RESPONSE_INVALID", status: 307 });
      expect(seen).toEqual([{ port: new URL(home.origin).host, authorization: `Bearer ${token}` }]);
    } finally {
      await Promise.all([thief.close(), home.close()]);
    }
  });
});
