import type { ExportError } from "exportkit";
import { type AvepointOptions, avepoint } from "exportkit/avepoint";
import { generateAvepointCertificate } from "exportkit/testing";
import { importPKCS8 } from "jose";
import { describe, expect, it } from "vitest";
import { rejection, thrown } from "../../support/outcome.js";
import { pemForms, unfitKeys } from "../pem-forms.js";
import { accessRequest, clientId, tenant } from "./tenant.js";

const [own, other] = await Promise.all([generateAvepointCertificate(), generateAvepointCertificate()]);

const withCertificate = (certificate: AvepointOptions["certificate"]) =>
  tenant({
    options: { clientId, certificate } as Partial<AvepointOptions>,
    emulator: { clients: [{ clientId, certificates: [own.certificate] }] },
  });

const given = (certificate: object) =>
  avepoint({ dataCenter: "us", clientId, certificate } as unknown as AvepointOptions);

describe("the private key", () => {
  it.each(pemForms)("and the certificate are taken %s", async (_, form) => {
    const { client, emulator } = withCertificate({
      privateKey: form(own.privateKey),
      certificate: form(own.certificate),
    });
    await client.startExport("access", accessRequest);
    expect(emulator.jobs).toHaveLength(1);
  });

  it.each(pemForms)("is kept out of what is shown, in every part: %s", async (_, form) => {
    const privateKey = form(own.privateKey);
    const lines = own.privateKey.split("\n").slice(1, -1);
    for (const quoted of [privateKey, lines.join(""), lines[3] ?? "", encodeURIComponent(privateKey)]) {
      const { client } = tenant({
        options: { clientId, certificate: { privateKey, thumbprint: own.thumbprint } },
        intercept: () => Promise.reject(new Error(`bad environment: ${quoted}`)),
        client: { retry: { retries: 0 } },
      } as Parameters<typeof tenant>[0]);
      const error = await rejection<Error>(client.startExport("access", accessRequest));
      const shown = `${error.message} ${error.stack} ${(error.cause as Error | undefined)?.message}`;
      expect(shown).toContain("bad environment: [redacted");
      expect(lines.filter((line) => shown.includes(line.slice(8, 48)))).toEqual([]);
    }
  });

  it("is found beside its certificate, as pem files for servers hold both", async () => {
    const { client, emulator } = withCertificate({
      privateKey: `${own.certificate}${own.privateKey}`,
      certificate: own.certificate,
    });
    await client.startExport("access", accessRequest);
    expect(emulator.jobs).toHaveLength(1);
  });

  it.each(unfitKeys)("is refused, and told why, where it is %s", (_, make, message) => {
    const privateKey = make();
    for (const name of [{ thumbprint: own.thumbprint }, { certificate: own.certificate }]) {
      const error = thrown<ExportError>(() => given({ privateKey, ...name }));
      expect(error).toMatchObject({ code: "CONFIG_INVALID", details: { field: "certificate.privateKey" } });
      expect(error.message).toMatch(/^avepoint: certificate\.privateKey: /);
      expect(error.message).toMatch(message);
    }
  });

  const damaged = () =>
    own.privateKey
      .split("\n")
      .filter((_, line) => line < 5 || line > 20)
      .join("\n");
  it.each([
    ["cut in the middle", damaged],
    [
      "of too few bits",
      async () =>
        (await import("node:crypto"))
          .generateKeyPairSync("rsa", { modulusLength: 1024 })
          .privateKey.export({ type: "pkcs8", format: "pem" })
          .toString(),
    ],
  ])("is refused at its first use where it is %s", async (_, make) => {
    const { client, sent } = withCertificate({ privateKey: await make(), thumbprint: own.thumbprint });
    const error = await rejection<Error>(client.startExport("access", accessRequest));
    expect(error).toMatchObject({
      code: "CONFIG_INVALID",
      details: { field: "certificate.privateKey" },
      connection: "access",
    });
    expect(error.message).toContain("cannot sign RS256");
    expect(error.cause).toBeUndefined();
    expect(sent).toEqual([]);
  });
});

describe("a key and a certificate that are no pair", () => {
  it("are refused when given", () => {
    for (const [, form] of pemForms) {
      const pair = { privateKey: form(own.privateKey), certificate: form(other.certificate) };
      const error = thrown<ExportError>(() => given(pair));
      expect(error).toMatchObject({ code: "CONFIG_INVALID", details: { field: "certificate.privateKey" } });
      expect(error.message).toContain("is not the key of certificate");
    }
  });

  it("are refused by the first certificate of a chain, whose thumbprint is sent", () => {
    const pair = { privateKey: own.privateKey, certificate: own.certificate + other.certificate };
    expect(given(pair).name).toBe("avepoint");
    const reversed = { ...pair, certificate: other.certificate + own.certificate };
    expect(thrown<ExportError>(() => given(reversed)).message).toContain("is not the key of certificate");
  });

  it("are refused at the first use where the key is a CryptoKey, and nothing is sent", async () => {
    const privateKey = await importPKCS8(own.privateKey, "RS256");
    const right = withCertificate({ privateKey, certificate: own.certificate });
    await right.client.startExport("access", accessRequest);
    expect(right.emulator.jobs).toHaveLength(1);
    const wrong = withCertificate({ privateKey, certificate: other.certificate });
    expect(await rejection(wrong.client.startExport("access", accessRequest))).toMatchObject({
      code: "CONFIG_INVALID",
      message: expect.stringContaining("is not the key of certificate"),
      details: { field: "certificate.privateKey" },
    });
    expect(wrong.sent).toEqual([]);
  });

  it.each([
    ["a signing request", "CERTIFICATE REQUEST", "QUJD", /not CERTIFICATE REQUEST/],
    ["a public key", "PUBLIC KEY", "QUJD", /not PUBLIC KEY/],
    ["damaged", "CERTIFICATE", "QUJD", /is damaged/],
    ["no Base64", "CERTIFICATE", "M§B", /is damaged/],
  ])("as is a certificate that is %s", (_, label, body, message) => {
    const certificate = `-----BEGIN ${label}-----\n${body}\n-----END ${label}-----`;
    const error = thrown<ExportError>(() => given({ privateKey: own.privateKey, certificate }));
    expect(error).toMatchObject({ code: "CONFIG_INVALID", details: { field: "certificate.certificate" } });
    expect(error.message).toMatch(message);
  });
});
