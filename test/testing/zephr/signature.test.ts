import { request as httpRequest } from "node:http";
import { createZephrEmulator, serveEmulator } from "exportkit/testing";
import { describe, expect, it } from "vitest";
import { authorizationOf, firstPage, tenant } from "./signed-request.js";

describe("a signature", () => {
  it("lets a request in, and no other does", async () => {
    const { get, clock } = tenant();
    expect((await get(firstPage)).status).toBe(200);
    for (const [change, words] of [
      [{ secretKey: "other" }, "Signature does not match"],
      [{ accessKey: "AK2" }, "Unknown access key"],
      [{ accessKey: "__proto__" }, "Unknown access key"],
      [{ scheme: "BLAIZE-HMAC-SHA256" }, "Authorization is missing or malformed"],
      [{ authorization: "" }, "Authorization is missing or malformed"],
      [{ authorization: "Bearer token" }, "Authorization is missing or malformed"],
      [{ query: "" }, "Signature does not match"],
      [{ timestamp: clock.now() - 300_001 }, "Request has expired"],
      [{ timestamp: clock.now() + 300_001 }, "Request has expired"],
    ] as const) {
      const response = await get(firstPage, change);
      expect(response.status).toBe(401);
      expect(await response.json()).toEqual({ error: words });
    }
    expect((await get(firstPage, { timestamp: clock.now() - 300_000 })).status).toBe(200);
  });

  it("is good once: a nonce that was used is refused, a new one is not", async () => {
    const { get, emulator } = tenant();
    expect((await get(firstPage, { nonce: "same" })).status).toBe(200);
    expect((await get(firstPage, { nonce: "same" })).status).toBe(401);
    expect((await get(firstPage, { nonce: "other" })).status).toBe(200);
    emulator.reset();
    expect((await get(firstPage, { nonce: "same" })).status).toBe(200);
  });

  it("that was refused for something else has not used up its nonce", async () => {
    const { get } = tenant();
    expect((await get(firstPage, { nonce: "n", secretKey: "wrong" })).status).toBe(401);
    expect((await get(firstPage, { nonce: "n" })).status).toBe(200);
  });

  it("has the tolerance that is set, and refusals tell the time", async () => {
    const { get, clock } = tenant({ clockToleranceMs: 1_000 });
    expect((await get(firstPage, { timestamp: clock.now() + 1_000 })).status).toBe(200);
    const refused = await get(firstPage, { timestamp: clock.now() + 1_001 });
    expect(refused.status).toBe(401);
    expect(Date.parse(refused.headers.get("date") ?? "")).toBe(clock.now());
  });

  it("is checked against the request line as it came in over HTTP, not as a URL would write it", async () => {
    const emulator = createZephrEmulator({ keys: { AK: "s3cr3t" } });
    await using served = await serveEmulator(emulator);
    // A URL writes the apostrophe as %27 and the pipe not at all differently; the request line has them as they are.
    const raw = "/v3/user-export?attributes=true&rpp=10&page=1&note=it's|raw";
    const status = (target: string, signed: string) =>
      new Promise<number | undefined>((resolve, reject) => {
        const headers = { authorization: authorizationOf(signed, Date.now()) };
        const { port } = new URL(served.endpoint);
        httpRequest({ host: "127.0.0.1", port, path: target, headers }, (response) => {
          response.resume();
          resolve(response.statusCode);
        })
          .on("error", reject)
          .end();
      });
    expect(await status(raw, raw)).toBe(200);
    expect(await status(raw, raw.replace("'", "%27"))).toBe(401);
    expect(await status(raw.replace("'", "%27"), raw.replace("'", "%27"))).toBe(200);
  });
});
