import { describe, expect, it } from "vitest";
import { collect } from "../support/collect.js";
import { rejection } from "../support/outcome.js";
import { connect, credentialsOf, type Intercept, redirect, vendorNames } from "./vendors.js";

const foreign = "https://elsewhere.example.org";
const statuses = [301, 302, 303, 307, 308];

/** Redirects what `when` says, and answers in the foreign host's place. */
function redirecting(
  when: (url: URL, method: string) => boolean,
  location: string,
  status = 302,
  away: () => Response = () =>
    Response.json({ result: { id: "1", status: "pending" }, access_token: "stolen" }),
): Intercept {
  return ({ url, method }, proceed) => {
    if (url.origin === foreign) return away();
    return when(url, method) ? redirect(location, status) : proceed();
  };
}

const isFile = (url: URL) => url.pathname.endsWith("/exportfile");
const carried = ({ sent }: ReturnType<typeof connect>) =>
  sent.map((request) => [request.url.origin, credentialsOf(request) !== undefined]);

describe("R1: credentials stay behind when a file is redirected to another address, also on the way back", () => {
  it.each(statuses)("%i", async (status) => {
    let hops = 0;
    const set = connect("AvePoint with a secret", {
      settings: { retry: { retries: 0 } },
      intercept: ({ url }, proceed) => {
        if (url.origin === foreign) return redirect(`${set.home}/back`, status);
        if (url.pathname === "/back") return new Response("", { status: 404 });
        return isFile(url) && hops++ === 0 ? redirect(`${foreign}/file`, status) : proceed();
      },
    });
    await rejection(set.client.download(await set.finish()));
    expect(carried(set).slice(-3)).toEqual([
      [set.home, true],
      [foreign, false],
      [set.home, false],
    ]);
  });
});

describe("R2: a status, page or address request is not followed to another address", () => {
  it.each(vendorNames)("%s", async (name) => {
    const isPage = (url: URL) => url.searchParams.get("rpp") === "10";
    const isStatus = (url: URL) => /export\/[^/]+$|exportstatus$/.test(url.pathname);
    const set = connect(name, {
      settings: { retry: { retries: 0 } },
      intercept: redirecting((url) => isPage(url) || isStatus(url), `${foreign}/trap`),
    });
    const job = await set.client.startExport("export", set.request);
    const error = await rejection(name === "Zephr" ? set.client.download(job) : set.client.pollExport(job));
    expect(error).toMatchObject({ code: "RESPONSE_INVALID" });
    expect(set.sent.filter(({ url }) => url.origin === foreign)).toEqual([]);
  });
});

describe("R3: a start is sent on along no redirect at all", () => {
  it.each(vendorNames.flatMap((name) => statuses.map((status) => [name, status] as const)))(
    "%s, %i",
    async (name, status) => {
      for (const location of [`${foreign}/trap`, "/elsewhere/at/home"]) {
        const set = connect(name, {
          intercept: redirecting((url) => !url.pathname.endsWith("/token"), location, status),
        });
        await rejection(set.client.startExport("export", set.request));
        const starts = set.sent.filter(({ url }) => !url.pathname.endsWith("/token"));
        expect(starts.every(({ url }) => url.origin === set.home)).toBe(true);
        // Zephr's makes nothing there, and is a question like any other.
        if (name !== "Zephr" || location.startsWith(foreign)) expect(starts).toHaveLength(1);
      }
    },
  );
});

describe("R4: the body of a sign-in, which holds the client's secret, follows no redirect to another address", () => {
  it.each(statuses)("%i", async (status) => {
    const set = connect("AvePoint with a secret", {
      intercept: redirecting((url) => url.pathname.endsWith("/token"), `${foreign}/token`, status),
    });
    const error = await rejection(set.client.startExport("export", set.request));
    expect(error).toMatchObject({ code: "RESPONSE_INVALID", operation: "authorize" });
    expect(set.sent).toHaveLength(1);
  });
});

describe("R5: a redirect to anything but https or loopback is refused, and so is the sixth in a row", () => {
  it.each([
    "http://elsewhere.example.org/file",
    "https://user:canary@elsewhere.example.org/file",
    "ftp://elsewhere.example.org/file",
    "file:///etc/passwd",
    "data:text/plain,canary",
    "javascript:alert(1)",
    "https://[",
  ])("%s", async (location) => {
    const set = connect("Authgear with a token", {
      intercept: ({ url }, proceed) => (url.host.startsWith("storage") ? redirect(location) : proceed()),
    });
    const error = await rejection(set.client.download(await set.finish()));
    expect(error).toMatchObject({ code: "RESPONSE_INVALID", retryable: false });
    expect(JSON.stringify(error)).not.toContain("canary");
    expect(set.sent.filter(({ url }) => url.host.startsWith("storage"))).toHaveLength(1);
  });

  it("a circle", async () => {
    const set = connect("Authgear with a token", {
      intercept: ({ url }, proceed) => (url.host.startsWith("storage") ? redirect(url.href) : proceed()),
    });
    await rejection(set.client.download(await set.finish()));
    expect(set.sent.filter(({ url }) => url.host.startsWith("storage"))).toHaveLength(6);
  });

  it("five in a row are followed", async () => {
    let hops = 0;
    const set = connect("Authgear with a token", {
      intercept: ({ url }, proceed) =>
        url.host.startsWith("storage") && hops++ < 5 ? redirect(url.href) : proceed(),
    });
    expect(await collect(await set.client.download(await set.finish()))).toHaveLength(30);
  });
});
