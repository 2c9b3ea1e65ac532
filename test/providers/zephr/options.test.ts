import { createExportClient } from "exportkit";
import { createZephrEmulator } from "exportkit/testing";
import { type ZephrOptions, zephr } from "exportkit/zephr";
import { describe, expect, it } from "vitest";

const pair = { accessKey: "AK", secretKey: "s3cr3t" };

describe("options", () => {
  it.each<[string, object, string]>([
    ["tenantId", pair, "must be a string"],
    ["tenantId", { ...pair, tenantId: "" }, "must not be empty"],
    ["tenantId", { ...pair, tenantId: "https://news.api.zephr.com" }, "baseUrl"],
    ["tenantId", { ...pair, tenantId: "news.evil.example/" }, "tenant's id alone"],
    [
      "tenantId",
      { ...pair, tenantId: "news", baseUrl: "https://news.example" },
      "does not go together with baseUrl",
    ],
    ["baseUrl", { ...pair, baseUrl: "news.api.zephr.com" }, "must be a URL"],
    ["baseUrl", { ...pair, baseUrl: "http://news.api.zephr.com" }, "loopback"],
    ["baseUrl", { ...pair, baseUrl: "https://me:pw@news.example" }, "user info"],
    ["baseUrl", { ...pair, baseUrl: "https://news.example/api?x=1" }, "no query"],
    [
      "baseUrl",
      { ...pair, baseUrl: "https://news.example/v3/user-export" },
      "without /v3/user-export at its end",
    ],
    ["accessKey", { tenantId: "news", secretKey: "s3cr3t" }, "must be a string"],
    ["accessKey", { ...pair, tenantId: "news", accessKey: "a:b" }, "without a colon"],
    ["secretKey", { tenantId: "news", accessKey: "AK" }, "must be a string"],
    ["secretKey", { ...pair, tenantId: "news", secretKey: "s3cr3t\n" }, "white space"],
    ["apiVersion", { ...pair, tenantId: "news", apiVersion: "v5" }, "v3"],
    ["tenantID", { ...pair, tenantId: "news", tenantID: "news" }, "not a known field"],
  ])("names %s in %o", (field, options, words) => {
    expect(() => zephr(options as never)).toThrow(
      expect.objectContaining({
        code: "CONFIG_INVALID",
        provider: "zephr",
        message: expect.stringMatching(new RegExp(`${field}: .*${words}`)),
      }),
    );
  });

  it("that are no object are refused", () => {
    expect(() => zephr(undefined as unknown as ZephrOptions & { apiVersion: "v3" })).toThrow(
      expect.objectContaining({ code: "CONFIG_INVALID" }),
    );
  });

  it("never show the secret when they are wrong", () => {
    try {
      zephr({ tenantId: "", accessKey: "AK", secretKey: "canary-secret " });
    } catch (error) {
      expect(JSON.stringify(error) + String(error)).not.toContain("canary");
    }
    expect.assertions(1);
  });

  it("lead to the tenant's own host, or to the base URL", async () => {
    for (const [options, origin] of [
      [{ tenantId: "news" }, "https://news.api.zephr.com"],
      [{ tenantId: "Daily-2" }, "https://daily-2.api.zephr.com"],
      [{ baseUrl: "https://zephr.news.example/" }, "https://zephr.news.example"],
    ] as const) {
      const emulator = createZephrEmulator({ endpoint: origin, keys: { AK: "s3cr3t" } });
      const client = createExportClient({
        providers: { readers: zephr({ ...pair, ...options }) },
        fetch: emulator.fetch,
      });
      await client.startExport("readers", {});
      expect(emulator.requests).toMatchObject([{ origin, path: "/v3/user-export", status: 200 }]);
    }
  });

  it("do not matter to what the provider can do", () => {
    const expected = { delivery: "pages", jobs: "immediate", progress: false, formats: ["ndjson"] };
    expect(zephr({ ...pair, tenantId: "news" }).capabilities).toEqual(expected);
    expect(zephr({ ...pair, tenantId: "news", apiVersion: "v4" }).capabilities).toEqual(expected);
  });
});
