import { createExportClient, type ExportEvent, type ExportJob } from "exportkit";
import { describe, expect, it } from "vitest";
import { drain } from "../artifact/drain.js";
import { home, type ScriptedStoreOptions, scriptedStore, storeOrigin } from "../artifact/scripted-store.js";
import { type Answer, status, whole } from "../artifact/store-answers.js";
import { recordingLogger, visible } from "../client/canary/leaks.js";
import { collect } from "../support/collect.js";
import { rejection } from "../support/outcome.js";
import { accessRequest, connect, redirect } from "./vendors.js";

describe("S7: what a server said is hidden from what is shown, and changes no data", () => {
  const pages = { pageSize: 10, appIds: ["userAccess-1"], attributes: true } as const;
  const fields = ["/sub", { pointer: "/email", fieldName: "ndjson-email-field" }] as const;

  it.each([
    ["AvePoint with a secret", accessRequest, "https://files.example.org/userAccess/x?userAccess"],
    ["AvePoint with a secret", accessRequest, "https://files.example.org/?q=ada%40contoso.com"],
    [
      "AvePoint with a certificate",
      accessRequest,
      "https://files.example.org/ada@contoso.com#SharePoint%20Online",
    ],
    [
      "Authgear with a token",
      { format: "csv", fields },
      "https://files.example.org/ndjson-email-field?csv=ndjson-email-field",
    ],
  ])("%s: a redirect may say what a request says: %j to %s", async (name, request, location) => {
    const set = connect(name, {
      request,
      intercept: ({ url }, proceed) => {
        if (url.host === "files.example.org") return new Response("", { status: 503 });
        return /exportfile$/.test(url.pathname) || url.host.startsWith("storage")
          ? redirect(location)
          : proceed();
      },
      settings: { retry: { retries: 0 } },
    });
    const first = await set.finish();
    await rejection(set.client.download(first));
    const second: ExportJob = await set.client.startExport("export", request);
    expect(second.request).toEqual(first.request);
    const third = await set.client.pollExport(set.client.parseJob(JSON.parse(JSON.stringify(second))));
    expect(third.request).toEqual(first.request);
  });

  it("a token that a server issues may be what a request says", async () => {
    const issued = "ada@contoso.com";
    const set = connect("AvePoint with a secret", {
      intercept: async ({ url }, proceed) => {
        if (url.pathname.endsWith("/token"))
          return Response.json({ access_token: issued, token_type: "Bearer" });
        return url.pathname.endsWith("/export") ? Response.json({ jobId: "7", status: 200 }) : proceed();
      },
    });
    const job = await set.client.startExport("export", accessRequest);
    expect(job.request).toEqual(accessRequest);
  });

  it("the words of an API may be in a redirect at home", async () => {
    const set = connect("Zephr", {
      request: pages,
      intercept: ({ url }, proceed) => {
        const again = url.searchParams.has("userAccess-1");
        const second = url.searchParams.get("page") === "2";
        return second && !again ? redirect(`${url.pathname}${url.search}&userAccess-1`) : proceed();
      },
    });
    const download = await set.client.download(await set.client.startExport("export", pages));
    expect(await collect(download)).toHaveLength(30);
    expect((await set.client.startExport("export", pages)).request).toEqual(pages);
  });

  it("the connection's own credential in a request is not stored, and that is said", async () => {
    const { provider, emulator, clock } = connect("Authgear with a token");
    const other = createExportClient({
      providers: { export: { ...provider, secrets: () => ["a-secret-column"] } },
      fetch: emulator.fetch,
      clock,
    });
    const job: ExportJob = await other.startExport("export", {
      format: "csv",
      fields: ["/sub", { pointer: "/email", fieldName: "a-secret-column" }],
    });
    expect(job.request).toMatchObject({ fields: ["/sub", { fieldName: "[redacted]" }] });
    expect(job.warnings?.join()).toContain("credential");
  });
});

