import type { ExportError } from "exportkit";
import type { AuthgearRequest } from "exportkit/authgear";
import { describe, expect, it } from "vitest";
import { harness } from "../../client/harness.js";
import { rejection } from "../../support/outcome.js";

async function refused(request: unknown): Promise<ExportError> {
  const { client, emulator } = harness();
  const error = await rejection<ExportError>(client.startExport("users", request as { format: "ndjson" }));
  expect(emulator.requests).toEqual([]);
  return error;
}

/** What the emulator got, as the vendor echoes it, and the bytes as they were sent. */
async function sentFor(request: AuthgearRequest) {
  const { client, emulator, sent } = harness();
  const job = await client.startExport("users", request);
  return { job, echo: emulator.tasks[0]?.request, body: JSON.parse(sent[0]?.body ?? "") };
}

describe("a request that is wrong", () => {
  it.each([undefined, null, 5, "csv", [], [{ format: "csv" }], () => ({}), true])(
    "is refused: %o",
    async (request) => {
      const error = await refused(request);
      expect(error).toMatchObject({ code: "REQUEST_INVALID", provider: "authgear", connection: "users" });
      expect(error.message).toMatch(/^the authgear export request: /);
    },
  );

  it.each([
    ["format", {}],
    ["format", { format: undefined }],
    ["format", { format: null }],
    ["format", { format: "CSV" }],
    ["format", { format: "xlsx" }],
    ["format", { format: ["csv"] }],
    ["limit", { format: "ndjson", limit: 5 }],
    ["fields", { format: "ndjson", fields: ["/sub"] }],
    ["includeSecrets", { format: "ndjson", includeSecrets: 1 }],
    ["includeSecrets", { format: "csv", includeSecrets: null }],
    ["fields", { format: "csv", fields: null }],
    ["fields", { format: "csv", fields: "/sub" }],
    ["fields", { format: "csv", fields: [] }],
    ["fields", { format: "csv", fields: { 0: "/sub" } }],
    ["fields[0]", { format: "csv", fields: [null] }],
    ["fields[0]", { format: "csv", fields: [7] }],
    ["fields[0]", { format: "csv", fields: [["/sub"]] }],
    ["fields[0]", { format: "csv", fields: [""] }],
    ["fields[0]", { format: "csv", fields: ["email"] }],
    ["fields[0]", { format: "csv", fields: ["#/email"] }],
    ["fields[1]", { format: "csv", fields: ["/sub", "/bad~escape"] }],
    ["fields[1]", { format: "csv", fields: ["/sub", "/bad~2"] }],
    ["fields[0].pointer", { format: "csv", fields: [{}] }],
    ["fields[0].pointer", { format: "csv", fields: [{ pointer: "email" }] }],
    ["fields[0].pointer", { format: "csv", fields: [{ pointer: 5 }] }],
    ["fields[0].fieldName", { format: "csv", fields: [{ pointer: "/email", fieldName: "" }] }],
    ["fields[0].fieldName", { format: "csv", fields: [{ pointer: "/email", fieldName: 5 }] }],
    [
      "fields[2].fieldname",
      { format: "csv", fields: ["/sub", "/name", { pointer: "/email", fieldname: "mail" }] },
    ],
    ["fields[0].field_name", { format: "csv", fields: [{ pointer: "/email", field_name: "mail" }] }],
    ["csv", { format: "csv", csv: { fields: ["/sub"] } }],
  ])("names its field: %s", async (field, request) => {
    const error = await refused(request);
    expect(error).toMatchObject({ code: "REQUEST_INVALID", retryable: false, details: { field } });
    expect(error.message).toContain(`${field}: `);
    expect(error.message).not.toContain("Invalid input");
  });

  it.each([
    [["/sub", "/sub"], "fields[1]", "sub"],
    [["/sub", "/email", { pointer: "/name", fieldName: "sub" }], "fields[2]", "sub"],
    [
      ["/address/country", { pointer: "/locale", fieldName: "address.country" }],
      "fields[1]",
      "address.country",
    ],
    [["/custom_attributes/a.b", "/custom_attributes/a/b"], "fields[1]", "custom_attributes.a.b"],
    [
      ["/custom_attributes/a~1b", { pointer: "/sub", fieldName: "custom_attributes.a/b" }],
      "fields[1]",
      "custom_attributes.a/b",
    ],
    // What arrives, and what comes back, is the same header twice.
    [
      [
        { pointer: "/sub", fieldName: "\ufeffx" },
        { pointer: "/email", fieldName: "x" },
      ],
      "fields[1]",
      "x",
    ],
    [
      [
        { pointer: "/sub", fieldName: "\ud800" },
        { pointer: "/email", fieldName: "\udc00" },
      ],
      "fields[1]",
      "\udc00",
    ],
  ])("may not give two columns the same header: %j", async (fields, field, header) => {
    const error = await refused({ format: "csv", fields });
    expect(error.details).toMatchObject({ field });
    expect(error.message).toContain(`has the header "${header}" like fields[0]`);
  });

  it("may not be larger than the vendor takes", async () => {
    const fields = Array.from({ length: 12_000 }, (_, i) => ({
      pointer: `/custom_attributes/${i}`,
      fieldName: "x".repeat(80) + i,
    }));
    const error = await refused({ format: "csv", fields });
    expect(error.details).toMatchObject({ field: "fields" });
    expect(error.message).toContain("1 MiB");
  });

  it("has all its faults named at once", async () => {
    const error = await refused({ format: "csv", fields: ["/sub", "email", 7], includeSecrets: "no" });
    expect(error.details?.issues).toMatchObject([
      { field: "fields[1]" },
      { field: "fields[2]" },
      { field: "includeSecrets" },
    ]);
  });
});

