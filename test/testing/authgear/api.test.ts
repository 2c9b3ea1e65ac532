import { describe, expect, it } from "vitest";
import { collectBuffer } from "../../support/collect.js";
import { adminApi, errorOf, exportPath, token } from "./admin-api.js";

const authorization = `Bearer ${token}`;

describe("routes and plain-text refusals", () => {
  it.each([
    ["GET", exportPath, 405],
    ["PUT", exportPath, 405],
    ["POST", `${exportPath}/some-id`, 405],
    ["DELETE", `${exportPath}/some-id`, 405],
    ["GET", "/_api/admin/users", 404],
    ["POST", `${exportPath}/a/b`, 404],
    ["GET", `${exportPath}/a%2Fb`, 404],
    ["GET", `${exportPath}/`, 404],
    ["GET", `${exportPath}/%`, 400],
    ["GET", `${exportPath}/%zz`, 400],
  ])("%s %s is %i", async (method, path, status) => {
    const { emulator } = adminApi();
    const response = await emulator.fetch(`${emulator.endpoint}${path}`, {
      method,
      headers: { authorization },
    });
    expect(response.status).toBe(status);
    expect(response.headers.get("content-type")).toMatch(/^text\/plain/);
  });

  it("tells what may be sent where", async () => {
    const { emulator } = adminApi();
    const allowed = async (path: string, method: string) =>
      (await emulator.fetch(`${emulator.endpoint}${path}`, { method })).headers.get("allow");
    for (const method of ["PUT", "OPTIONS"]) {
      expect(await allowed(exportPath, method)).toBe("OPTIONS, POST");
      expect(await allowed(`${exportPath}/x`, method)).toBe("GET, OPTIONS");
    }
  });

  it.each([
    ["POST", `${exportPath}/`, 307, exportPath],
    ["GET", `${exportPath}/x/`, 301, `${exportPath}/x`],
    ["GET", "/_API/admin/Users/export/Id?a=1", 301, `${exportPath}/Id?a=1`],
    ["POST", "/_api/ADMIN/users/export", 307, exportPath],
  ])("%s %s is put right by %i", async (method, path, status, location) => {
    const { emulator } = adminApi();
    const response = await emulator.fetch(`${emulator.endpoint}${path}`, { method, redirect: "manual" });
    expect([response.status, response.headers.get("location")]).toEqual([status, location]);
    expect(emulator.tasks).toHaveLength(0);
  });

  it("a path with . in it is put right too, as it comes over a socket", async () => {
    const { emulator } = adminApi();
    const url = new URL(`${emulator.endpoint}${exportPath}/x`);
    const target = "/_api/./admin/users//export/y/../x";
    const request = { method: "GET", url, target, headers: new Headers(), body: new Uint8Array() };
    const reply = await emulator.handle({ ...request, signal: new AbortController().signal }, "api");
    expect([reply.status, reply.headers.location]).toEqual([301, `${exportPath}/x`]);
  });

  const typed = (type: string | undefined) => {
    const { emulator } = adminApi();
    const body = new TextEncoder().encode('{"format":"ndjson"}');
    const headers = { authorization, ...(type !== undefined && { "content-type": type }) };
    return emulator.fetch(`${emulator.endpoint}${exportPath}`, { method: "POST", headers, body });
  };

  it.each([
    [undefined, "invalid content type: "],
    ["text/plain", "invalid content type: text/plain"],
    ["Text/XML; charset=utf-8", "invalid content type: text/xml"],
  ])("content type %s is 415", async (type, words) => {
    const response = await typed(type);
    expect(response.status).toBe(415);
    expect((await response.text()).trim()).toBe(words.trim());
  });

  it.each([
    "application/json",
    "application/json; charset=utf-8",
    "Application/JSON;charset=UTF-8",
    'application/json; charset="utf-8"',
    "application/json;",
  ])("content type %s is accepted", async (type) => {
    expect((await typed(type)).status).toBe(200);
  });

  it.each(["application/json; charset=latin1", "application/json; version=1"])(
    "content type %s is 400, as JSON",
    async (type) => {
      const error = await errorOf(await typed(type));
      expect(error).toMatchObject({ code: 400, message: "request content type is invalid" });
    },
  );

  it("the port of the host is not looked at", async () => {
    const { emulator } = adminApi();
    const url = new URL(`${emulator.endpoint}:8443${exportPath}/x`);
    const headers = new Headers({ authorization });
    const request = { method: "GET", url, headers, body: new Uint8Array() };
    const reply = await emulator.handle({ ...request, signal: new AbortController().signal }, "api");
    const body = new TextDecoder().decode(await collectBuffer(reply.body as AsyncIterable<Uint8Array>));
    expect(body).toContain("TaskNotFound");
  });

  it("JSON answers are not to be kept, and every error can be tracked", async () => {
    const { post, get } = adminApi({ quota: { limit: 1, period: "day" } });
    const started = await post({ format: "csv" });
    const errors = [await post({ format: "csv" }), await post("{]"), await get("x")];
    for (const { headers } of [started, ...errors]) {
      expect(headers.get("cache-control")).toBe("no-store");
      expect(headers.get("pragma")).toBe("no-cache");
    }
    const read = await Promise.all(errors.map(errorOf));
    expect(read.map(({ reason }) => reason)).toEqual(["UsageLimitExceeded", "InvalidJSON", "TaskNotFound"]);
    expect(read[0]?.info).toMatchObject({ usage_name: "user_export" });
    expect(new Set(read.map((error) => error.tracking_id)).size).toBe(3);
  });

  it("another project's host knows no such app, and a foreign origin does not answer", async () => {
    const { emulator } = adminApi();
    const response = await emulator.fetch(`https://other.authgearapps.com${exportPath}/x`);
    expect([response.status, (await response.text()).trim()]).toEqual([404, "app not found"]);
    await expect(emulator.fetch("https://example.com/")).rejects.toThrow(TypeError);
    await expect(emulator.fetch(`http://myapp.authgearapps.com${exportPath}`)).rejects.toThrow(
      "fetch failed",
    );
    expect(emulator.requests.map(({ operation }) => operation)).toEqual(["poll", "foreign", "foreign"]);
  });

  it("the token is asked for before the content type, and both before the body", async () => {
    const { post } = adminApi();
    expect((await post("{", { authorization: "Bearer no", "content-type": "text/plain" })).status).toBe(403);
    expect((await post("{", { "content-type": "text/plain" })).status).toBe(415);
    expect((await post("{]")).status).toBe(400);
  });
});

