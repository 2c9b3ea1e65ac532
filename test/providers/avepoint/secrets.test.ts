import { ExportError } from "exportkit";
import type { AvepointOptions } from "exportkit/avepoint";
import { type AvepointTestCertificate, generateAvepointCertificate } from "exportkit/testing";
import { beforeAll, describe, expect, it } from "vitest";
import { collect } from "../../support/collect.js";
import { accessRequest, clientId, clientSecret, type Tenant, type TenantOptions, tenant } from "./tenant.js";

/** Everything of a value that could end up in a log: text, stack, causes, properties. */
function shown(value: unknown, depth = 0): string {
  if (!(value instanceof Error) || depth > 5) return JSON.stringify(value) ?? "";
  const own = Object.getOwnPropertyNames(value).map((key) => shown((value as never)[key], depth + 1));
  return [String(value), value.stack, JSON.stringify(value), ...own].join("\n");
}

const echo = (text: string) =>
  JSON.stringify({ statusCode: 400, message: text, errors: [{ field: text, message: text }] });

interface Trouble {
  readonly name: string;
  /** What the vendor answers; it is free to repeat the request in it. */
  readonly answer?: (request: Request, body: string) => Response | Promise<Response> | undefined;
}

const isToken = (request: Request) => request.url.includes("/connect/token");
const repeat = (request: Request, body: string) =>
  `${request.url} ${body} ${[...request.headers.values()].join(" ")}`;

const troubles: readonly Trouble[] = [
  { name: "nothing" },
  {
    name: "a token endpoint that repeats the request",
    answer: (request, body) =>
      isToken(request)
        ? Response.json(
            { error: "invalid_client", error_description: `${body} ${decodeURIComponent(body)}` },
            { status: 400 },
          )
        : undefined,
  },
  {
    name: "a token endpoint whose error word is the request",
    answer: (request, body) =>
      isToken(request) ? Response.json({ error: body }, { status: 401 }) : undefined,
  },
  {
    name: "a token endpoint that redirects with the request",
    answer: (request, body) =>
      isToken(request)
        ? new Response(null, { status: 307, headers: { location: `https://evil.example/?${body}` } })
        : undefined,
  },
  ...["/export?", "/exportstatus", "/exportfile"].flatMap((path): readonly Trouble[] => [
    {
      name: `${path} that refuses and repeats the request`,
      answer: (request, body) =>
        request.url.includes(path) ? new Response(echo(repeat(request, body)), { status: 400 }) : undefined,
    },
    {
      name: `${path} that fails and repeats the request`,
      answer: (request, body) =>
        request.url.includes(path)
          ? new Response(repeat(request, body), {
              status: 500,
              headers: { "x-request-id": repeat(request, body) },
            })
          : undefined,
    },
    {
      name: `${path} whose connection breaks with the request in the error`,
      answer: (request, body) => {
        if (!request.url.includes(path)) return undefined;
        throw new TypeError("fetch failed", { cause: new Error(repeat(request, body)) });
      },
    },
  ]),
  {
    name: "a job that fails and repeats the token",
    answer: (request) =>
      request.url.endsWith("/exportstatus")
        ? Response.json({ jobStatus: 3, status: 200, message: repeat(request, "") })
        : undefined,
  },
];

let own: AvepointTestCertificate;
beforeAll(async () => {
  own = await generateAvepointCertificate();
});

describe.each(["secret", "certificate", "token"] as const)("signed in by %s", (kind) => {
  it.each(troubles)("$name: no secret is ever shown", async ({ answer }) => {
    const secrets = new Set<string>();
    const options: TenantOptions = {
      emulator: {
        clients: [{ clientId, clientSecret, certificates: [own.certificate] }],
        tokens: ["canary-ready-token"],
        rows: 5,
      },
      options: {
        secret: {},
        certificate: { clientId, certificate: { privateKey: own.privateKey, certificate: own.certificate } },
        token: { token: "canary-ready-token" },
      }[kind] as Partial<AvepointOptions>,
      client: { retry: { retries: 1 } },
      intercept: async ({ url, method, headers, body }, pass) => {
        const authorization = headers.get("authorization");
        if (authorization) secrets.add(authorization.slice("Bearer ".length));
        const assertion = new URLSearchParams(body).get("client_assertion");
        if (assertion) secrets.add(assertion).add(assertion.split(".")[2] ?? "");
        const request = new Request(url, { method, headers });
        return (await answer?.(request, body)) ?? pass();
      },
    };
    const given = tenant(options);
    const seen = await everything(given);
    secrets.add(clientSecret).add(encodeURIComponent(clientSecret)).add("canary-ready-token");
    for (const line of own.privateKey.split("\n").slice(1, -2)) secrets.add(line);

    expect(seen.join("\n").length).toBeGreaterThan(200);
    for (const secret of secrets) expect(seen.filter((text) => text.includes(secret))).toEqual([]);
  });
});

/** Runs an export through, as far as it gets, and returns all that anybody is shown on the way. */
async function everything({ client, provider, events, logged }: Tenant): Promise<readonly string[]> {
  const seen: string[] = [];
  try {
    let job = await client.startExport("access", accessRequest);
    seen.push(shown(job));
    job = await client.pollExport(job);
    seen.push(shown(job));
    job = await client.waitForExport(job);
    const download = await client.download(job);
    const rows = await collect(download);
    seen.push(shown([rows, download.checkpoint(), download.fileName, download.contentType]));
  } catch (error) {
    expect(ExportError.isInstance(error) ? error.code : error).toEqual(expect.any(String));
    seen.push(shown(error));
  }
  return [...seen, ...logged, ...events.map((event) => shown(event)), shown(provider.capabilities)];
}

it("a secret in the request itself is kept out of the job", async () => {
  const { client } = tenant();
  const job = await client.startExport("access", { report: "googleObjectActivities", id: clientSecret });
  expect(JSON.stringify(job)).not.toContain(clientSecret);
});
