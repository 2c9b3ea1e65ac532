import { describe, expect, it } from "vitest";
import { authgearExport, connect } from "./authgear-export.js";
import { drain } from "./drain.js";
import { home, scriptedStore, storeOrigin } from "./scripted-store.js";
import { type Answer, breaking, file, part, type StoreRequest, status, whole } from "./store-answers.js";

const to = (location: string, code = 302): Answer => status(code, { location });
const atHome = { locate: () => ({ url: `${home}/files/1`, credentials: "provider" as const }) };
const credentialsOf = ({ url, headers }: StoreRequest) => [
  url.origin,
  headers.authorization,
  headers["x-provider-key"],
];
const withKey = [home, "Bearer provider-token", "provider-key"];
const without = (origin: string) => [origin, undefined, undefined];

it("a signed URL gets no credentials, and nothing but what a download needs", async () => {
  const store = scriptedStore([whole({}, breaking(0, 400)), part(400)]);
  await drain(store.open());
  expect(store.requests.map(credentialsOf)).toEqual([without(storeOrigin), without(storeOrigin)]);
  expect(Object.keys(store.requests[1]?.headers ?? {}).sort()).toEqual([
    "accept",
    "accept-encoding",
    "if-range",
    "range",
  ]);
});

it("the provider's own origin gets its credentials, at each attempt again", async () => {
  let attempts = 0;
  const store = scriptedStore([whole({}, breaking(0, 400)), part(400)], {
    ...atHome,
    provider: { authorize: () => ({ authorization: `Bearer attempt-${++attempts}` }) },
  });
  expect(await drain(store.open())).toEqual({ bytes: file });
  expect(store.requests.map(({ headers }) => headers.authorization)).toEqual([
    "Bearer attempt-1",
    "Bearer attempt-2",
  ]);
});

it("a redirect on the same origin takes the credentials along", async () => {
  const store = scriptedStore([to("/elsewhere"), whole()], atHome);
  expect(await drain(store.open())).toEqual({ bytes: file });
  expect(store.requests.map(credentialsOf)).toEqual([withKey, withKey]);
  expect(store.requests[1]?.url.href).toBe(`${home}/elsewhere`);
});

it("a redirect to another origin takes range and condition along, and no credentials", async () => {
  const away = to(`${storeOrigin}/file?signature=1`);
  const store = scriptedStore([away, whole({}, breaking(0, 400)), away, part(400)], atHome);
  expect(await drain(store.open())).toEqual({ bytes: file });
  expect(store.requests.map(credentialsOf)).toEqual([
    withKey,
    without(storeOrigin),
    withKey,
    without(storeOrigin),
  ]);
  expect(store.requests[3]?.headers).toMatchObject({ range: "bytes=400-", "if-range": '"one"' });
});

it("credentials once left behind stay behind, even on the way back home", async () => {
  const store = scriptedStore([to(`${storeOrigin}/hop`), to(`${home}/again`), whole()], atHome);
  expect(await drain(store.open())).toEqual({ bytes: file });
  expect(store.requests.map(credentialsOf)).toEqual([withKey, without(storeOrigin), without(home)]);
});

it("another port is another origin", async () => {
  const store = scriptedStore([to("https://api.example.test:8443/file"), whole()], atHome);
  await drain(store.open());
  expect(store.requests.map(credentialsOf)[1]).toEqual(without("https://api.example.test:8443"));
});

it("a store behind a redirect is judged in a store's words", async () => {
  const refused = status(403, {}, "<Error><Code>AccessDenied</Code></Error>");
  const away = to(`${storeOrigin}/file?signature=1`);
  const store = scriptedStore([away, refused, away, whole()], atHome);
  expect(await drain(store.open())).toEqual({ bytes: file });
  expect(store.located).toBe(2);
});

it("credentials that would go to a foreign origin by the adapter's mistake stay at home", async () => {
  const store = scriptedStore([whole()], { locate: () => ({ credentials: "provider" }) });
  const { error } = await drain(store.open());
  expect(error).toMatchObject({ code: "RESPONSE_INVALID", retryable: false });
  expect(store.requests).toHaveLength(0);
});

it.each([301, 302, 303, 307, 308])("status %i is followed with GET", async (code) => {
  const store = scriptedStore([to("/moved", code), whole()]);
  expect(await drain(store.open())).toEqual({ bytes: file });
  expect(store.requests[1]?.url.href).toBe(`${storeOrigin}/moved`);
});

