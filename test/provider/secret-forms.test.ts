import { ExportError } from "exportkit";
import { secretForms } from "exportkit/provider";
import { expect, it } from "vitest";
import { accessRequest, tenant } from "../providers/avepoint/tenant.js";

const secret = `p@ss/wörd+"q"\\&'<x>`;

const writers: { readonly [name: string]: (value: string) => string } = {
  "as it is": (value) => value,
  "in a form": (value) => new URLSearchParams({ value }).toString().slice("value=".length),
  "in a query": encodeURIComponent,
  "in JSON": (value) => JSON.stringify(value).slice(1, -1),
  "in JSON of PHP": (value) => JSON.stringify(value).slice(1, -1).replaceAll("/", "\\/"),
  "in JSON of PHP, by default": () => `p@ss\\/w\\u00f6rd+\\"q\\"\\\\&'<x>`,
  "in JSON of Python": () => `p@ss/w\\u00f6rd+\\"q\\"\\\\&'<x>`,
  "in JSON of Go": () => `p@ss/wörd+\\"q\\"\\\\\\u0026'\\u003cx\\u003e`,
  // What System.Text.Json writes.
  "in JSON of .NET": () => "p@ss/w\\u00F6rd\\u002B\\u0022q\\u0022\\\\\\u0026\\u0027\\u003Cx\\u003E",
};

it.each(Object.keys(writers))("a secret is known %s", (how) => {
  expect(secretForms(secret)).toContain(writers[how]?.(secret));
});

it("an ordinary secret has one form, and what is no text has none", () => {
  expect(secretForms("abc-123.DEF_456", undefined, {})).toEqual(["abc-123.DEF_456"]);
});

it.each(Object.keys(writers))("a token endpoint that quotes the secret %s shows it nowhere", async (how) => {
  const quoted = writers[how]?.(secret) ?? "";
  const { client } = tenant({
    options: { clientSecret: secret },
    intercept: async ({ url }, pass) =>
      url.includes("/connect/token")
        ? Response.json({ error: `invalid_client {"client_secret":"${quoted}"}` }, { status: 400 })
        : pass(),
  });
  const error = await client.startExport("access", accessRequest).catch((thrown: unknown) => thrown);
  expect(error).toMatchObject({ code: "UNAUTHORIZED" });
  const shown = ExportError.isInstance(error) ? [error.message, error.stack, JSON.stringify(error)] : [];
  expect(shown.join("\n")).toContain("[redacted]");
  for (const text of [quoted, JSON.stringify(quoted).slice(1, -1)])
    expect(shown.join("\n")).not.toContain(text);
});
