import { isObject, wrongOption } from "./check-options.js";
import type { EmulatorOperation } from "./journal.js";

/**
 * Something that goes wrong with one request. Those with `effect: true` take effect at the vendor first and hide the
 * answer afterwards: the export runs, and the caller does not know.
 */
export type Fault =
  /** No answer: `fetch` rejects with a `TypeError`; over HTTP the socket is destroyed before any header. */
  | { readonly type: "reset"; readonly effect?: boolean }
  /**
   * Nobody listens: `fetch` rejects with `ECONNREFUSED` as its cause, and nothing was sent. Behind real sockets only a
   * closed port can do that (`ServedEmulator.refuse`); there this is a `reset`.
   */
  | { readonly type: "refuse" }
  /** No headers, ever, until the caller gives up. */
  | { readonly type: "hang"; readonly effect?: boolean }
  /** Another answer instead: a proxy's 502 page, a 429 with `Retry-After`. */
  | {
      readonly type: "status";
      readonly status: number;
      readonly headers?: { readonly [name: string]: string };
      readonly body?: string;
      readonly effect?: boolean;
    }
  /** 429, with `Retry-After` in seconds unless told otherwise; a date is counted from the emulator's own time. */
  | { readonly type: "rate-limit"; readonly retryAfterMs: number; readonly form?: "seconds" | "date" }
  /** A redirect, 302 unless told otherwise. */
  | { readonly type: "redirect"; readonly to: string; readonly status?: 301 | 302 | 303 | 307 | 308 }
  /** The connection breaks after so many bytes of the body, or at the body's end if it is shorter. */
  | { readonly type: "drop"; readonly afterBytes: number }
  /** Nothing more comes after so many bytes, and the connection stays open. */
  | { readonly type: "stall"; readonly afterBytes: number }
  /** The body trickles: `bytes` bytes every `everyMs` ms. */
  | { readonly type: "drip"; readonly bytes: number; readonly everyMs: number }
  /**
   * A clean end `bytes` bytes before the announced one. Over HTTP the length is then announced by `Content-Range` only;
   * with `unannounced` a `fetch` sees no `Content-Length` either.
   */
  | { readonly type: "short"; readonly bytes: number; readonly unannounced?: boolean }
  /** `bytes` bytes too many. */
  | { readonly type: "long"; readonly bytes: number }
  /** The second half of the body is missing, and the length says nothing of it. */
  | { readonly type: "truncate-json" }
  /** The right body under a wrong `Content-Type`, `text/html` unless told otherwise. */
  | { readonly type: "wrong-content-type"; readonly contentType?: string }
  /** A 206 whose `Content-Range` or `ETag` is not the truth. Other answers pass untouched. */
  | { readonly type: "lying-range"; readonly start?: number; readonly total?: number; readonly etag?: string }
  /** The signed URL (or, at an API, the token) is refused as expired. */
  | { readonly type: "expire" }
  /** From this request on the object is another one: other content, other `ETag`. */
  | { readonly type: "change" }
  /** The file is not there. */
  | { readonly type: "missing" }
  /** From this request on the access token is no longer valid; where there is none, the key; at a sign-in, the app's. */
  | { readonly type: "revoke" }
  /** From this request on the vendor's clock is off by so many ms. */
  | { readonly type: "clock"; readonly offsetMs: number }
  /** The answer is that of another page of the listing: -1 the one before, 1 the one after. */
  | { readonly type: "other-page"; readonly offset: number };

/** What a rule is asked about: one request, before it is answered. */
export interface FaultedRequest {
  /** What the request is for. */
  readonly operation: EmulatorOperation;
  /** The HTTP method. */
  readonly method: string;
  /** Without the query. */
  readonly path: string;
  /** The headers. */
  readonly headers: Headers;
}

/** Which requests a rule is for: an operation, everything at the `"api"`, `"any"` request, or what a function picks. */
export type FaultTarget = EmulatorOperation | "api" | "any" | ((request: FaultedRequest) => boolean);

/** What goes wrong, at which requests, and how often. */
export interface FaultRule {
  /** Which requests it hits. */
  readonly on: FaultTarget;
  /** How many matching requests go wrong. Default 1. */
  readonly times?: number;
  /** How many matching requests pass first. Default 0. */
  readonly after?: number;
  /** What becomes of them. */
  readonly fault: Fault;
}

/** The faults of an emulator: what is still to happen, and what has happened. */
export interface FaultPlan {
  /**
   * Adds a rule; returns the function that removes it. Rules are asked in the order added, and the first that fires
   * has the request for itself: later rules do not see it.
   *
   * @example
   * ```ts
   * emulator.faults.add({ on: "artifact", after: 1, times: 3, fault: { type: "drop", afterBytes: 10_000 } });
   * ```
   */
  add(rule: FaultRule): () => void;
  /** Removes every rule and forgets what has fired. */
  clear(): void;
  /**
   * How often rules will still fire. 0 at the end of a test says that every fault happened. Rules without an end, such as
   * those of some scenarios, keep it far above; `fired` tells of these.
   */
  readonly remaining: number;
  /** What has fired, in order. */
  readonly fired: readonly { readonly operation: EmulatorOperation; readonly fault: Fault }[];
  /** Takes the fault for a request. For emulators. */
  take(request: FaultedRequest): Fault | undefined;
}

interface ArmedRule {
  readonly rule: FaultRule;
  toPass: number;
  toFire: number;
}

export function createFaultPlan(initial: readonly FaultRule[] = []): FaultPlan {
  let rules: ArmedRule[] = [];
  const fired: { operation: EmulatorOperation; fault: Fault }[] = [];

  function add(rule: FaultRule): () => void {
    const wrong = (field: string, problem: string) => wrongOption("faults", field, problem);
    if (!isObject(rule) || !isObject(rule.fault) || typeof rule.fault.type !== "string")
      throw wrong("fault", 'must be a fault, such as { type: "reset" }');
    if (typeof rule.on !== "string" && typeof rule.on !== "function")
      throw wrong("on", "must be an operation, or a function of the request");
    const armed: ArmedRule = { rule, toPass: rule.after ?? 0, toFire: rule.times ?? 1 };
    rules.push(armed);
    return () => {
      rules = rules.filter((other) => other !== armed);
    };
  }

  if (!Array.isArray(initial)) throw wrongOption("faults", "faults", "must be a list of rules");
  for (const rule of initial) add(rule);
  return {
    add,
    fired,
    clear() {
      rules = [];
      fired.length = 0;
    },
    get remaining() {
      return rules.reduce((sum, armed) => sum + armed.toFire, 0);
    },
    take(request) {
      for (const armed of rules) {
        if (armed.toFire <= 0 || !matches(armed.rule.on, request)) continue;
        if (armed.toPass > 0) {
          armed.toPass -= 1;
          continue;
        }
        armed.toFire -= 1;
        fired.push({ operation: request.operation, fault: armed.rule.fault });
        return armed.rule.fault;
      }
      return undefined;
    },
  };
}

function matches(on: FaultTarget, request: FaultedRequest): boolean {
  if (typeof on === "function") return on(request);
  if (on === "any") return true;
  if (on === "api") return request.operation !== "artifact" && request.operation !== "foreign";
  return on === request.operation;
}
