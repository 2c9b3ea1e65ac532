import type { Emulator, TestClock } from "exportkit/testing";
import { type AnswerChange, changedBody } from "./hostile-answers.js";

type Fetch = typeof globalThis.fetch;

export interface HostileFetch {
  readonly fetch: Fetch;
  /** How many bytes of bodies were handed over. */
  readonly bytes: number;
  /** The last honest body by operation, as text. */
  readonly bodies: ReadonlyMap<string, string>;
}

// Above it something goes round in circles. The largest honest run takes a tenth of it.
const MOST_REQUESTS = 3_000;
const bodiless = new Set([204, 205, 304]);

/** An emulator whose answers are changed on their way. Silence costs no time: the clock is moved on. */
export function hostileFetch(
  emulator: Emulator,
  clock: TestClock,
  changes: readonly AnswerChange[],
): HostileFetch {
  const left = changes.map(({ after, times }) => ({ after, times }));
  let requests = 0;
  let bytes = 0;
  const bodies = new Map<string, string>();

  const applying = (operation: string): AnswerChange[] =>
    changes.filter(({ on }, index) => {
      const count = left[index];
      if (!count || (on !== "any" && on !== operation) || count.times === 0) return false;
      if (count.after > 0) {
        count.after -= 1;
        return false;
      }
      count.times -= 1;
      return true;
    });

  const fetch: Fetch = async (input, init) => {
    requests += 1;
    if (requests > MOST_REQUESTS) throw new Error(`more than ${MOST_REQUESTS} requests`);
    const honest = await emulator.fetch(input as string, init);
    const operation = emulator.requests.at(-1)?.operation ?? "unknown";
    const found = applying(operation);
    const headers = new Headers(honest.headers);
    let { status } = honest;
    let body: Uint8Array = new Uint8Array(await honest.arrayBuffer());
    bodies.set(operation, new TextDecoder().decode(body));
    let ending: AnswerChange["ending"];
    for (const change of found) {
      if (change.refused) return refuse(change.refused);
      status = change.status ?? status;
      body = changedBody(body, change);
      ending = change.ending ?? ending;
      if (change.json || change.bytes || change.body) headers.delete("content-length");
      for (const [name, value] of Object.entries(change.headers ?? {})) headers.set(name, value);
    }
    if (bodiless.has(status)) return new Response(null, { status, headers });
    return new Response(streamOf(body, ending, clock), { status, headers });
  };

  function streamOf(body: Uint8Array, ending: AnswerChange["ending"], clock: TestClock) {
    const end = ending ? Math.floor(ending.at * body.length) : body.length;
    let at = 0;
    return new ReadableStream<Uint8Array>(
      {
        pull(controller) {
          const chunk = body.slice(at, Math.min(end, at + 4_096));
          at += chunk.length;
          bytes += chunk.length;
          if (chunk.length > 0) return controller.enqueue(chunk);
          if (!ending) return controller.close();
          if (ending.kind === "lost") return controller.error(new TypeError("terminated"));
          setTimeout(() => clock.advance(60_000), 0);
          return new Promise<void>(() => {});
        },
      },
      { highWaterMark: 0 },
    );
  }

  return {
    fetch,
    bodies,
    get bytes() {
      return bytes;
    },
  };
}

function refuse(how: NonNullable<AnswerChange["refused"]>): never | Response {
  if (how === "error")
    throw new TypeError("fetch failed", { cause: Object.assign(new Error(), { code: "ECONNRESET" }) });
  if (how === "string") throw "lost";
  if (how === "nothing") throw undefined;
  return { status: 200 } as Response;
}
