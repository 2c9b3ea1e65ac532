import { createExportClient, type ExportDownload, type ExportJob } from "exportkit";
import {
  type AuthgearIdentity,
  type AuthgearPointer,
  type AuthgearRequest,
  type AuthgearUser,
  authgear,
} from "exportkit/authgear";
import { expectTypeOf } from "vitest";

// Checked by the compiler and never run: what must not compile stands under an expected error.

declare const key: CryptoKey;
const endpoint = "https://myapp.authgearapps.com";

export function options(): void {
  authgear({ endpoint, projectId: "myapp", keyId: "k", privateKey: "pem" });
  authgear({ endpoint, projectId: "myapp", keyId: "k", privateKey: key });
  authgear({ endpoint, token: "t" });
  authgear({ endpoint, token: () => "t" });
  authgear({ endpoint, token: async () => "t" });

  // @ts-expect-error the endpoint is missing
  authgear({ token: "t" });
  // @ts-expect-error neither a key nor a token
  authgear({ endpoint });
  // @ts-expect-error a key is three options, and keyId is missing
  authgear({ endpoint, projectId: "myapp", privateKey: "pem" });
  // @ts-expect-error either a key or a token, not both
  authgear({ endpoint, projectId: "myapp", keyId: "k", privateKey: "pem", token: "t" });
  // @ts-expect-error a token function returns a string
  authgear({ endpoint, token: () => 5 });
  // @ts-expect-error a token function may not return nothing
  authgear({ endpoint, token: async () => {} });
  // @ts-expect-error no such option
  authgear({ endpoint, token: "t", apiKey: "k" });
  // @ts-expect-error an environment variable may be missing: say what then
  authgear({ endpoint, token: process.env.TOKEN });
}

const client = createExportClient({ providers: { users: authgear({ endpoint, token: "t" }) } });

export async function requests(): Promise<void> {
  await client.startExport("users", { format: "ndjson" });
  await client.startExport("users", { format: "ndjson", includeSecrets: true });
  await client.startExport("users", { format: "csv" });
  await client.startExport("users", {
    format: "csv",
    fields: ["/sub", { pointer: "/email", fieldName: "mail" }],
  });
  await client.startExport("users", { format: "csv", fields: ["/custom_attributes/anything", "/roles/0"] });
  await client.startExport("users", { format: "csv", fields: ["/address/country", "/mfa/totps/0/secret"] });

  // @ts-expect-error no such connection
  await client.startExport("user", { format: "ndjson" });
  // @ts-expect-error no such format
  await client.startExport("users", { format: "xlsx" });
  // @ts-expect-error the format is missing
  await client.startExport("users", {});
  // @ts-expect-error no such field
  await client.startExport("users", { format: "ndjson", limit: 10 });
  // @ts-expect-error fields are for CSV
  await client.startExport("users", { format: "ndjson", fields: ["/sub"] });
  // @ts-expect-error fields are a list
  await client.startExport("users", { format: "csv", fields: "/sub" });
  // @ts-expect-error a pointer begins with a slash
  await client.startExport("users", { format: "csv", fields: ["email"] });
  // @ts-expect-error a typing error in a pointer
  await client.startExport("users", { format: "csv", fields: ["/sub", "/e_mail"] });
  // @ts-expect-error the same inside an object
  await client.startExport("users", { format: "csv", fields: [{ pointer: "/adress/country" }] });
  // @ts-expect-error no such part of an address
  await client.startExport("users", { format: "csv", fields: ["/address/city"] });
  // @ts-expect-error the vendor's spelling is not the one here
  await client.startExport("users", { format: "csv", fields: [{ pointer: "/email", field_name: "mail" }] });
  // @ts-expect-error secrets are included or not
  await client.startExport("users", { format: "csv", includeSecrets: "yes" });
  // @ts-expect-error runExport checks as startExport does
  await client.runExport("users", { format: "csv", fields: ["/e_mail"] });
  // @ts-expect-error here too
  await client.runExport("users", { format: "ndjson", limit: 10 });
}

