import { Ajv } from "ajv";
import addFormats from "ajv-formats";
import { type AnyProvider, createExportClient } from "exportkit";
import { type AuthgearRequest, authgear } from "exportkit/authgear";
import { avepoint } from "exportkit/avepoint";
import {
  createAuthgearEmulator,
  createAvepointEmulator,
  createTestClock,
  createZephrEmulator,
  type Emulator,
} from "exportkit/testing";
import { zephr } from "exportkit/zephr";
import { describe, expect, it } from "vitest";
import { accessRequest } from "../security/vendors.js";
import { collect } from "../support/collect.js";
import { rejection } from "../support/outcome.js";
import { token } from "./harness.js";

const keys = { accessKey: "access", secretKey: "secret" };
const clock = createTestClock();

function connect(emulator: Emulator, provider: AnyProvider) {
  return createExportClient({ providers: { it: provider }, fetch: emulator.fetch, clock });
}

const atAuthgear = () => {
  const emulator = createAuthgearEmulator({ tokens: [token], users: 120, clock });
  return connect(emulator, authgear({ endpoint: emulator.endpoint, token }));
};
const atAvepoint = () => {
  const emulator = createAvepointEmulator({ tokens: [token], rows: 80, workbooks: 2, clock });
  return connect(emulator, avepoint({ baseUrl: emulator.endpoint, token }));
};
const atZephr = (apiVersion: "v3" | "v4", v4Format: "csv" | "json" = "csv") => {
  const { accessKey, secretKey } = keys;
  const emulator = createZephrEmulator({ keys: { [accessKey]: secretKey }, users: 60, v4Format, clock });
  return connect(emulator, zephr({ baseUrl: emulator.endpoint, ...keys, apiVersion } as never));
};

/** Compiled strictly: a keyword or a format that does not exist is an error. */
function compile(schema: object) {
  const ajv = new Ajv({ strict: true, strictTypes: "log", logger: false, allErrors: true });
  addFormats.default(ajv);
  return ajv.compile(schema);
}

const valueAt = (record: unknown, path: string): unknown =>
  Object.hasOwn(record as object, path)
    ? (record as { [key: string]: unknown })[path]
    : path.split(".").reduce<unknown>((value, name) => (value as { [key: string]: unknown })?.[name], record);

const everyPointer = {
  format: "csv",
  fields: [
    { pointer: "/sub", fieldName: "user.id" },
    "/email",
    "/roles",
    "/groups/0",
    "/address",
    "/address/country",
    "/mfa",
    "/mfa/emails",
    "/identities",
    "/custom_attributes",
    "/custom_attributes/plan",
    "/created_at",
    "/disabled",
    "/biometric_count",
    { pointer: "/gender", fieldName: "__proto__" },
  ],
} as const satisfies AuthgearRequest;

const cases: readonly [string, () => ReturnType<typeof connect>, object, readonly string[] | undefined][] = [
  ["Authgear's users", atAuthgear, { format: "ndjson" }, ["sub"]],
  ["Authgear's users with secrets", atAuthgear, { format: "ndjson", includeSecrets: true }, ["sub"]],
  ["Authgear's rows", atAuthgear, { format: "csv" }, ["sub"]],
  ["Authgear's rows with secrets", atAuthgear, { format: "csv", includeSecrets: true }, ["sub"]],
  ["Authgear's rows of chosen fields", atAuthgear, everyPointer, ["user.id"]],
  ["Authgear's rows without sub", atAuthgear, { format: "csv", fields: ["/email", "/mfa/totps"] }, undefined],
  ["AvePoint's rows", atAvepoint, accessRequest, ["file", "sheet", "row"]],
  ["Zephr's items", () => atZephr("v3"), {}, ["user.user_id"]],
  [
    "Zephr's items with everything",
    () => atZephr("v3"),
    { grants: true, appIds: ["app-a"] },
    ["user.user_id"],
  ],
  ["Zephr's rows", () => atZephr("v4"), {}, undefined],
  ["Zephr's items of v4", () => atZephr("v4", "json"), {}, undefined],
];

describe("the schema of a record", () => {
  it.each(cases)("fits %s, and its key tells them apart", async (_, at, request, key) => {
    const client = at();
    const known = await client.recordSchema("it", request);
    expect(known.key).toEqual(key);
    expect(JSON.parse(JSON.stringify(known))).toEqual(known);
    const isValid = compile(known.schema);
    const records = await collect(await client.runExport("it", request));
    expect(records.length).toBeGreaterThan(50);
    for (const record of records) {
      isValid(record);
      expect(isValid.errors ?? []).toEqual([]);
    }
    if (!key) return;
    const values = records.map((record) => key.map((path) => valueAt(record, path)));
    expect(values.flat()).not.toContain(undefined);
    expect(new Set(values.map((value) => JSON.stringify(value))).size).toBe(records.length);
  });

  it.each(cases.filter(([, , , key]) => key))(
    "says something of %s: other records do not fit",
    async (...given) => {
      const [, at, request] = given;
      const isValid = compile((await at().recordSchema("it", request)).schema);
      for (const other of [{}, [], "text", { sub: 1, user: "x", row: 0 }]) expect(isValid(other)).toBe(false);
    },
  );

  it("names the columns of the request and no others", async () => {
    const names = async (request: object) => {
      const { schema } = await atAuthgear().recordSchema("it", request);
      return Object.keys(schema.properties ?? {});
    };
    expect(await names(everyPointer)).toEqual([
      "user.id",
      "email",
      "roles",
      "groups.0",
      "address",
      "address.country",
      "mfa",
      "mfa.emails",
      "identities",
      "custom_attributes",
      "custom_attributes.plan",
      "created_at",
      "disabled",
      "biometric_count",
      "__proto__",
    ]);
    expect(await names({ format: "csv", fields: ["/email", "/mfa/totps"] })).toEqual(["email"]);
    expect(await names({ format: "csv", includeSecrets: true })).toContain("mfa.totps");
    expect(await names({ format: "csv" })).not.toContain("mfa.totps");
  });

  it("is of a right request, and sends nothing", async () => {
    const emulator = createAuthgearEmulator({ tokens: [token] });
    const client = connect(emulator, authgear({ endpoint: emulator.endpoint, token }));
    expect(await rejection(client.recordSchema("it", { format: "xml" }))).toMatchObject({
      code: "REQUEST_INVALID",
      connection: "it",
    });
    expect(await rejection(client.recordSchema("other" as "it", {}))).toMatchObject({
      code: "CONFIG_INVALID",
    });
    await client.recordSchema("it", { format: "csv" });
    expect(emulator.requests).toHaveLength(0);
  });

  it("is not there where an adapter promises nothing", async () => {
    const emulator = createAuthgearEmulator({ tokens: [token] });
    const { recordSchema: _, ...silent } = authgear({ endpoint: emulator.endpoint, token });
    const client = connect(emulator, silent);
    expect(await rejection(client.recordSchema("it", { format: "csv" }))).toMatchObject({
      code: "NOT_SUPPORTED",
      message: expect.stringContaining("authgear"),
    });
  });
});
