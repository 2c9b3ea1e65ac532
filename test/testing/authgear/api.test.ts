import { describe, expect, test } from "vitest";
import { adminApi, errorOf, exportPath, token } from "./admin-api.js";

const authorization = `Bearer ${token}`;

describe("routes and plain-text refusals", () => {
  test.each([
    ["GET", exportPath, 405],
    ["PUT", exportPath, 405],
    ["POST", `${exportPath}/some-id`, 405],
    ["DELETE", `${exportPath}/some-id`, 405],
    ["GET", "/_api/admin/users", 404],
    ["POST", `${exportPath}/`, 404],
  ])("%s %s is %i", async (method, path, status) => {
    const { emulator } = adminApi();
    const response = await emulator.fetch(`${emulator.endpoint}${path}`, {
      method,
      headers: { authorization },
    });
    expect(response.status).toBe(status);
    expect(response.headers.get("content-type")).toMatch(/^text\/plain/);
  });

  test.each([undefined, "text/plain", "application/json; charset=utf-8"])(
    "content type %s is 415",
    async (type) => {
      const { emulator } = adminApi();
      const body = new TextEncoder().encode('{"format":"ndjson"}');
      const headers = { authorization, ...(type !== undefined && { "content-type": type }) };
      const response = await emulator.fetch(`${emulator.endpoint}${exportPath}`, {
        method: "POST",
        headers,
        body,
      });
      expect(response.status).toBe(415);
      expect(await response.text()).toContain("invalid content type");
    },
  );

  test("another project's host knows no such app, and a foreign origin does not answer", async () => {
    const { emulator } = adminApi();
    const response = await emulator.fetch(`https://other.authgearapps.com${exportPath}/x`);
    expect([response.status, (await response.text()).trim()]).toEqual([404, "app not found"]);
    await expect(emulator.fetch("https://example.com/")).rejects.toThrow(TypeError);
    await expect(emulator.fetch(`http://myapp.authgearapps.com${exportPath}`)).rejects.toThrow(
      "fetch failed",
    );
    expect(emulator.requests.map(({ operation }) => operation)).toEqual(["poll", "foreign", "foreign"]);
  });

  test("the token is asked for before the content type, and both before the body", async () => {
    const { post } = adminApi();
    expect((await post("{", { authorization: "Bearer no", "content-type": "text/plain" })).status).toBe(403);
    expect((await post("{", { "content-type": "text/plain" })).status).toBe(415);
    expect((await post("{")).status).toBe(400);
  });
});

