import { createExportClient, ExportError } from "exportkit";
import { advanceExport, beginExport } from "exportkit/durable";
import {
  fileDelivery,
  type HttpRequest,
  loadPart,
  ndjson,
  type Provider,
  type ProviderContext,
} from "exportkit/provider";
import { describe, expect, it } from "vitest";
import { memorySink } from "../durable/memory-sink.js";
import { rejection } from "../support/outcome.js";
import { settle } from "../support/turns.js";
import { refuseUnhandledRejections } from "../support/unhandled-rejections.js";
import { failure } from "./failing-fetch.js";

// What an adapter throws behind its start's request proves nothing of what the vendor did.

type Start = (context: ProviderContext) => Promise<{ id: string; status: "pending" }>;
type Answer = (path: string) => Response | Promise<Response>;

const origin = "https://plain.example";
const post: HttpRequest = { method: "POST", url: `${origin}/start` };
const job = { id: "1", status: "pending" } as const;
const ok: Answer = () => Response.json({ id: "1" });
const status =
  (code: number, body: unknown = {}): Answer =>
  () =>
    Response.json(body, { status: code });

function connect(start: Start, answer: Answer = ok, over: Partial<Provider> = {}) {
  const sent: string[] = [];
  const provider: Provider = {
    spec: 1,
    name: "plain",
    origins: [origin],
    capabilities: { jobs: "asynchronous", progress: false, formats: ["ndjson"] },
    requestSchema: { "~standard": { version: 1, vendor: "test", validate: (value) => ({ value }) } },
    start,
    poll: async () => ({ status: "succeeded" }),
    delivery: fileDelivery({
      locate: async () => ({ url: `${origin}/file`, credentials: "none" }),
      records: () => ndjson(),
    }),
    ...over,
  };
  const client = createExportClient({
    providers: { it: provider },
    retry: { retries: 0 },
    fetch: async (input) => {
      const { pathname } = new URL(String(input));
      sent.push(pathname);
      return answer(pathname);
    },
  });
  return { client, sent };
}

/** What becomes of two steps of a durable export whose claim can be given back. */
async function twoSteps({ client, sent }: ReturnType<typeof connect>) {
  const { sink, claimStart, store } = memorySink();
  const releasable = Object.assign(claimStart, {
    release: async () => {
      store.isClaimed = false;
    },
  });
  const step = () =>
    rejection<ExportError>(advanceExport(client, beginExport("it", {}), { sink, claimStart: releasable }));
  const errors = [await step(), await step()];
  return { errors, starts: sent.filter((path) => path === "/start").length };
}

const plainly: Start = async (context) => {
  await context.request(post);
  return job;
};
const lost: Answer = () => {
  throw failure("ECONNRESET", "read");
};
const own = new ExportError("QUOTA_EXCEEDED", "no exports left");