describe("S8: nothing behind the origin of a signed URL or of a redirect is shown", () => {
  const away = "https://files.example.test";
  const secret = "canary-path-5f1";
  const paths = [
    `/${secret}/file.zip`,
    `/v1/${secret};x=1/f?partial=1`,
    `/p%C3%A4th/${secret}%20b/f`,
    `/${"canary".repeat(3)}/f?x`,
    `/f#${secret}`,
  ];
  const to = (location: string): Answer => status(302, { location });
  const pieces = (url: string): readonly string[] => {
    const { href, origin, pathname, search, hash } = new URL(url);
    const segments = [...pathname.split("/"), hash.slice(1)].filter((segment) => segment.includes("canary"));
    const raw = [href.slice(origin.length), pathname, pathname.slice(1), search, ...segments];
    return [...raw, ...raw.map(decodeURIComponent)].filter((piece) => piece.length > 2);
  };

  const at = { home: `${home}/api/files/1`, store: `${storeOrigin}/plain-file-1` };
  const ways: readonly [
    string,
    (url: string) => readonly Answer[],
    (url: string) => ScriptedStoreOptions["delivery"],
  ][] = [
    ["a signed URL", () => [], (url) => ({ locate: async () => ({ url, credentials: "none" }) })],
    [
      "a redirect of a signed URL",
      (url) => [to(url)],
      () => ({ locate: async () => ({ url: at.store, credentials: "none" }) }),
    ],
    [
      "a redirect of the API's address",
      (url) => [to(url)],
      () => ({ locate: async () => ({ url: at.home, credentials: "provider" }) }),
    ],
    [
      "the second of two redirects",
      (url) => [to(`${away}/elsewhere-1`), to(url)],
      () => ({ locate: async () => ({ url: at.home, credentials: "provider" }) }),
    ],
  ];

  for (const [name, hops, delivery] of ways) {
    for (const origin of [storeOrigin, home, away]) {
      it.each(paths)(`${name} at ${origin}: %s`, async (path) => {
        const url = origin + path;
        const text = [new URL(url).href, ...pieces(url)].join(" and ");
        const { logger, lines } = recordingLogger();
        const events: ExportEvent[] = [];
        const failing: Answer = () => {
          throw Object.assign(new TypeError(text, { cause: new Error(text, { cause: text }) }), {
            code: text,
          });
        };
        const refusing = status(403, { "x-request-id": secret }, `<Code>X</Code>${text}`);
        for (const last of [failing, refusing, whole()]) {
          const store = scriptedStore([...hops(url), last], {
            client: { logger, retry: { retries: 0 } },
            delivery: delivery(url),
            onEvent: (event) => events.push(event),
          });
          const { error } = await drain(store.open());
          lines.push(error === undefined ? "read" : visible(error));
        }
        const shown = visible(lines) + visible(events);
        expect(events.filter(({ type }) => type === "request").length).toBeGreaterThan(2);
        expect(pieces(url).filter((piece) => shown.includes(piece))).toEqual([]);
      });
    }
  }

  it("a redirect of a status request, at home as well", async () => {
    const set = connect("Authgear with a token", {
      settings: { retry: { retries: 0 } },
      intercept: ({ url }, proceed) => {
        if (url.pathname.includes(secret)) throw new TypeError(`lost ${url.pathname} (${secret})`);
        return url.pathname.endsWith("/export") ? proceed() : redirect(`/again/${secret}/export`);
      },
    });
    const job = await set.client.startExport("export", set.request);
    const error = await rejection(set.client.pollExport(job));
    expect(error).toMatchObject({
      code: "NETWORK",
      cause: { message: expect.stringContaining("lost [redacted]") },
    });
    expect(set.sent.at(-1)?.url.pathname).toBe(`/again/${secret}/export`);
    expect(visible([error, set.events, set.lines])).not.toContain(secret);
  });

  it("and messages stay readable, whatever names a server takes into its addresses", async () => {
    const store = scriptedStore([status(500)], {
      client: { retry: { retries: 0 } },
      locate: () => ({
        url: `${storeOrigin}/download/scripted/artifact/job-number-1?request=download&connection`,
      }),
      provider: { start: async () => ({ id: "job-number-1", status: "succeeded" }) },
    });
    const job = await store.client.startExport("scripted", {});
    const error = await rejection<Error>(store.client.download(job));
    expect(error.message).not.toContain("[redacted]");
    expect(error.message).toContain("artifact request");
    const unfinished = await rejection<Error>(store.client.download({ ...job, status: "running" } as never));
    expect(unfinished.message).toContain("job job-number-1 is still running and has nothing to download yet");
  });
});