describe("the request's schema", () => {
  const fields = (...list: unknown[]) => ({ format: "csv", csv: { fields: list } });

  test.each([
    { format: "ndjson" },
    { format: "csv" },
    { format: "csv", csv: {} },
    { format: "ndjson", csv: { fields: [{ pointer: "/sub" }] } },
    fields({ pointer: "/sub", field_name: "user id" }, { pointer: "/roles/0" }, { pointer: "/x~1y/~0z" }),
    fields({ pointer: "/custom_attributes/x", extra: 1 }),
  ])("accepts %j", async (body) => {
    expect((await adminApi().post(body)).status).toBe(200);
  });

  test.each<[unknown, string, string]>([
    [[], "", "type"],
    ["null", "", "type"],
    [{}, "", "required"],
    [{ format: "xml" }, "/format", "enum"],
    [{ format: null }, "/format", "type"],
    [{ format: "csv", fields: [] }, "/fields", "additionalProperties"],
    [{ format: "csv", csv: null }, "/csv", "type"],
    [{ format: "csv", csv: { fields: {} } }, "/csv/fields", "type"],
    [{ format: "csv", csv: { fields: [] } }, "/csv/fields", "minItems"],
    [{ format: "ndjson", csv: { fields: [] } }, "/csv/fields", "minItems"],
    [fields("/sub"), "/csv/fields/0", "type"],
    [fields({ pointer: "/sub" }, {}), "/csv/fields/1", "required"],
    [fields({ pointer: 1 }), "/csv/fields/0/pointer", "type"],
    [fields({ pointer: "sub" }), "/csv/fields/0/pointer", "format"],
    [fields({ pointer: "#/sub" }), "/csv/fields/0/pointer", "format"],
    [fields({ pointer: "" }), "/csv/fields/0/pointer", "format"],
    [fields({ pointer: "/a~2b" }), "/csv/fields/0/pointer", "format"],
    [fields({ pointer: "/a~" }), "/csv/fields/0/pointer", "format"],
    [fields({ pointer: "/sub", field_name: "" }), "/csv/fields/0/field_name", "minLength"],
    [fields({ pointer: "/sub", field_name: null }), "/csv/fields/0/field_name", "type"],
  ])("refuses %j", async (body, location, kind) => {
    const response = await adminApi().post(body);
    expect(response.status).toBe(400);
    expect(await errorOf(response)).toMatchObject({
      name: "Invalid",
      reason: "ValidationFailed",
      code: 400,
      info: { causes: [{ location, kind }] },
    });
  });

  test.each([
    [
      [{ pointer: "/sub" }, { pointer: "/sub" }],
      ["sub", "sub"],
    ],
    [
      [{ pointer: "/address/country" }, { pointer: "/x", field_name: "address.country" }],
      ["address.country", "address.country"],
    ],
    [
      [{ pointer: "/a/b" }, { pointer: "/a.b" }, { pointer: "/c~1d" }],
      ["a.b", "a.b", "c/d"],
    ],
  ])("refuses header names that collide: %j", async (list, names) => {
    const error = await errorOf(await adminApi().post(fields(...list)));
    expect(error).toMatchObject({ name: "Invalid", reason: "UserExportNonUniqueFieldNames", code: 400 });
    expect(error.info).toEqual({ field_names: names });
  });

  test.each([
    ["", 0],
    ["{", 1],
    ['{"format":}', 11],
    ['{"format" "csv"}', 11],
    ['{"ü":1,}', 9],
    ['{"format":"csv"} x', 18],
    ["\ufeff{}", 3],
    ["[1,]", 4],
    ["{'format':1}", 2],
    ["[1 2]", 4],
    ["{]", 2],
  ])("bad JSON %j names the byte", async (body, offset) => {
    const error = await errorOf(await adminApi().post(body));
    expect(error).toMatchObject({ name: "BadRequest", reason: "InvalidJSON", code: 400 });
    expect(error.info).toEqual({ byte_offset: offset });
  });

  test("a body over 1 MiB is refused, one of 1 MiB is read", async () => {
    const padded = (bytes: number) => `{"format":"ndjson"}${" ".repeat(bytes - 19)}`;
    const error = await errorOf(await adminApi().post(padded(1_048_577)));
    expect(error).toMatchObject({ name: "RequestEntityTooLarge", reason: "JSONTooLarge", code: 413 });
    expect(error.info).toEqual({ limit: 1_048_576 });
    expect((await adminApi().post(padded(1_048_576))).status).toBe(200);
  });
});

describe("limits", () => {
  test("a daily quota is used up until midnight UTC, and refused requests do not count", async () => {
    const { post, clock } = adminApi({ quota: { limit: 2, period: "day" } });
    expect((await post({ format: "xml" })).status).toBe(400);
    clock.advance(23 * 3_600_000);
    expect((await post({ format: "csv" })).status).toBe(200);
    expect((await post({ format: "csv" })).status).toBe(200);
    const refused = await post({ format: "csv" });
    expect(refused.status).toBe(429);
    expect(refused.headers.has("retry-after")).toBe(false);
    expect(await errorOf(refused)).toMatchObject({
      name: "TooManyRequest",
      reason: "UsageLimitExceeded",
      code: 429,
      info: { name: "UserExport", period: "day" },
    });
    clock.advance(3_600_000 - 1);
    expect((await post({ format: "csv" })).status).toBe(429);
    clock.advance(1);
    expect((await post({ format: "csv" })).status).toBe(200);
  });

  test("a monthly quota is used up until the 1st", async () => {
    const { post, clock } = adminApi({ quota: { limit: 1, period: "month", error: "rate-limit" } });
    await post({ format: "csv" });
    clock.advance(31 * 86_400_000 - 1);
    expect(await errorOf(await post({ format: "csv" }))).toMatchObject({
      reason: "RateLimited",
      info: { bucket_name: "UserExport" },
    });
    clock.advance(1);
    expect((await post({ format: "csv" })).status).toBe(200);
  });

  test("the documented limit of running exports", async () => {
    const { post, clock } = adminApi({ maxConcurrentJobs: 1, jobDurationMs: 5000 });
    await post({ format: "csv" });
    expect(await errorOf(await post({ format: "csv" }))).toMatchObject({
      name: "TooManyRequest",
      reason: "MaximumConcurrentJobLimitExceeded",
      code: 429,
    });
    clock.advance(5000);
    expect((await post({ format: "csv" })).status).toBe(200);
  });

  test("export switched off is a 500 for starts and polls", async () => {
    const { post, get, emulator } = adminApi({ exportDisabled: true });
    for (const response of [await post({ format: "csv" }), await get("userexport_x")])
      expect(await errorOf(response)).toMatchObject({
        name: "InternalError",
        reason: "UserExportDisabled",
        code: 500,
      });
    expect(emulator.tasks).toHaveLength(0);
  });
});
