import { inspect } from "node:util";
import type { AuthgearProvider } from "exportkit/authgear";
import { describe, expect, it } from "vitest";
import { harness } from "../harness.js";
import { echoing, operations, replies, throwers } from "./echo.js";
import { partsOfKey, visible } from "./leaks.js";
import { canaryToken, credentials, expectNoLeak, functionToken, keys, type Scenario } from "./scenario.js";

describe.each(Object.keys(credentials))("no secret is seen of a %s", (kind) => {
  it.each([
    { format: "ndjson" },
    { format: "csv" },
    { format: "csv", fields: ["/sub", "/mfa/totps", "/mfa"] },
  ] as const)("in an export that goes well: %j", async (request) => {
    await expectNoLeak(kind, { request, check: (text) => expect(text).toContain("succeeded") });
  });

  it("in the client and the provider themselves", async () => {
    const provider = credentials[kind]?.() as AuthgearProvider;
    const { client } = harness({ provider });
    const text = [client, provider]
      .map((value) => inspect(value, { depth: 20, showHidden: true }) + visible(value))
      .join();
    const secrets = [...partsOfKey(keys.privateKey), canaryToken, functionToken];
    expect(secrets.filter((secret) => text.includes(secret))).toEqual([]);
  });

  it("in an export that is cut again and again, with addresses that expire", async () => {
    await expectNoLeak(kind, {
      settings: { retry: { retries: 3 } },
      emulator: { chunkBytes: 1_000 },
      faults: [
        { on: "artifact", times: 5, fault: { type: "drop", afterBytes: 3_000 } },
        { on: "artifact", times: 2, fault: { type: "expire" } },
        { on: "poll", times: 1, fault: { type: "status", status: 503 } },
      ],
      check: (text) => expect(text).toContain("resume"),
    });
  });

  for (const [name, reply] of Object.entries(replies)) {
    it.each(operations)(`where all that was sent comes back as ${name}, at %s`, async (on) => {
      await expectNoLeak(kind, { intercept: echoing(on, reply) });
    });
  }

  for (const [name, make] of Object.entries(throwers)) {
    it.each(operations)(`where fetch throws all that was sent as ${name}, at %s`, async (on) => {
      const intercept = echoing(on, (text) => {
        throw make(text);
      });
      await expectNoLeak(kind, { intercept });
    });
  }

  it.each(["failed", "completed-without-url", "missing-object", "server-error", "stuck"] as const)(
    "in an export that ends badly: %s",
    async (outcome) => {
      await expectNoLeak(kind, { emulator: { outcome }, settings: { retry: { retries: 0 } } });
    },
  );

  it.each([
    ["a line that is no JSON", "RECORD_INVALID", (text: string) => text.replace('{"sub"', '{sub"')],
    ["a line without a sub", "RECORD_INVALID", (text: string) => text.replaceAll('"sub":', '"bus":')],
    [
      "a file that ends in the middle",
      "DECODE_FAILED",
      (text: string) => text.slice(0, text.indexOf("TOTP-SECRET-") + 20),
    ],
  ])("in a file with %s: %s", async (_, code, damage) => {
    const intercept: Scenario["intercept"] = async ({ url }, proceed) => {
      const response = await proceed();
      return url.host.startsWith("storage") ? new Response(damage(await response.text())) : response;
    };
    await expectNoLeak(kind, { intercept, check: (text) => expect(text).toContain(code) });
  });
});
