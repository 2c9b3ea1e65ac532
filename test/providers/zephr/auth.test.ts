import { createExportClient, type ExportEvent } from "exportkit";
import { createTestClock, createZephrEmulator, type ZephrEmulatorOptions } from "exportkit/testing";
import { zephr } from "exportkit/zephr";
import { describe, expect, it, vi } from "vitest";
import { signature } from "../../../src/providers/zephr/auth.js";

const sample = {
  secretKey: "s3cr3t",
  method: "GET",
  body: "",
  timestamp: 1_700_000_000_000,
  nonce: "nonce-1",
};
const sign = (target: string, change: object = {}) =>
  signature({ ...sample, url: new URL(target, "https://news.api.zephr.com"), ...change });

describe("the signature", () => {
  it.each([
    ["/v3/users", "80780bb05cd726e36069109e4bba1e76114bffcdbb7c2a72fcb97f0fc8a17ed4"],
    [
      "/v3/user-export?attributes=true&rpp=500&page=1",
      "4cf68b476d0fc11f2e8d2a02e28c1a8532b5ab0c0a41dd30f6656924cb8cb470",
    ],
    [
      "/v3/user-export?since=2020-01-01T00%3A00%3A00Z&rpp=500&page=1",
      "8c4d3e129e6544e63cbf9d802a9bda3bcb19b2a6c56c0b6576117cfe7f2c60c6",
    ],
  ])("of %s has the known value", async (target, expected) => {
    expect(await sign(target)).toBe(expected);
  });

  it("is the same where the runtime has no hash but WebCrypto's", async () => {
    const builtIn = vi.spyOn(process, "getBuiltinModule").mockReturnValue(undefined);
    const digest = vi.spyOn(crypto.subtle, "digest");
    const signed = await sign("/v3/users?name=M%C3%BCller", { secretKey: "\u{1F511}\uD800" }).finally(() =>
      builtIn.mockRestore(),
    );
    expect(digest).toHaveBeenCalledTimes(1);
    expect(await sign("/v3/users?name=M%C3%BCller", { secretKey: "\u{1F511}\uD800" })).toBe(signed);
    expect(digest).toHaveBeenCalledTimes(1);
    digest.mockRestore();
  });

  it("covers the query as it stands in the URL: a raw colon is another text than an escaped one", async () => {
    const raw = await sign("/v3/user-export?since=2020-01-01T00:00:00Z&rpp=500&page=1");
    expect(raw).not.toBe("8c4d3e129e6544e63cbf9d802a9bda3bcb19b2a6c56c0b6576117cfe7f2c60c6");
  });

  it("covers each part", async () => {
    const changes = [
      { secretKey: "other" },
      { method: "POST" },
      { body: "{}" },
      { timestamp: sample.timestamp + 1 },
      { nonce: "nonce-2" },
    ];
    const all = await Promise.all([{}, ...changes].map((change) => sign("/v3/users", change)));
    expect(new Set(all).size).toBe(all.length);
    expect(await sign("/v3/users", { method: "get" })).toBe(await sign("/v3/users"));
  });
});

describe("requests", () => {
  function tenant(options: ZephrEmulatorOptions = {}, clientTime = (time: number) => time) {
    const clock = createTestClock();
    const emulator = createZephrEmulator({ keys: { AK: "s3cr3t" }, clock, ...options });
    const headers: string[] = [];
    const events: ExportEvent[] = [];
    const clientClock = { ...clock, now: () => clientTime(clock.now()) };
    const newClient = (secretKey = "s3cr3t") =>
      createExportClient({
        providers: { readers: zephr({ baseUrl: emulator.endpoint, accessKey: "AK", secretKey }) },
        clock: clientClock,
        onEvent: (event) => events.push(event),
        fetch: (input, init) => {
          const request = new Request(input, init);
          headers.push(request.headers.get("authorization") ?? "");
          return emulator.fetch(input, init);
        },
      });
    return { clock, emulator, headers, events, newClient };
  }

  it("carry a new nonce and a new signature at every attempt", async () => {
    const { emulator, headers, newClient } = tenant({ users: 40 });
    const client = newClient();
    const job = await client.startExport("readers", { pageSize: 3 });
    emulator.faults.add({ on: "page", after: 2, times: 3, fault: { type: "status", status: 503 } });
    emulator.faults.add({ on: "page", after: 2, times: 2, fault: { type: "reset" } });
    emulator.faults.add({
      on: "page",
      after: 3,
      fault: { type: "status", status: 429, headers: { "retry-after": "1" } },
    });
    let count = 0;
    for await (const _ of await client.download(job)) count += 1;
    expect(count).toBe(40);
    expect(emulator.faults.remaining).toBe(0);
    expect(headers.length).toBeGreaterThan(20);
    const parts = headers.map((header) => header.split(/[ :]/));
    for (const [scheme, accessKey, timestamp, nonce, hash] of parts) {
      expect([scheme, accessKey]).toEqual(["ZEPHR-HMAC-SHA256", "AK"]);
      expect(timestamp).toMatch(/^\d{13}$/);
      expect(nonce).toMatch(/^[0-9a-f-]{36}$/);
      expect(hash).toMatch(/^[0-9a-f]{64}$/);
    }
    expect(new Set(parts.map(([, , , nonce]) => nonce)).size).toBe(headers.length);
    expect(new Set(parts.map(([, , , , hash]) => hash)).size).toBe(headers.length);
  });

  it("learn the vendor's clock once from a refusal", async () => {
    for (const off of [-3_600_000, 86_400_000]) {
      const { emulator, events, newClient } = tenant({ users: 30 }, (time) => time + off);
      const client = newClient();
      const job = await client.startExport("readers", { pageSize: 5 });
      let count = 0;
      for await (const _ of await client.download(job)) count += 1;
      expect(count).toBe(30);
      expect(emulator.requests.map(({ status }) => status).filter((status) => status === 401)).toHaveLength(
        1,
      );
      expect(events.filter(({ type }) => type === "refresh")).toMatchObject([{ what: "clock" }]);
    }
  });

  it("under way when the clock jumps are each signed once more", async () => {
    let off = 0;
    const { emulator, newClient } = tenant({ users: 60, latencyMs: 50 }, (time) => time + off);
    const client = newClient();
    const job = await client.startExport("readers", { pageSize: 2 });
    let count = 0;
    for await (const _ of await client.download(job)) if (++count === 20) off = 3_600_000;
    expect(count).toBe(60);
    expect(emulator.requests.filter(({ status }) => status === 401).length).toBeGreaterThan(0);
  });

  it("with a wrong secret are refused once and not repeated", async () => {
    const { emulator, newClient } = tenant();
    await expect(newClient("wrong-secret").startExport("readers", {})).rejects.toMatchObject({
      code: "UNAUTHORIZED",
      message: expect.stringContaining("secretKey"),
    });
    expect(emulator.requests).toHaveLength(1);
  });

  it("with a wrong secret and a wrong clock are refused twice and not repeated", async () => {
    const { emulator, newClient } = tenant({}, (time) => time + 3_600_000);
    await expect(newClient("wrong-secret").startExport("readers", {})).rejects.toMatchObject({
      code: "UNAUTHORIZED",
    });
    expect(emulator.requests).toHaveLength(2);
  });
});
