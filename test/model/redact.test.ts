import { describe, expect, it } from "vitest";
import { hideUrl } from "../../src/model/hide-url.js";
import { createRedactor } from "../../src/model/redact.js";
import fc from "../support/fast-check.js";

const { text } = createRedactor();

describe("text", () => {
  it.each([
    [
      "token eyJhbGciOiJSUzI1NiJ9.eyJhdWQiOiJteWFwcCJ9.c2lnbmF0dXJl refused",
      "token [redacted token] refused",
    ],
    ["Authorization: Bearer abc123def456", "Authorization: Bearer [redacted]"],
    ["sent bearer 0123456789abcdef", "sent bearer [redacted]"],
    ["Basic dXNlcjpwYXNzd29yZA==", "Basic [redacted]"],
    ["ZEPHR-HMAC-SHA256 key:1735689600000:nonce:0a1b2c", "ZEPHR-HMAC-SHA256 [redacted]"],
    ["-----BEGIN PRIVATE KEY-----\nMIIEvQ\n-----END PRIVATE KEY----- found", "[redacted key] found"],
    ["-----BEGIN RSA PRIVATE KEY-----\nMIIEvQ and no end", "[redacted key]"],
    [
      "GET https://store.example.com/f?X-Amz-Signature=abc&x=1 failed",
      "GET https://store.example.com/f?[redacted] failed",
    ],
    ['at "https://store.example.com/f?sig=abc"', 'at "https://store.example.com/f?[redacted]"'],
    ["https://user:pass@host.example.com/x", "https://host.example.com/x"],
    ["X-Goog-Signature=0a1b2c&X-Goog-Expires=59", "X-Goog-Signature=[redacted]&X-Goog-Expires=59"],
    ["se=2026&sig=a%2Bb%3D", "se=2026&sig=[redacted]"],
    ["access_token=opaque-1 client_secret=opaque-2", "access_token=[redacted] client_secret=[redacted]"],
  ])("loses what has the form of a secret: %j", (before, after) => {
    expect(text(before)).toBe(after);
  });

  it.each([
    "Basic authentication required",
    "the bearer token was refused",
    "Bearer authentication failed",
    "https://myapp.authgearapps.com/_api/admin/users/export/userexport_1",
    "is this a question?",
    "fields[0].pointer: must be a pointer such as /email",
    "the signature = wrong",
    "eyJust a word",
    "",
  ])("keeps what is none: %j", (ordinary) => {
    expect(text(ordinary)).toBe(ordinary);
  });

  it("cuts what is very long, but no secret in two", () => {
    const redactor = createRedactor(["hunter2-hunter2"]);
    const clean = redactor.text(`${"x".repeat(8_180)}hunter2-hunter2${"y".repeat(100_000)}`);
    expect(clean).toBe(`${"x".repeat(8_180)}[redacted]yy… (cut)`);
  });
});

describe("known secrets", () => {
  it("are taken out wherever they stand, longest first", () => {
    const redactor = createRedactor(["hunter2-hunter2", "hunter2-hunter2-and-more"]);
    expect(redactor.text("a hunter2-hunter2-and-more b hunter2-hunter2 c")).toBe(
      "a [redacted] b [redacted] c",
    );
  });

  it("are taken out of keys and values alike", () => {
    const redactor = createRedactor(["hunter2-hunter2"]);
    const value = { "x-hunter2-hunter2": ["hunter2-hunter2", 1, null, { deep: "hunter2-hunter2!" }] };
    expect(redactor.json(value)).toEqual({
      "x-[redacted]": ["[redacted]", 1, null, { deep: "[redacted]!" }],
    });
  });

  it("are all that is taken out of what the caller wrote", () => {
    const redactor = createRedactor(["hunter2-hunter2"]);
    const value = { site: "https://example.com/?q=1", name: "Basic 0123456789ab", oops: "hunter2-hunter2" };
    expect(redactor.configured(value)).toEqual({ ...value, oops: "[redacted]" });
  });

  it("are not ordinary short words", () => {
    const redactor = createRedactor(["user", "export", ""]);
    redactor.add(undefined);
    redactor.add(null);
    redactor.add("job");
    expect(redactor.text("the user export job")).toBe("the user export job");
  });

  it("may be short when they are no words", () => {
    const redactor = createRedactor(["s3cr3t", "a-b-c"]);
    expect(redactor.text("s3cr3t and a-b-c")).toBe("[redacted] and [redacted]");
  });

  it("that are renewed for ever do not pile up, and the first ones stay", () => {
    const redactor = createRedactor(["the-private-key"]);
    for (let i = 0; i < 10_000; i++) redactor.add(`token-number-${i}`);
    expect(redactor.text("the-private-key token-number-9999")).toBe("[redacted] [redacted]");
    expect(redactor.text("token-number-9500")).toBe("[redacted]");
    expect(redactor.text("token-number-0!")).toBe("token-number-0!");
  });

  it("may hold any characters", () => {
    fc.assert(
      fc.property(fc.string({ minLength: 8 }), fc.string(), fc.string(), (secret, before, after) => {
        fc.pre(!"[redacted]".includes(secret) && !before.includes(secret) && !after.includes(secret));
        const clean = createRedactor([secret]).configured(`${before}\n${secret}\n${after}`);
        expect(clean).toContain("[redacted]");
        expect(clean).not.toContain(`\n${secret}\n`);
      }),
    );
  });
});

describe("cause", () => {
  const redactor = createRedactor(["hunter2-hunter2"]);

  it("copies name, message, code, frames and causes without the secret", () => {
    const inner = Object.assign(new RangeError("inner hunter2-hunter2"), { code: "E_hunter2-hunter2" });
    const outer = Object.assign(new TypeError("outer", { cause: inner }), { config: "hunter2-hunter2" });
    const copy = redactor.cause(outer);
    expect(copy).toMatchObject({
      name: "TypeError",
      message: "outer",
      cause: { name: "RangeError", message: "inner [redacted]", code: "E_[redacted]" },
    });
    expect(copy).not.toHaveProperty("config");
    expect(copy?.stack).toContain("redact.test.ts");
    expect(copy?.stack?.split("\n")[0]).toBe("TypeError: outer");
  });

  it("ends in a chain that goes round", () => {
    const error = new Error("round");
    error.cause = error;
    expect(redactor.cause(error)?.message).toBe("round");
  });

  it.each([undefined, null])("of %s is none", (value) => {
    expect(redactor.cause(value)).toBeUndefined();
  });
});

describe("what a server names behind its origin", () => {
  const shown = (address: string, text: string) => {
    const redactor = createRedactor();
    hideUrl(redactor, new URL(address), "users");
    return redactor.text(text);
  };

  it.each([
    ["https://a.example/users", "GET /users of users/export"],
    ["https://a.example/v3/users/export", "see /v3/users/export and v3/users"],
    ["https://a.example/login/", "/login/ is not /users"],
    ["https://a.example/", "a / b"],
  ])("keeps ordinary words: %s", (address, text) => {
    expect(shown(address, text)).toBe(text);
  });

  it.each([
    ["https://a.example/f/k3y9z", "no such object: /f/k3y9z"],
    ["https://a.example/bucket/part-2026.csv", "no such object: bucket/part-2026.csv"],
    ["https://a.example/users?k=a1b2c3d4", "at /users?k=a1b2c3d4 and a1b2c3d4"],
    ["https://a.example/abcdefghijklmnop", "no such object: abcdefghijklmnop"],
  ])("hides the rest: %s", (address, text) => {
    expect(shown(address, text)).not.toMatch(/k3y9z|2026|a1b2|mnop/);
  });
});