describe("an export that may run is not lost to what the adapter throws behind its start", () => {
  const cases: readonly (readonly [what: string, start: Start, answer: Answer, cause: object])[] = [
    [
      "a part that cannot be loaded",
      async (context) => {
        await context.request(post);
        await loadPart(Promise.reject(new Error("gone")));
        return job;
      },
      ok,
      { code: "CONFIG_INVALID" },
    ],
    [
      "an ExportError of its own",
      async (context) => {
        await context.request(post);
        throw new ExportError("QUOTA_EXCEEDED", "no exports left");
      },
      ok,
      { code: "QUOTA_EXCEEDED" },
    ],
    [
      "its own words for a start whose answer was lost",
      async (context) => {
        await context.request(post).catch(() => {
          throw new ExportError("PROVIDER_UNAVAILABLE", "the shop is closed", { retryable: true });
        });
        return job;
      },
      lost,
      { code: "PROVIDER_UNAVAILABLE" },
    ],
    [
      "an Error for a start whose answer was lost",
      async (context) => {
        await context.request(post).catch(() => {
          throw new Error("the shop is closed");
        });
        return job;
      },
      lost,
      { message: "the shop is closed" },
    ],
    [
      "a second request that is refused",
      async (context) => {
        await context.request(post);
        await context.request({ method: "GET", url: `${origin}/status` });
        return job;
      },
      (path) => Response.json({}, { status: path === "/status" ? 403 : 200 }),
      { code: "FORBIDDEN", status: 403 },
    ],
    [
      "what it makes of the answer to a second request",
      async (context) => {
        await context.request(post);
        const second = await context.request({ method: "GET", url: `${origin}/status`, accept: [403] });
        throw context.failure(second);
      },
      (path) => Response.json({}, { status: path === "/status" ? 403 : 200 }),
      { code: "FORBIDDEN" },
    ],
    [
      "its first answer's words, where a second start was answered too",
      async (context) => {
        const first = await context.request(post);
        await context.request({ ...post, url: `${origin}/start-again` });
        throw context.failure({ ...first, status: 403 });
      },
      ok,
      { code: "FORBIDDEN" },
    ],
    [
      "an error while the start is under way",
      async (context) => {
        context.request(post).catch(() => {});
        await settle();
        throw own;
      },
      () => new Promise(() => {}),
      { code: "QUOTA_EXCEEDED" },
    ],
    [
      "credentials that are not to be had any more",
      async (context) => {
        await context.request(post);
        await context.request({ method: "POST", url: `${origin}/token`, authorize: false });
        return job;
      },
      (path) => Response.json({}, { status: path === "/token" ? 400 : 200 }),
      { code: "REQUEST_INVALID", operation: "authorize" },
    ],
  ];

  it.each(cases)("%s", async (_, start, answer, cause) => {
    const { errors, starts } = await twoSteps(connect(start, answer));
    expect(errors[0]).toMatchObject({
      code: "START_OUTCOME_UNKNOWN",
      connection: "it",
      operation: "start",
      retryable: false,
      cause,
    });
    expect(errors[0]?.message).toMatch(/may have been started.*console/);
    expect(errors[1]).toMatchObject({ code: "START_OUTCOME_UNKNOWN" });
    expect(starts).toBe(1);
  });

  it.each(cases.slice(0, 3))("%s, with a signal that was aborted meanwhile", async (_, start, answer) => {
    const controller = new AbortController();
    const { client, sent } = connect(start, (path) => {
      controller.abort("enough");
      return answer(path);
    });
    const error = await rejection(client.startExport("it", {}, { signal: controller.signal }));
    expect(error).toMatchObject({ code: "START_OUTCOME_UNKNOWN", cause: "enough" });
    expect(sent).toEqual(["/start"]);
  });
});

describe("a start that was certainly refused may be tried again", () => {
  const accepting =
    (accept: readonly number[], fail: (context: ProviderContext, response: never) => Error): Start =>
    async (context) => {
      const response = await context.request({ ...post, accept });
      throw fail(context, response as never);
    };
  const cases: readonly (readonly [string, Start, Answer, string])[] = [
    ["by its status", plainly, status(403), "FORBIDDEN"],
    [
      "by a status that the adapter reads itself",
      accepting([409], () => new ExportError("CONCURRENCY_LIMIT", "one runs")),
      status(409),
      "CONCURRENCY_LIMIT",
    ],
    [
      "by what stands inside the answer",
      accepting([], (context, response) =>
        context.failure({ ...(response as object), status: 401 } as never),
      ),
      status(200, { status: 401 }),
      "UNAUTHORIZED",
    ],
    [
      "whatever the adapter throws for it",
      async (context) => {
        await context.request(post).catch(() => {
          throw own;
        });
        return job;
      },
      status(403),
      "QUOTA_EXCEEDED",
    ],
    [
      "for want of a token, which the adapter fetches itself",
      async (context) => {
        const url = `${origin}/token`;
        const answer = await context.request({ method: "POST", url, authorize: false, accept: [503] });
        throw context.failure(answer);
      },
      status(503),
      "PROVIDER_UNAVAILABLE",
    ],
    [
      "before anything was sent",
      async () => {
        throw own;
      },
      ok,
      "QUOTA_EXCEEDED",
    ],
  ];

  it.each(cases)("%s", async (_, start, answer, code) => {
    const set = connect(start, answer);
    const { errors } = await twoSteps(set);
    expect(errors).toMatchObject([{ code }, { code }]);
  });

  it("is in doubt where the adapter reads a status itself that proves nothing", async () => {
    const { client } = connect(
      accepting([503], (context, response) => context.failure(response)),
      status(503),
    );
    const error = await rejection(client.startExport("it", {}));
    expect(error).toMatchObject({
      code: "START_OUTCOME_UNKNOWN",
      status: 503,
      cause: { code: "PROVIDER_UNAVAILABLE" },
    });
  });
});

