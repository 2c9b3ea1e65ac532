import { mkdtemp, readdir, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { saveExport } from "exportkit/node";
import { describe, expect, it, onTestFinished } from "vitest";
import { secretsOf, visible } from "../client/canary/leaks.js";
import { collect } from "../support/collect.js";
import { rejection } from "../support/outcome.js";
import { type Connected, connect, credentialsOf, type Intercept, type Sent, vendorNames } from "./vendors.js";

/** Everything secret that a run knows of: the credentials, what was made of them, and what signs addresses. */
function allSecrets({ secrets, sent }: Connected): readonly string[] {
  const made = sent.flatMap(
    (request) =>
      credentialsOf(request)
        ?.split(/[ :=]/)
        .filter((part) => part.length > 30) ?? [],
  );
  return [...secrets, ...secretsOf(sent), ...made];
}

/** Runs an export to its end, good or bad, and gives all that anybody can see of it. */
async function seen(set: Connected): Promise<string> {
  const shown: unknown[] = [set.client, set.provider];
  try {
    let job = await set.client.startExport("export", set.request);
    shown.push(job);
    job = await set.client.waitForExport(job, {
      timeoutMs: 60_000,
      onProgress: (current) => shown.push(current),
    });
    const download = await set.client.download(job);
    shown.push(download, download.fileName, download.checkpoint());
    for await (const record of download) shown.push(record, download.checkpoint());
  } catch (error) {
    shown.push(error);
  }
  return [...shown, set.events, set.lines].map(visible).join("\n");
}

/** All that a request carries, whole and in pieces. */
function confession({ url, headers, body }: Sent): string {
  const authorization = headers.get("authorization") ?? "nothing";
  const pieces = [...authorization.split(/[ :]/), ...url.searchParams.values()].join(", ");
  return `${authorization} for ${url} (${pieces}) with ${body}`;
}

type Telltale = (text: string) => Response;
const telltales: { readonly [name: string]: Telltale } = {
  "a refusal in JSON": (text) =>
    Response.json(
      {
        error: { reason: text, message: text, info: { [text]: text } },
        error_description: text,
        message: text,
        errors: [{ code: text, field: text, message: text }],
        requestId: text,
      },
      { status: 400 },
    ),
  "an error page": (text) => new Response(`<html>${text}</html>`, { status: 502 }),
  "an answer of the wrong form": (text) =>
    Response.json({
      result: { id: 7, status: text },
      jobId: [text],
      results: text,
      status: text,
      message: text,
    }),
  headers: (text) =>
    new Response(text, { status: 403, headers: { "x-request-id": text, "content-type": text } }),
};

describe("S1: nothing secret is in errors, log lines, events, jobs, checkpoints, records or objects of the client", () => {
  it.each(vendorNames)("of an export that goes well: %s", async (name) => {
    const set = connect(name);
    const text = await seen(set);
    expect(text).toContain("succeeded");
    expect(allSecrets(set).filter((secret) => text.includes(secret))).toEqual([]);
  });

  for (const [what, reply] of Object.entries(telltales)) {
    it.each(vendorNames)(`where any one request comes back as ${what}: %s`, async (name) => {
      for (let nth = 1; nth <= 6; nth++) {
        let count = 0;
        let last = "";
        const intercept: Intercept = (sent, proceed) => {
          // Twice in a row, for the first may be taken as a hint that the credentials are old.
          last = `${last} ${confession(sent)}`;
          return ++count === nth || count === nth + 1 ? reply(last) : proceed();
        };
        const set = connect(name, { intercept, settings: { retry: { retries: 0 } } });
        const text = await seen(set);
        expect(allSecrets(set).filter((secret) => text.includes(secret))).toEqual([]);
      }
    });
  }
});

it.each(vendorNames)(
  "S2: what fetch throws is copied without secrets, down its chain of causes: %s",
  async (name) => {
    const set = connect(name, {
      settings: { retry: { retries: 0 } },
      intercept: (sent) => {
        const text = confession(sent);
        throw Object.assign(new TypeError(text, { cause: new Error(text, { cause: text }) }), {
          request: text,
          code: text,
        });
      },
    });
    const error = await rejection<Error>(set.client.startExport("export", set.request));
    expect(error.cause).toBeInstanceOf(Error);
    expect((error.cause as Error).cause).toBeInstanceOf(Error);
    const text = visible(error) + visible(set.lines);
    expect(text).toContain("[redacted]");
    expect(allSecrets(set).filter((secret) => text.includes(secret))).toEqual([]);
  },
);

it.each(vendorNames)(
  "S3: the files beside an unfinished save hold no credential and no address: %s",
  async (name) => {
    const folder = await mkdtemp(join(tmpdir(), "exportkit-"));
    onTestFinished(() => rm(folder, { recursive: true }));
    const set = connect(name);
    const files: { [name: string]: string } = {};
    const stop = new Error("enough");
    const onProgress = () => {
      throw stop;
    };
    const saving = saveExport(set.client, await set.finish(), join(folder, "out"), {
      format: "csv",
      onProgress,
    });
    expect(await rejection(saving)).toBe(stop);
    for (const file of await readdir(folder)) files[file] = await readFile(join(folder, file), "utf8");
    expect(Object.keys(files)).toEqual(["out.part", "out.part.json"]);
    const state = files["out.part.json"] ?? "";
    expect(state).toContain('"checkpoint"');
    expect(state).not.toContain("://");
    const text = Object.values(files).join("\n");
    expect(allSecrets(set).filter((secret) => text.includes(secret))).toEqual([]);
  },
);

describe("S4: the users' TOTP secrets are left out of records unless they are asked for", () => {
  const requests = [
    { format: "ndjson" },
    { format: "csv" },
    {
      format: "csv",
      fields: ["/sub", "/mfa", "/mfa/totps", { pointer: "/mfa/totps/0/secret", fieldName: "x" }],
    },
  ] as const;
  it.each(requests)("%j", async (request) => {
    const set = connect("Authgear with a token", { request });
    const job = await set.finish();
    const encoded = [
      JSON.stringify(await collect(await set.client.download(job))),
      await new Response((await set.client.download(job)).encode("csv") as BodyInit).text(),
      await new Response((await set.client.download(job)).encode("ndjson") as BodyInit).text(),
    ].join("\n");
    expect(encoded).not.toContain("TOTP-SECRET-");
  });

  it("and kept where they are", async () => {
    const set = connect("Authgear with a token", { request: { format: "ndjson", includeSecrets: true } });
    expect(JSON.stringify(await collect(await set.client.download(await set.finish())))).toContain(
      "TOTP-SECRET-",
    );
  });
});

it.each(vendorNames)(
  "S5: a message is one line that steers no terminal, whatever the vendor says: %s",
  async (name) => {
    const forged = "no\r\n2026-01-01 ERROR forged\u2028line\u001b[2K\u001b[31m\u0000\u202egnp.exe";
    const set = connect(name, {
      intercept: () =>
        Response.json(
          { error: { reason: forged, message: forged }, error_description: forged, message: forged },
          { status: 409 },
        ),
    });
    const error = await rejection<Error>(set.client.startExport("export", set.request));
    const lines = (error.stack ?? "").split("\n");
    expect(error.message).not.toMatch(/[\p{Cc}\u2028\u2029\u202a-\u202e\u2066-\u2069]/u);
    expect(lines.filter((line) => line.startsWith("2026"))).toEqual([]);
    const stored = { ...(await connect("Zephr").finish()), connection: `x\n${forged}` };
    const refused = await rejection<Error>(set.client.pollExport(stored as never));
    expect(refused.message).not.toMatch(/\p{Cc}/u);
  },
);

it("S6: a Response made of a download is not kept, not guessed at, and not shown in place", async () => {
  const set = connect("Authgear with a token", {
    intercept: async ({ url }, proceed) => {
      const response = await proceed();
      if (!url.host.startsWith("storage")) return response;
      const headers = new Headers(response.headers);
      headers.set("content-type", "text/html");
      headers.set("content-disposition", 'inline; filename="page.html"');
      return new Response(response.body, { status: response.status, headers });
    },
  });
  const { headers, body } = (await set.client.download(await set.finish())).toResponse();
  await body?.cancel();
  expect(headers.get("cache-control")).toBe("no-store");
  expect(headers.get("x-content-type-options")).toBe("nosniff");
  expect(headers.get("content-disposition")).toMatch(/^attachment; /);
});
