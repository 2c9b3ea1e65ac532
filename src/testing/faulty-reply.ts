import type { Fault } from "./faults.js";
import { bytesOf, chunksOf, type EmulatorReply, type ReplyBody, textReply } from "./reply.js";

/** What a fault changes in how an emulator answers, beside the answer itself. */
export interface ReplyOverrides {
  /** Refuse the credentials of this request, a signed URL or a token, as expired. */
  readonly expired?: boolean;
  /** Let the object be another one from now on. */
  readonly changed?: boolean;
  /** Find no file. */
  readonly missing?: boolean;
  /** Refuse the credentials of this request from now on. */
  readonly revoked?: boolean;
  /** Answer with the page that lies so many pages further. */
  readonly pageOffset?: number;
}

export interface FaultTools {
  /** Says nothing until the caller is gone, and then fails. */
  silence(): Promise<never>;
  /** The vendor's time, in ms since the epoch. */
  now(): number;
  sleep(ms: number): Promise<void>;
}

/** The failure that `fetch` shows where no answer came. */
export function networkFailure(reason: string, code?: string): TypeError {
  const cause = new Error(reason);
  return new TypeError("fetch failed", {
    cause: code === undefined ? cause : Object.assign(cause, { code }),
  });
}

/** Answers a request with a fault: `proceed` is how it would have been answered. */
export async function replyWithFault(
  fault: Fault,
  proceed: (overrides: ReplyOverrides) => Promise<EmulatorReply>,
  tools: FaultTools,
): Promise<EmulatorReply> {
  if ("effect" in fault && fault.effect) await proceed({});
  switch (fault.type) {
    case "reset":
      throw networkFailure("connection reset by the emulator");
    case "refuse":
      throw networkFailure("connection refused by the emulator", "ECONNREFUSED");
    case "hang":
      return tools.silence();
    case "rate-limit":
      return tooManyRequests(fault, tools.now());
    case "status":
      return textReply(fault.status, "text/html; charset=utf-8", fault.body ?? "", fault.headers);
    case "redirect":
      return textReply(fault.status ?? 302, "text/html; charset=utf-8", "", { location: fault.to });
    case "expire":
      return proceed({ expired: true });
    case "change":
      return proceed({ changed: true });
    case "missing":
      return proceed({ missing: true });
    case "revoke":
      return proceed({ revoked: true });
    case "other-page":
      return proceed({ pageOffset: fault.offset });
    case "clock":
      // The emulator has put its clock wrong already.
      return proceed({});
    default:
      return spoil(await proceed({}), fault, tools);
  }
}

type SpoilingFault = Extract<
  Fault,
  {
    readonly type:
      | "drop"
      | "stall"
      | "drip"
      | "short"
      | "long"
      | "truncate-json"
      | "wrong-content-type"
      | "lying-range";
  }
>;

function tooManyRequests(
  { retryAfterMs, form = "seconds" }: Extract<Fault, { readonly type: "rate-limit" }>,
  now: number,
): EmulatorReply {
  const seconds = Math.ceil(retryAfterMs / 1000);
  // A date has whole seconds: rounded up, nobody comes too early.
  const at = new Date(Math.ceil((now + retryAfterMs) / 1000) * 1000);
  const retryAfter = form === "seconds" ? String(seconds) : at.toUTCString();
  const page = "<html><body><h1>429 Too Many Requests</h1></body></html>";
  return textReply(429, "text/html; charset=utf-8", page, { "retry-after": retryAfter });
}

async function spoil(reply: EmulatorReply, fault: SpoilingFault, tools: FaultTools): Promise<EmulatorReply> {
  switch (fault.type) {
    case "drop":
      return { ...reply, body: breakingOff(reply.body, fault.afterBytes) };
    case "stall":
      return { ...reply, body: stalling(reply.body, fault.afterBytes, tools.silence) };
    case "drip":
      return { ...reply, body: dripping(reply.body, fault.bytes, () => tools.sleep(fault.everyMs)) };
    case "short": {
      const length = Math.max(0, (reply.length ?? 0) - fault.bytes);
      const { "content-length": announced, ...others } = reply.headers;
      const headers = fault.unannounced || announced === undefined ? others : reply.headers;
      return { ...reply, headers, body: first(reply.body, length), length, misframed: true };
    }
    case "long":
      return { ...reply, body: withTail(reply.body, fault.bytes), misframed: true };
    case "truncate-json": {
      const whole = await bytesOf(reply.body);
      const half = whole.slice(0, whole.byteLength >> 1);
      const headers = { ...reply.headers, "content-length": String(half.byteLength) };
      return { ...reply, headers, body: half, length: half.byteLength };
    }
    case "wrong-content-type":
      return { ...reply, headers: { ...reply.headers, "content-type": fault.contentType ?? "text/html" } };
    case "lying-range":
      return reply.status === 206 ? { ...reply, headers: lyingHeaders(reply.headers, fault) } : reply;
  }
}

function lyingHeaders(
  headers: EmulatorReply["headers"],
  lie: { readonly start?: number; readonly total?: number; readonly etag?: string },
): EmulatorReply["headers"] {
  const [, start, end, total] = /^bytes (\d+)-(\d+)\/(\d+|\*)$/.exec(headers["content-range"] ?? "") ?? [];
  return {
    ...headers,
    "content-range": `bytes ${lie.start ?? start}-${end}/${lie.total ?? total}`,
    ...(lie.etag !== undefined && { etag: lie.etag }),
  };
}

async function* first(body: ReplyBody, length: number): AsyncGenerator<Uint8Array, void, undefined> {
  let left = length;
  if (left <= 0) return;
  for await (const chunk of chunksOf(body)) {
    yield chunk.byteLength <= left ? chunk : chunk.subarray(0, left);
    left -= chunk.byteLength;
    if (left <= 0) return;
  }
}

async function* breakingOff(
  body: ReplyBody,
  afterBytes: number,
): AsyncGenerator<Uint8Array, void, undefined> {
  yield* first(body, afterBytes);
  throw new Error("connection dropped by the emulator");
}

async function* stalling(
  body: ReplyBody,
  afterBytes: number,
  silence: () => Promise<never>,
): AsyncGenerator<Uint8Array, void, undefined> {
  yield* first(body, afterBytes);
  await silence();
}

async function* dripping(
  body: ReplyBody,
  bytes: number,
  pause: () => Promise<void>,
): AsyncGenerator<Uint8Array, void, undefined> {
  for await (const chunk of chunksOf(body)) {
    for (let offset = 0; offset < chunk.byteLength; offset += bytes) {
      await pause();
      yield chunk.subarray(offset, offset + bytes);
    }
  }
}

async function* withTail(body: ReplyBody, bytes: number): AsyncGenerator<Uint8Array, void, undefined> {
  yield* chunksOf(body);
  // The letter "x", which no format takes for padding.
  yield new Uint8Array(bytes).fill(0x78);
}