describe("a describeFailure that stumbles over a refusal", () => {
  const stumbles = () => {
    throw new TypeError("undefined is not iterable");
  };

  it.each([
    [400, "REQUEST_INVALID"],
    [401, "UNAUTHORIZED"],
    [403, "FORBIDDEN"],
    [404, "NOT_FOUND"],
    [429, "RATE_LIMITED"],
  ])("leaves a start that was refused with %i what it is", async (code, meaning) => {
    const { client } = connect(plainly, status(code), { describeFailure: stumbles });
    const error = await rejection<ExportError>(client.startExport("it", {}));
    expect(error).toMatchObject({ code: meaning, status: code, operation: "start", connection: "it" });
    expect(error.cause).toMatchObject({ name: "TypeError", message: "undefined is not iterable" });
  });

  it.each([500, 503, 408])("leaves a start in doubt that was answered with %i", async (code) => {
    const { client } = connect(plainly, status(code), { describeFailure: stumbles });
    const error = await rejection<ExportError>(client.startExport("it", {}));
    expect(error).toMatchObject({ code: "START_OUTCOME_UNKNOWN", status: code });
    expect(JSON.stringify(error)).toContain("undefined is not iterable");
  });

  it("is taken at its word where it throws what it should have returned", async () => {
    const { client } = connect(plainly, status(403), {
      describeFailure: () => {
        throw own;
      },
    });
    const error = await rejection(client.startExport("it", {}));
    expect(error).toMatchObject({
      code: "QUOTA_EXCEEDED",
      message: expect.stringContaining(own.message),
      status: 403,
    });
  });

  it("tells a poll what its status means, for it to be repeated", async () => {
    const { client } = connect(async () => job, status(503), {
      describeFailure: stumbles,
      poll: async (context) => {
        await context.request({ method: "GET", url: `${origin}/poll` });
        return { status: "succeeded" };
      },
    });
    const error = await rejection(client.pollExport(await client.startExport("it", {})));
    expect(error).toMatchObject({ code: "PROVIDER_UNAVAILABLE", retryable: true, job: { id: "1" } });
  });
});

describe("an adapter that throws at once", () => {
  refuseUnhandledRejections();
  const reason = { why: "enough" };

  it("is not called where the signal was aborted before", async () => {
    const controller = new AbortController();
    let calls = 0;
    const throwing = () => {
      calls += 1;
      throw new Error("at once");
    };
    const validate = (value: unknown) => {
      controller.abort(reason);
      return { value };
    };
    const requestSchema = { "~standard": { version: 1, vendor: "test", validate } } as const;
    const { client } = connect(throwing, ok, { requestSchema });
    const error = await rejection(client.startExport("it", {}, { signal: controller.signal }));
    expect(error).toBe(reason);
    expect(calls).toBe(0);
  });

  it.each(["start", "authorize"])(
    "leaves no rejection behind where it aborts the signal: %s",
    async (what) => {
      const controller = new AbortController();
      const throwing = () => {
        controller.abort(reason);
        throw new Error("at once");
      };
      const { client, sent } = connect(
        what === "start" ? throwing : plainly,
        ok,
        what === "start" ? {} : { authorize: throwing },
      );
      expect(await rejection(client.startExport("it", {}, { signal: controller.signal }))).toBe(reason);
      expect(sent).toEqual([]);
    },
  );
});
