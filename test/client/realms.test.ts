import { runInNewContext } from "node:vm";
import { createExportClient, ExportError } from "exportkit";
import { authgear } from "exportkit/authgear";
import { avepoint } from "exportkit/avepoint";
import { InvalidRecord, isInvalidRecord } from "exportkit/provider";
import {
  createAuthgearEmulator,
  createAvepointEmulator,
  createTestClock,
  createZephrEmulator,
  generateAuthgearKeys,
} from "exportkit/testing";
import { zephr } from "exportkit/zephr";
import { afterEach, describe, expect, it, vi } from "vitest";

const elsewhere = runInNewContext(
  "({ Error, TypeError, Date, Uint8Array, ArrayBuffer })",
) as typeof globalThis;

afterEach(() => vi.unstubAllGlobals());

describe("what is of another realm, as under jsdom, in a frame or in Jest", () => {
  it("is read as an error where it is the cause of one", () => {
    const cause = new elsewhere.TypeError("no route");
    expect(cause).not.toBeInstanceOf(Error);
    expect(new ExportError("NETWORK", "it failed", { cause }).toJSON()).toMatchObject({
      cause: { name: "TypeError", message: "no route" },
    });
  });

  it("is read as a day or a moment in a request", async () => {
    const emulator = createZephrEmulator({ keys: { access: "secret-key" }, users: 3 });
    const provider = zephr({ baseUrl: emulator.endpoint, accessKey: "access", secretKey: "secret-key" });
    const client = createExportClient({ providers: { readers: provider }, fetch: emulator.fetch });
    const job = await client.startExport("readers", { since: new elsewhere.Date("2026-01-01") });
    expect(job.request).toMatchObject({ since: "2026-01-01T00:00:00Z" });
  });

  it.each(["authgear", "avepoint", "zephr"] as const)(
    "an export of %s runs, and its emulator",
    async (vendor) => {
      const clock = createTestClock();
      const keys = await generateAuthgearKeys();
      // As jsdom does: the global class is another one than that of the runtime's own bytes.
      vi.stubGlobal("Uint8Array", elsewhere.Uint8Array);
      const emulators = {
        authgear: () => createAuthgearEmulator({ keys: { [keys.keyId]: keys.publicKey }, users: 20, clock }),
        avepoint: () =>
          createAvepointEmulator({
            clients: [{ clientId: "id", clientSecret: "a-secret" }],
            rows: 20,
            clock,
          }),
        zephr: () => createZephrEmulator({ keys: { access: "secret-key" }, users: 20, clock }),
      };
      const emulator = emulators[vendor]();
      const origin = { endpoint: emulator.endpoint, baseUrl: emulator.endpoint };
      const { keyId, privateKey } = keys;
      const tokenUrl = "tokenUrl" in emulator ? emulator.tokenUrl : "";
      const client = createExportClient({
        providers: {
          authgear: authgear({ endpoint: origin.endpoint, projectId: "myapp", keyId, privateKey }),
          avepoint: avepoint({
            baseUrl: origin.baseUrl,
            tokenUrl: tokenUrl || "https://identity.example/token",
            clientId: "id",
            clientSecret: "a-secret",
          }),
          zephr: zephr({ baseUrl: origin.baseUrl, accessKey: "access", secretKey: "secret-key" }),
        },
        fetch: emulator.fetch,
        clock,
      });
      const download =
        vendor === "authgear"
          ? await client.runExport("authgear", { format: "ndjson" })
          : vendor === "avepoint"
            ? await client.runExport("avepoint", {
                report: "userAccess",
                email: "ada@contoso.com",
                dataSources: ["OneDrive"],
              })
            : await client.runExport("zephr", {});
      let count = 0;
      for await (const _ of download) count++;
      expect(count).toBeGreaterThanOrEqual(20);
    },
  );
});

describe("what is of another copy of the package", () => {
  it("is known as a broken record", () => {
    const entry = new InvalidRecord({ message: "it is broken", position: { record: 1, line: 1 } });
    const fromCopy = Object.assign(Object.create({}), entry);
    expect(fromCopy).not.toBeInstanceOf(InvalidRecord);
    expect([
      isInvalidRecord(fromCopy),
      isInvalidRecord({ issue: entry.issue }),
      isInvalidRecord(null),
    ]).toEqual([true, false, false]);
  });
});