describe.each([
  ["http on another host", "http://store.example.test/file?signature=canary-signature"],
  ["http on a host that looks like loopback", "http://127.0.0.1.example.test/file"],
  ["user info", "https://user:canary-password@store.example.test/file"],
  ["a user and no password", "https://user@store.example.test/file"],
  ["another scheme", "ftp://store.example.test/file"],
  ["a file", "file:///etc/passwd"],
  ["data", "data:text/plain,canary"],
  ["no URL", "https://["],
])("%s", (_, url) => {
  it("as the target of a redirect is refused", async () => {
    const store = scriptedStore([to(url)]);
    const { error } = await drain(store.open());
    expect(error).toMatchObject({ code: "RESPONSE_INVALID", retryable: false });
    expect(JSON.stringify(error)).not.toContain("canary");
    expect(store.requests).toHaveLength(1);
    expect(store.openBodies).toBe(0);
  });

  it("as the artifact's URL is refused", async () => {
    const store = scriptedStore([whole()], { locate: () => ({ url }) });
    const { error } = await drain(store.open());
    expect(error).toMatchObject({ code: "RESPONSE_INVALID", operation: "locate", retryable: false });
    expect(JSON.stringify(error)).not.toContain("canary");
    expect(store.requests).toHaveLength(0);
    expect(store.located).toBe(1);
  });
});

it.each(["http://127.0.0.1:9999/file", "http://localhost/file", "http://[::1]:1/file"])(
  "plain http is fine on loopback: %s",
  async (url) => {
    const store = scriptedStore([to(url), whole()]);
    expect(await drain(store.open())).toEqual({ bytes: file });
  },
);

it.each(["http://store.example.test/f", "https://user:canary@store.example.test/f", "nowhere"])(
  "Authgear's download_url is not trusted either: %s",
  async (url) => {
    const run = await authgearExport();
    const client = connect(run.emulator.endpoint, {
      clock: run.clock,
      async fetch(input, init) {
        const response = await run.emulator.fetch(input, init);
        const answer = await response.json();
        return Response.json({ result: { ...answer.result, download_url: url } });
      },
    });
    const { error } = await drain(client.download(run.job));
    expect(error).toMatchObject({ code: "RESPONSE_INVALID", operation: "locate", connection: "users" });
    expect(JSON.stringify(error)).not.toContain("canary");
    expect(run.requests()).toEqual(["locate 200"]);
  },
);

it("Authgear's store never sees the Admin API's token", async () => {
  const run = await authgearExport();
  run.emulator.faults.add({ on: "artifact", times: 3, fault: { type: "drop", afterBytes: 5_000 } });
  await drain(run.client.download(run.job));
  const [locate, ...artifact] = run.emulator.requests.slice(-5);
  expect(locate?.headers).toContain("authorization");
  expect(artifact.map(({ operation }) => operation)).toEqual(Array(4).fill("artifact"));
  for (const { headers } of artifact) expect(headers).not.toContain("authorization");
});

it("a redirect without target is refused", async () => {
  const store = scriptedStore([status(302)]);
  const { error } = await drain(store.open());
  expect(error).toMatchObject({ code: "RESPONSE_INVALID", status: 302 });
  expect(store.requests).toHaveLength(1);
});

it("a loop of redirects ends after five", async () => {
  const store = scriptedStore((request) => to(request.url.pathname === "/a" ? "/b" : "/a")(request));
  const { error } = await drain(store.open());
  expect(error).toMatchObject({ code: "RESPONSE_INVALID", retryable: false });
  expect(store.requests).toHaveLength(6);
  expect(store.openBodies).toBe(0);
});

it("five redirects are no loop", async () => {
  const store = scriptedStore([to("/1"), to("/2"), to("/3"), to("/4"), to("/5"), whole()]);
  expect(await drain(store.open())).toEqual({ bytes: file });
});

it("no signature of a URL or of a redirect is in what is shown", async () => {
  const shown: string[] = [];
  const log = (...words: unknown[]) => shown.push(JSON.stringify(words));
  const store = scriptedStore(
    [
      to(`${storeOrigin}/file?token=canary-of-the-redirect`),
      status(403, { "x-request-id": "canary-of-the-redirect" }, "canary-of-the-redirect"),
      to(`${storeOrigin}/file?token=canary-of-the-second`),
      status(404, { "x-request-id": "canary-of-the-second" }),
    ],
    { client: { logger: { debug: log, info: log, warn: log, error: log } } },
  );
  const { error } = await drain(store.open());
  expect(error).toMatchObject({ code: "ARTIFACT_MISSING", requestId: "[redacted]" });
  shown.push(JSON.stringify(error), (error as Error).stack ?? "");
  expect(shown.join("\n")).not.toMatch(/canary|signature-number/);
});
