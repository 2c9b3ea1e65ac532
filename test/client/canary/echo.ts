import type { SentRequest } from "../harness.js";
import type { Scenario } from "./scenario.js";

/** All that a request carries, as a careless server, proxy or library repeats it. */
function confession({ url, headers, body }: SentRequest): string {
  const bearer = headers.get("authorization") ?? "no credentials";
  return `${bearer} was sent to ${url.href} (${url.search.slice(1)}; ${[...url.searchParams.values()].join(", ")}) with ${body}`;
}

/** Answers the nth request for an operation with what `reply` makes of all that was sent so far. */
export function echoing(
  on: "start" | "poll" | "locate" | "artifact",
  reply: (text: string) => Response,
): Scenario["intercept"] {
  let last = "";
  let polls = 0;
  return async (request, proceed) => {
    const text = `${last} ${confession(request)}`;
    last = text;
    const isStore = request.url.host.startsWith("storage");
    const polled = request.method === "GET" && !isStore;
    if (polled) polls += 1;
    // Started, pending, done: the fourth status request asks for the file's place.
    const operation = isStore ? "artifact" : !polled ? "start" : polls <= 2 ? "poll" : "locate";
    if (operation === on) return reply(text);
    const response = await proceed();
    if (!polled) return response;
    // What the vendor tells of the file is known to the echo as well.
    const answer = await response.clone().text();
    last = `${last} ${/https:[^"]*/.exec(answer)?.[0] ?? ""}`;
    return response;
  };
}

export const operations = ["start", "poll", "locate", "artifact"] as const;

/** What a server may answer that repeats all that was sent. */
export const replies: { readonly [name: string]: (text: string) => Response } = {
  "an error object of the vendor": (text) =>
    Response.json(
      {
        error: {
          name: text,
          reason: "ValidationFailed",
          message: text,
          code: 400,
          tracking_id: text,
          info: { causes: [{ location: text, kind: text }] },
        },
      },
      { status: 400 },
    ),
  "an unknown reason": (text) =>
    Response.json({ error: { reason: text, message: text, info: { [text]: text } } }, { status: 409 }),
  "a quota error": (text) =>
    Response.json(
      { error: { reason: "UsageLimitExceeded", info: { name: text, usage_name: text, period: text } } },
      { status: 429 },
    ),
  "a server error": (text) => new Response(`<html>${text}</html>`, { status: 502 }),
  "plain text": (text) => new Response(text, { status: 403 }),
  "XML of a store": (text) =>
    new Response(
      `<Error><Code>AccessDenied</Code><Message>${text}</Message><StringToSign>${text}</StringToSign></Error>`,
      { status: 403 },
    ),
  "no JSON": (text) => new Response(text, { status: 200, headers: { "content-type": "text/html" } }),
  "an unusable task": (text) => Response.json({ result: { id: 7, status: text, download_url: text } }),
  "a failed task": (text) =>
    Response.json({
      result: {
        id: "x",
        status: text,
        failed_at: "2026-01-01T00:00:00Z",
        error: { reason: text, message: text },
      },
    }),
  "an unknown state": (text) => Response.json({ result: { id: "x", status: text } }),
  headers: (text) =>
    new Response("", {
      status: 500,
      headers: { "x-request-id": text.trim(), "content-type": text.trim(), "retry-after": text.trim() },
    }),
  "a redirect": (text) =>
    new Response("", {
      status: 307,
      headers: {
        location: `https://elsewhere.example.com/?stolen=${encodeURIComponent(text)}#${encodeURIComponent(text)}`,
      },
    }),
  "a redirect with user info": (text) =>
    new Response("", {
      status: 302,
      headers: { location: `https://${encodeURIComponent(text)}@elsewhere.example.com/` },
    }),
  "a broken body": (text) =>
    new Response(
      new ReadableStream({
        start(controller) {
          controller.enqueue(new TextEncoder().encode(text));
          controller.error(new Error(`lost ${text}`));
        },
      }),
    ),
};

/** What a library may throw that repeats all that was sent. */
export const throwers: { readonly [name: string]: (text: string) => unknown } = {
  "an error": (text) => new Error(text),
  "a chain of causes": (text) =>
    new TypeError("fetch failed", { cause: new Error(text, { cause: new Error(text, { cause: text }) }) }),
  "an error with properties": (text) =>
    Object.assign(new Error("failed"), {
      code: text,
      config: { headers: text },
      request: { url: text },
      syscall: text,
    }),
  "an error with a stack": (text) =>
    Object.assign(new Error("failed"), { stack: `Error: ${text}\n    at ${text}\n${text}` }),
  "an error with a name": (text) => Object.assign(new Error("failed"), { name: text }),
  "an AggregateError": (text) => new AggregateError([new Error(text), new Error(text)]),
  "a string": (text) => text,
  "an object": (text) => ({ message: text, code: text }),
};