describe("the body of a start", () => {
  it("of NDJSON is the format alone", async () => {
    expect((await sentFor({ format: "ndjson" })).body).toEqual({ format: "ndjson" });
    expect((await sentFor({ format: "ndjson", includeSecrets: true })).body).toEqual({ format: "ndjson" });
  });

  it("of CSV without fields names every documented column but the TOTP secrets", async () => {
    const { echo, job } = await sentFor({ format: "csv" });
    const pointers = echo?.csv?.fields?.map(({ pointer }) => pointer) ?? [];
    expect(pointers).not.toContain("/mfa/totps");
    expect(pointers).not.toContain("/mfa");
    expect(pointers.join()).not.toContain("totp");
    expect(pointers).toEqual(
      expect.arrayContaining(["/sub", "/email", "/family_name", "/mfa/emails", "/custom_attributes"]),
    );
    expect(new Set(pointers).size).toBe(pointers.length);
    expect(job.request).toEqual({ format: "csv" });
    expect(job.warnings).toBeUndefined();
  });

  it("of CSV without fields names the TOTP secrets where they are asked for", async () => {
    const { echo } = await sentFor({ format: "csv", includeSecrets: true });
    const without = (await sentFor({ format: "csv" })).echo;
    expect(echo?.csv?.fields).toEqual([...(without?.csv?.fields ?? []), { pointer: "/mfa/totps" }]);
  });

  it("of CSV names the fields in their order, in the vendor's spelling", async () => {
    const { body, echo } = await sentFor({
      format: "csv",
      fields: [
        "/email",
        { pointer: "/sub" },
        { pointer: "/custom_attributes/plan~1tier", fieldName: "Plan" },
      ],
    });
    expect(body).toEqual({
      format: "csv",
      csv: {
        fields: [
          { pointer: "/email" },
          { pointer: "/sub" },
          { pointer: "/custom_attributes/plan~1tier", field_name: "Plan" },
        ],
      },
    });
    expect(echo).toEqual(body);
  });

  it("warns of columns that may be empty, and of secrets that records will leave out", async () => {
    const { job } = await sentFor({
      format: "csv",
      fields: ["/sub", "/nickname", "/mfa/totps/0/secret", "/e_mail" as "/email"],
    });
    expect(job.warnings).toEqual([
      "fields[2]: records leave /mfa/totps/0/secret out, it holds TOTP secrets; set includeSecrets: true to keep it",
      "fields[3]: /e_mail is not a field that Authgear documents; its column may be empty",
    ]);
  });
});
