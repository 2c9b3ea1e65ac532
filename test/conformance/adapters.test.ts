import { authgear } from "exportkit/authgear";
import { avepoint } from "exportkit/avepoint";
import { type ConformanceOptions, testProvider } from "exportkit/conformance";
import {
  type AuthgearEmulator,
  type AvepointEmulator,
  createAuthgearEmulator,
  createAvepointEmulator,
  createZephrEmulator,
  expectedOf,
  type FaultVendor,
  generateAuthgearKeys,
  type ZephrEmulator,
} from "exportkit/testing";
import { zephr } from "exportkit/zephr";
import { describe, expect, it } from "vitest";

const { keyId, privateKey, publicKey } = await generateAuthgearKeys();
const clientSecret = "canary-client-secret~+/=";
const zephrKeys = { accessKey: "canary-access-key", secretKey: "canary-secret-key" };

/** What the fault table says of a vendor; what needs a connection of another kind is left out. */
const expectedAt =
  (vendor: FaultVendor): ConformanceOptions["expected"] =>
  (scenario, operation) => {
    const expected = expectedOf(scenario, vendor, operation);
    const other = expected.outcome !== "impossible" && /signed in before|`token`/.test(expected.needs ?? "");
    return other ? { outcome: "impossible", reason: "it needs a connection of another kind" } : expected;
  };

const authgearOptions = (format: "ndjson" | "csv"): ConformanceOptions<AuthgearEmulator> => {
  let outcome: "completed" | "failed" = "completed";
  return {
    emulator: (clock) => {
      outcome = "completed";
      return createAuthgearEmulator({
        keys: { [keyId]: publicKey },
        users: 30,
        clock,
        outcome: () => outcome,
      });
    },
    provider: ({ endpoint }) => authgear({ endpoint, projectId: "myapp", keyId, privateKey }),
    request: { format },
    records: 30,
    identityOf: (record) => (record as { readonly sub: string }).sub,
    secrets: privateKey.split("\n").slice(1, -2),
    invalidRequests: [{}, { format: "xml" }, { format, fromat: 1 }, null],
    arrange: {
      failed: () => {
        outcome = "failed";
      },
      forgotten: (emulator) => emulator.reset(),
    },
    expected: expectedAt("authgear"),
  };
};

const avepointOptions = (): ConformanceOptions<AvepointEmulator> => {
  let outcome: "finished" | "failed" = "finished";
  let statuses: readonly number[] = [];
  return {
    emulator: (clock) => {
      [outcome, statuses] = ["finished", []];
      return createAvepointEmulator({
        clients: [{ clientId: "app", clientSecret }],
        rows: 40,
        workbooks: 2,
        clock,
        outcome: () => outcome,
        jobStatuses: () => statuses,
      });
    },
    provider: ({ endpoint, tokenUrl }) =>
      avepoint({ baseUrl: endpoint, tokenUrl, clientId: "app", clientSecret }),
    request: { report: "userAccess", email: "ada@contoso.com", dataSources: ["OneDrive"] },
    records: 88,
    identityOf: (record) => {
      const { file, sheet, row } = record as { file: string; sheet: string; row: number };
      return `${file}/${sheet}/${row}`;
    },
    secrets: [clientSecret],
    invalidRequests: [{}, { report: "nothing" }, { report: "userAccess", email: "", dataSources: ["x"] }],
    arrange: {
      failed: () => {
        outcome = "failed";
      },
      forgotten: (emulator) => emulator.reset(),
      unknownStatus: () => {
        statuses = [77];
      },
    },
    expected: expectedAt("avepoint"),
  };
};

const zephrOptions = (request: object = {}): ConformanceOptions<ZephrEmulator> => ({
  emulator: (clock) =>
    createZephrEmulator({ keys: { [zephrKeys.accessKey]: zephrKeys.secretKey }, users: 60, clock }),
  provider: ({ endpoint }) => zephr({ baseUrl: endpoint, ...zephrKeys }),
  request: { pageSize: 10, ...request },
  records: 60,
  identityOf: (record) => (record as { readonly user: { readonly user_id: string } }).user.user_id,
  secrets: Object.values(zephrKeys),
  invalidRequests: [{ pageSize: 0 }, { since: "yesterday" }, { pagesize: 10 }],
  arrange: { grown: (emulator) => emulator.addUsers(3) },
  expected: expectedAt("zephr"),
});

describe.each([
  ["Authgear, NDJSON", testProvider(authgearOptions("ndjson"))],
  ["Authgear, CSV", testProvider(authgearOptions("csv"))],
  ["AvePoint", testProvider(avepointOptions())],
  ["Zephr", testProvider(zephrOptions())],
])("%s", (_, cases) => {
  it.each(cases)("$name", ({ run }) => run());

  it("has names of its own for all cases", () => {
    expect(new Set(cases.map(({ name }) => name)).size).toBe(cases.length);
    expect(cases.length).toBeGreaterThan(100);
  });
});