describe("the request's schema", () => {
  const fields = (...list: unknown[]) => ({ format: "csv", csv: { fields: list } });

  it.each([
    { format: "ndjson" },
    { format: "csv" },
    { format: "csv", csv: {} },
    { format: "ndjson", csv: { fields: [{ pointer: "/sub" }] } },
    fields({ pointer: "/sub", field_name: "user id" }, { pointer: "/roles/0" }, { pointer: "/x~1y/~0z" }),
    fields({ pointer: "/custom_attributes/x", extra: 1 }),
    fields({ pointer: "" }),
    { format: "csv", csv: { Fields: [{ POINTER: "/sub", Field_Name: "id" }] } },
  ])("accepts %j", async (body) => {
    expect((await adminApi().post(body)).status).toBe(200);
  });

  it.each<[unknown, string, string]>([
    [[], "", "type"],
    ["null", "", "type"],
    [{}, "", "required"],
    [{ format: "xml" }, "/format", "enum"],
    [{ format: "csv", fields: [] }, "/fields", ""],
    [{ format: "csv", Csv: {} }, "/Csv", ""],
    [{ format: "csv", csv: null }, "/csv", "type"],
    [{ format: "csv", csv: { fields: {} } }, "/csv/fields", "type"],
    [{ format: "csv", csv: { fields: [] } }, "/csv/fields", "minItems"],
    [{ format: "ndjson", csv: { fields: [] } }, "/csv/fields", "minItems"],
    [fields("/sub"), "/csv/fields/0", "type"],
    [fields({ pointer: "/sub" }, {}), "/csv/fields/1", "required"],
    [fields({ pointer: 1 }), "/csv/fields/0/pointer", "type"],
    [fields({ pointer: "sub" }), "/csv/fields/0/pointer", "format"],
    [fields({ pointer: "#/sub" }), "/csv/fields/0/pointer", "format"],
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

  it("a format of another type has two faults", async () => {
    const error = await errorOf(await adminApi().post({ format: 7 }));
    expect(error.info?.causes).toMatchObject([
      { location: "/format", kind: "type" },
      { location: "/format", kind: "enum" },
    ]);
  });

  it("echoes what it understood: keys in any case, and a pointer to the whole record as nothing", async () => {
    const { start, emulator, link } = adminApi({ users: 1 });
    const { request } = await start(fields({ pointer: "" }));
    expect(JSON.stringify(request)).toBe('{"format":"csv","csv":{"fields":[{}]}}');
    const odd = { format: "csv", csv: { FIELDS: [{ Pointer: "/sub", field_NAME: "a\ud800" }] } };
    expect((await start(odd)).request).toEqual({
      format: "csv",
      csv: { fields: [{ pointer: "/sub", field_name: "a\ufffd" }] },
    });
    const file = await (await emulator.fetch(await link(fields({ pointer: "" })))).text();
    expect(file).toMatch(/^\n"\{""address"":/);
  });

  it.each([
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

  it.each([
    ['{"format":}', 11, "'}' looking for beginning of value"],
    ['{"format" "csv"}', 11, "'\"' after object key"],
    ['{"ü":1,}', 9, "'}' looking for beginning of object key string"],
    ['{"format":"csv"} x', 18, "'x' after top-level value"],
    ["\ufeff{}", 1, "'ï' looking for beginning of value"],
    ["[1,]", 4, "']' looking for beginning of value"],
    ["{'format':1}", 2, "'\\'' looking for beginning of object key string"],
    ["[1 2]", 4, "'2' after array element"],
    ["{]", 2, "']' looking for beginning of object key string"],
    ['{"a":1 "b"}', 8, "'\"' after object key:value pair"],
    ["[tru]", 5, "']' in literal true (expecting 'e')"],
    ["[01]", 3, "'1' after array element"],
    ["[-a]", 3, "'a' in numeric literal"],
    ["[1.]", 4, "']' after decimal point in numeric literal"],
    ["[1e+]", 5, "']' in exponent of numeric literal"],
    ['["\n"]', 3, "'\\n' in string literal"],
    ['["\\x"]', 4, "'x' in string escape code"],
    ['["\\u12g"]', 7, "'g' in \\u hexadecimal character escape"],
  ])("bad JSON %j names the byte, in Go's words", async (body, offset, words) => {
    const error = await errorOf(await adminApi().post(body));
    expect(error).toMatchObject({ name: "BadRequest", reason: "InvalidJSON", code: 400 });
    expect(error.message).toBe(`invalid character ${words}`);
    expect(error.info).toEqual({ byte_offset: offset });
  });

  it("JSON nested too deep is bad JSON", async () => {
    const error = await errorOf(await adminApi().post("[".repeat(10_001)));
    expect(error).toMatchObject({ reason: "InvalidJSON", message: "exceeded max depth" });
  });

  it.each(["", "{", '{"format"', '{"format":"csv"', '{"format":"c', "[1", "tru", "-", '["\\u00'])(
    "JSON that is cut short is the server's own failure: %j",
    async (body) => {
      expect(await errorOf(await adminApi().post(body))).toMatchObject({
        reason: "UnexpectedError",
        code: 500,
      });
    },
  );

  it("a body over 1 MiB is refused, one of 1 MiB is read", async () => {
    const padded = (bytes: number) => `{"format":"ndjson"}${" ".repeat(bytes - 19)}`;
    const error = await errorOf(await adminApi().post(padded(1_048_577)));
    expect(error).toMatchObject({ name: "RequestEntityTooLarge", reason: "JSONTooLarge", code: 413 });
    expect(error.info).toEqual({ limit: 1_048_576 });
    expect((await adminApi().post(padded(1_048_576))).status).toBe(200);
  });
});

describe("limits", () => {
  it("a daily quota is used up until midnight UTC, and refused requests do not count", async () => {
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

  it("a monthly quota is used up until the 1st", async () => {
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

  it("the documented limit of running exports", async () => {
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

  it("export switched off is a 500 for starts and polls", async () => {
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