export async function records(): Promise<void> {
  const users = await client.runExport("users", { format: "ndjson" });
  expectTypeOf(users).toEqualTypeOf<ExportDownload<AuthgearUser>>();
  for await (const user of users) {
    expectTypeOf(user.sub).toEqualTypeOf<string>();
    expectTypeOf(user.email).toEqualTypeOf<string | undefined>();
    expectTypeOf(user.disabled).toEqualTypeOf<boolean | undefined>();
    expectTypeOf(user.roles).toEqualTypeOf<readonly string[] | undefined>();
    expectTypeOf(user.identities).toEqualTypeOf<readonly AuthgearIdentity[] | undefined>();
    expectTypeOf(user.custom_attributes?.plan).toEqualTypeOf<string | number | undefined>();
    expectTypeOf(user.a_field_of_a_later_server).toEqualTypeOf<unknown>();
  }

  const rows = await client.runExport("users", {
    format: "csv",
    fields: [
      "/sub",
      "/email",
      "/email_verified",
      "/biometric_count",
      "/roles",
      "/roles/0",
      "/identities",
      "/address/country",
      "/custom_attributes/plan",
      { pointer: "/disabled" },
      { pointer: "/phone_number", fieldName: "Phone" },
    ],
  });
  for await (const row of rows) {
    expectTypeOf(row).branded.toEqualTypeOf<{
      readonly sub: string;
      readonly email: string | null;
      readonly email_verified: boolean | null;
      readonly biometric_count: number | null;
      readonly roles: readonly string[] | null;
      readonly "roles.0": string | null;
      readonly identities: unknown;
      readonly "address.country": string | null;
      readonly "custom_attributes.plan": string | null;
      readonly disabled: boolean | null;
      readonly Phone: string | null;
    }>();
    // @ts-expect-error not asked for
    row.name;
    // @ts-expect-error it has another header
    row.phone_number;
  }

  const all = await client.runExport("users", { format: "csv" });
  for await (const row of all) {
    expectTypeOf(row.sub).toEqualTypeOf<string>();
    expectTypeOf(row["address.postal_code"]).toEqualTypeOf<string | null>();
    expectTypeOf(row.is_anonymized).toEqualTypeOf<boolean | null>();
    expectTypeOf(row.passkey_count).toEqualTypeOf<number | null>();
    expectTypeOf(row["mfa.emails"]).toEqualTypeOf<readonly string[] | null>();
    // @ts-expect-error nested values are columns of their own
    row.address;
  }
}

export async function variables(
  request: AuthgearRequest,
  pointers: readonly AuthgearPointer[],
): Promise<void> {
  // A request that is only known at run time gives what it may be.
  const job = await client.startExport("users", request);
  expectTypeOf(job.connection).toEqualTypeOf<"users">();
  const either = await client.download(job);
  for await (const record of either) expectTypeOf(record).toBeObject();

  const some = await client.runExport("users", { format: "csv", fields: pointers });
  for await (const row of some) {
    // Whatever was asked for: each column is there or not.
    expectTypeOf(row).toBeObject();
  }

  const fields = ["/sub", "/disabled"] as const;
  for await (const row of await client.runExport("users", { format: "csv", fields })) {
    expectTypeOf(row.sub).toEqualTypeOf<string>();
    expectTypeOf(row.disabled).toEqualTypeOf<boolean | null>();
  }
}

export async function jobs(): Promise<void> {
  const started = await client.startExport("users", { format: "csv", fields: ["/sub", "/disabled"] });
  expectTypeOf(started.request.format).toEqualTypeOf<"csv">();
  expectTypeOf(started.request.fields[1]).toEqualTypeOf<"/disabled">();
  const polled = await client.pollExport(started);
  expectTypeOf(polled).toEqualTypeOf(started);
  const done = await client.waitForExport(polled, {
    onProgress: (job) => expectTypeOf(job).toExtend<ExportJob>(),
  });
  expectTypeOf(done).toEqualTypeOf(started);
  for await (const row of await client.download(done)) {
    expectTypeOf(row.sub).toEqualTypeOf<string>();
    expectTypeOf(row.disabled).toEqualTypeOf<boolean | null>();
  }
}
